import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTPayload,
  SignJWT,
} from "jose";

import type { KeySetSource, VerificationRule } from "../../src/verify.ts";

export const NOW_MS: number = Date.UTC(2026, 0, 1);
export const NOW: number = NOW_MS / 1000;

export const RULE: VerificationRule = {
  issuer: "https://login.example.com",
  audiences: ["shop"],
  algorithms: ["RS256"],
  clockTolerance: 30,
  username: "sub",
  clientId: "client_id",
};

export const CLAIMS: JWTPayload = {
  iss: RULE.issuer,
  aud: "shop",
  exp: NOW + 600,
  sub: "alice",
  client_id: "web",
};

const SHARED_KEY = "k".repeat(64);

type Alg = "RS256" | "PS256" | "ES256" | "ES384" | "ES512" | "EdDSA" | "HS256";

/** An issuer with one key, and everything a test needs of it. */
export interface Issuer {
  readonly algorithm: Alg;
  readonly key: CryptoKey | Uint8Array;
  readonly jwk: Readonly<Record<string, unknown>>;
  readonly pem: string;
  sign(claims?: object, header?: Readonly<Record<string, unknown>>): Promise<string>;
}

export async function createIssuer(algorithm: Alg, kid = "k1"): Promise<Issuer> {
  if (algorithm === "HS256") {
    const key = new TextEncoder().encode(SHARED_KEY);
    const jwk = { kty: "oct", kid, k: Buffer.from(key).toString("base64url") };
    return { algorithm, key, jwk, pem: "", sign: signer(algorithm, key, kid) };
  }
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  return {
    algorithm,
    key: privateKey,
    jwk: { ...(await exportJWK(publicKey)), kid },
    pem: await exportSPKI(publicKey),
    sign: signer(algorithm, privateKey, kid),
  };
}

function signer(alg: Alg, key: CryptoKey | Uint8Array, kid: string): Issuer["sign"] {
  return (claims = {}, header = {}) =>
    new SignJWT({ ...CLAIMS, ...claims }).setProtectedHeader({ alg, kid, ...header }).sign(key);
}

let version = 0;

export function jwks(keys: readonly unknown[], given: Partial<KeySetSource> = {}): KeySetSource {
  version++;
  return {
    version,
    format: "jwks",
    text: JSON.stringify({ keys }),
    algorithms: RULE.algorithms,
    isPublic: false,
    ...given,
  };
}
