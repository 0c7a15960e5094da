import { createServer, type Server } from "node:http";

import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";

import { atEnd } from "./cleanup.ts";

const ISSUER = "https://login.example.com";

interface IssuerKey {
  readonly kid: string;
  readonly algorithm: string;
  readonly privateKey: CryptoKey;
  readonly jwk: Readonly<Record<string, unknown>>;
}

/** Signs tokens, and publishes the keys for them over HTTP as long as it is not told to fail. */
export class TokenServer {
  /** Answers 500 instead of the keys. */
  isDown = false;
  /** How often somebody has asked for the keys. */
  asked = 0;
  readonly #server: Server;
  #keys: IssuerKey[] = [];

  private constructor() {
    this.#server = createServer((_, response) => {
      this.asked++;
      if (this.isDown) response.statusCode = 500;
      response.end(JSON.stringify(this.keySet()));
    });
  }

  static async start(): Promise<TokenServer> {
    const issuer = new TokenServer();
    await issuer.addKey("k1");
    await new Promise<void>((resolve) => {
      issuer.#server.listen(0, "127.0.0.1", resolve);
    });
    atEnd(() => {
      issuer.#server.closeAllConnections();
      issuer.#server.close();
    });
    return issuer;
  }

  get url(): string {
    const address = this.#server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return `http://127.0.0.1:${port}/keys?secret=hush`;
  }

  keySet(): object {
    return { keys: this.#keys.map(({ jwk }) => jwk) };
  }

  async addKey(kid: string, algorithm = "ES256"): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid };
    this.#keys.push({ kid, algorithm, privateKey, jwk });
  }

  dropKey(kid: string): void {
    this.#keys = this.#keys.filter((key) => key.kid !== kid);
  }

  /** A token by the newest key, good for ten minutes, with these claims on top or instead. */
  sign(claims: Readonly<Record<string, unknown>> = {}, kid?: string): Promise<string> {
    const key = this.#keys.at(-1);
    if (key === undefined) throw new TypeError("an issuer without keys");
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: ISSUER, aud: "shop", sub: "ann", iat: now, exp: now + 600, ...claims };
    return new SignJWT(all)
      .setProtectedHeader({ alg: key.algorithm, kid: kid ?? key.kid })
      .sign(key.privateKey);
  }
}

/** An issuer of `token_issuers` whose keys are at `keys`, a line of YAML. */
export function issuerYaml(keys: string, more = ""): string {
  return `token_issuers:
  - { name: login, issuer: "${ISSUER}", algorithms: [ES256], cooldown: 300ms, ${keys} }
${more}`;
}
