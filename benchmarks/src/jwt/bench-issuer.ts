import type { Algorithm, KeySetSource, VerificationRule } from "@portcullis/token-pool/verify";
import { exportJWK, generateKeyPair, generateSecret, SignJWT } from "jose";

/** Tokens of one issuer, each of another user, and what they are verified with. */
export interface BenchIssuer {
  readonly tokens: readonly string[];
  readonly rule: VerificationRule;
  readonly keys: KeySetSource;
}

let version = 0;

export async function createIssuer(algorithm: Algorithm, count: number): Promise<BenchIssuer> {
  const issuer = "https://login.example.com";
  const { own, published } = await keysFor(algorithm);
  const sign = (user: number): Promise<string> =>
    new SignJWT({ sub: `user-${user}`, client_id: "web", scope: "s".repeat(250) })
      .setProtectedHeader({ alg: algorithm, kid: "k1" })
      .setIssuer(issuer)
      .setAudience("shop")
      .setExpirationTime("1h")
      .sign(own);
  const tokens: string[] = [];
  for (let user = 0; user < count; user++) tokens.push(await sign(user));
  version++;
  return {
    tokens,
    rule: {
      issuer,
      audiences: ["shop"],
      algorithms: [algorithm],
      clockTolerance: 0,
      username: "sub",
      clientId: "client_id",
    },
    keys: {
      version,
      format: "jwks",
      text: JSON.stringify({ keys: [{ ...(await exportJWK(published)), kid: "k1" }] }),
      algorithms: [algorithm],
      isPublic: false,
    },
  };
}

async function keysFor(algorithm: Algorithm) {
  if (algorithm.startsWith("HS")) {
    const secret = await generateSecret(algorithm, { extractable: true });
    return { own: secret, published: secret };
  }
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  return { own: privateKey, published: publicKey };
}
