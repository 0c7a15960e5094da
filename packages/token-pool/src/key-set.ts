import { type CryptoKey, importJWK, importSPKI, type JWK } from "jose";

import { isClaims } from "./claims.ts";
import { KeySetError } from "./errors.ts";
import type { Algorithm } from "./verification.ts";

/** Keys as their owner publishes them. Plain data: goes from thread to thread. */
export interface KeySetSource {
  /** Unlike that of any other keys in the process; with it a thread knows those it has read. */
  readonly version: number;
  readonly format: "jwks" | "pem";
  readonly text: string;
  readonly algorithms: readonly Algorithm[];
  /** Fetched from a place where others may read it: a secret has no business there. */
  readonly isPublic: boolean;
}

/** One key, for one algorithm. */
interface VerificationKey {
  readonly kid: string | undefined;
  readonly algorithm: Algorithm;
  readonly key: CryptoKey | Uint8Array;
}

/** Characters that a set may have. */
const MAX_TEXT = 256 * 1024;
const MAX_KEYS = 64;
const LEAST_RSA_BITS = 2048;

const KTY_ALGORITHMS: ReadonlyMap<string, readonly Algorithm[]> = new Map([
  ["RSA", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]],
  ["EC P-256", ["ES256"]],
  ["EC P-384", ["ES384"]],
  ["EC P-521", ["ES512"]],
  ["OKP Ed25519", ["EdDSA"]],
  ["oct", ["HS256", "HS384", "HS512"]],
]);

/** The keys that tokens of one issuer are verified with, each for pinned algorithms only. */
export class KeySet {
  readonly #keys: readonly VerificationKey[];
  readonly #hasIds: boolean;

  private constructor(keys: readonly VerificationKey[], hasIds: boolean) {
    this.#keys = keys;
    this.#hasIds = hasIds;
  }

  /**
   * Reads a JWK set (RFC 7517) or the PEM of one public key. Rejects with `KeySetError` where no key
   * can be used; in a JWK set those that cannot are left out, as RFC 7517 §5 asks.
   */
  static async read(source: KeySetSource): Promise<KeySet> {
    if (source.text.length > MAX_TEXT) {
      throw new KeySetError(`expected at most ${MAX_TEXT} characters, got ${source.text.length}`);
    }
    return source.format === "pem" ? KeySet.#readPem(source) : KeySet.#readJwks(source);
  }

  /**
   * The key for a token that names `kid` and `algorithm`. A token that names none gets the one key
   * that fits; where several would, it gets none.
   */
  find(kid: string | undefined, algorithm: string): CryptoKey | Uint8Array | undefined {
    const fitting = this.#keys.filter(
      (key) =>
        key.algorithm === algorithm && (kid === undefined || !this.#hasIds || key.kid === kid),
    );
    return fitting.length === 1 ? fitting[0]?.key : undefined;
  }

  static async #readPem({ algorithms, text }: KeySetSource): Promise<KeySet> {
    const keys: VerificationKey[] = [];
    for (const algorithm of algorithms) {
      try {
        const key = await importSPKI(text, algorithm);
        checkLength(key);
        keys.push({ kid: undefined, algorithm, key });
      } catch (error) {
        if (error instanceof KeySetError) throw error;
        throw new KeySetError(`expected a public key in PEM that ${algorithm} can use`);
      }
    }
    return new KeySet(keys, false);
  }

  static async #readJwks(source: KeySetSource): Promise<KeySet> {
    const jwks = parseJwks(source.text);
    const problems: string[] = [];
    const keys: VerificationKey[] = [];
    for (const [at, jwk] of jwks.entries()) {
      try {
        keys.push(...(await importKey(jwk, source)));
      } catch (error) {
        const problem = error instanceof KeySetError ? error.message : "a key that is none";
        problems.push(`keys[${at}]: ${problem}`);
      }
    }
    if (keys.length === 0) {
      throw new KeySetError(
        `expected a key for ${source.algorithms.join(", ")}, got ${problems.join("; ") || "none"}`,
      );
    }
    return new KeySet(keys, true);
  }
}

function parseJwks(text: string): readonly JWK[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The error would quote the text, which may hold a secret.
    throw new KeySetError("expected a JWK set, got text that is no JSON");
  }
  const keys: unknown = isClaims(value) ? value["keys"] : undefined;
  if (!Array.isArray(keys)) throw new KeySetError('expected a JWK set with an array "keys"');
  if (keys.length > MAX_KEYS) {
    throw new KeySetError(`expected at most ${MAX_KEYS} keys, got ${keys.length}`);
  }
  return keys;
}

async function importKey(jwk: JWK, source: KeySetSource): Promise<VerificationKey[]> {
  if (!isClaims(jwk)) throw new KeySetError("expected an object");
  if (jwk.use !== undefined && jwk.use !== "sig") return [];
  if (Array.isArray(jwk.key_ops) && !jwk.key_ops.includes("verify")) return [];
  if (jwk.kty === "oct" && source.isPublic) {
    throw new KeySetError("got a secret where others may read it");
  }
  const type = jwk.crv === undefined ? String(jwk.kty) : `${jwk.kty} ${jwk.crv}`;
  const fitting = (KTY_ALGORITHMS.get(type) ?? []).filter(
    (algorithm) =>
      source.algorithms.includes(algorithm) && (jwk.alg === undefined || jwk.alg === algorithm),
  );
  const kid = typeof jwk.kid === "string" ? jwk.kid : undefined;
  const keys: VerificationKey[] = [];
  for (const algorithm of fitting) {
    const key = await importJWK(publicPart(jwk), algorithm);
    checkLength(key, algorithm);
    keys.push({ kid, algorithm, key });
  }
  return keys;
}

/** What verifies: a private key that somebody put into the set is of no use here. */
function publicPart({ crv, e, k, kty, n, x, y }: JWK): JWK {
  const all = { crv, e, k: kty === "oct" ? k : undefined, kty, n, x, y };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as JWK;
}

function checkLength(key: CryptoKey | Uint8Array, algorithm = ""): void {
  if (key instanceof Uint8Array) {
    // RFC 7518 §3.2: a key of the hash's size at least.
    const least = Number(algorithm.slice(2)) / 8;
    if (key.length >= least) return;
    throw new KeySetError(`expected a secret of at least ${least} bytes, got ${key.length}`);
  }
  const bits = "modulusLength" in key.algorithm ? Number(key.algorithm.modulusLength) : undefined;
  if (bits !== undefined && bits < LEAST_RSA_BITS) {
    throw new KeySetError(`expected an RSA key of at least ${LEAST_RSA_BITS} bits, got ${bits}`);
  }
}
