import { exportSPKI, generateKeyPair } from "jose";
import { describe, expect, test } from "vitest";

import { KeySet, KeySetError, type KeySetSource } from "../src/verify.ts";
import { createIssuer, jwks } from "./support/issuer.ts";

const rsa = await createIssuer("RS256", "rsa");
const second = await createIssuer("RS256", "second");
const ec = await createIssuer("ES256", "ec");
const secret = await createIssuer("HS256", "secret");
const ALL = ["RS256", "ES256", "HS256"] as const;

const pem = (text: string, algorithms: KeySetSource["algorithms"]): KeySetSource =>
  jwks([], { format: "pem", text, algorithms });

describe("KeySet", () => {
  test.for([
    { name: "by kid and algorithm", kid: "rsa", algorithm: "RS256", want: true },
    { name: "no kid of another type", kid: "ec", algorithm: "RS256", want: false },
    { name: "no kid that it has not", kid: "RSA", algorithm: "RS256", want: false },
    { name: "without a kid the one key that fits", kid: undefined, algorithm: "ES256", want: true },
    { name: "without a kid none of two", kid: undefined, algorithm: "RS256", want: false },
    { name: "no algorithm that is not pinned", kid: "rsa", algorithm: "RS384", want: false },
    { name: "no public key for a secret's algorithm", kid: "rsa", algorithm: "HS256", want: false },
    { name: "a secret by its name", kid: "secret", algorithm: "HS256", want: true },
  ])("finds $name", async ({ algorithm, kid, want }) => {
    const set = await KeySet.read(
      jwks([rsa.jwk, second.jwk, ec.jwk, secret.jwk], { algorithms: ALL }),
    );
    expect(set.find(kid, algorithm) !== undefined).toBe(want);
  });

  test("two keys of one name: neither", async () => {
    const set = await KeySet.read(jwks([rsa.jwk, { ...second.jwk, kid: "rsa" }]));
    expect(set.find("rsa", "RS256")).toBeUndefined();
  });

  test("a PEM is for tokens of any kid", async () => {
    const set = await KeySet.read(pem(rsa.pem, ["RS256"]));
    expect(set.find("whatever", "RS256")).toBeDefined();
    expect(set.find("whatever", "ES256")).toBeUndefined();
  });

  test("a private key in a set only verifies", async () => {
    const { privateKey } = await generateKeyPair("ES256", { extractable: true });
    const whole = await crypto.subtle.exportKey("jwk", privateKey);
    const { key_ops: operations, ...jwk } = whole;
    expect(operations).toEqual(["sign"]);
    const set = await KeySet.read(jwks([{ ...jwk, kid: "p" }], { algorithms: ["ES256"] }));
    expect(set.find("p", "ES256")).toMatchObject({ type: "public" });
  });

  test("what cannot be used is left out", async () => {
    const set = await KeySet.read(
      jwks([{ kty: "RSA", n: "AQAB", e: "AQAB", kid: "weak" }, { kty: "new" }, 7, null, rsa.jwk]),
    );
    expect(set.find("rsa", "RS256")).toBeDefined();
    expect(set.find("weak", "RS256")).toBeUndefined();
  });

  test.for([
    { name: "text that is no JSON", source: jwks([], { text: "top-secret" }) },
    { name: "a set without keys", source: jwks([], { text: "{}" }) },
    { name: "an empty set", source: jwks([]) },
    { name: "a set of keys for encryption", source: jwks([{ ...rsa.jwk, use: "enc" }]) },
    { name: "a set of keys that sign only", source: jwks([{ ...rsa.jwk, key_ops: ["sign"] }]) },
    {
      name: "a key bound to an algorithm that is not pinned",
      source: jwks([{ ...rsa.jwk, alg: "PS256" }]),
    },
    { name: "a key of another type than is pinned", source: jwks([ec.jwk]) },
    { name: "65 keys", source: jwks(Array.from({ length: 65 }, () => rsa.jwk)) },
    { name: "more than 256 KiB", source: jwks([], { text: " ".repeat(256 * 1024 + 1) }) },
    {
      name: "a secret where others may read it",
      source: jwks([secret.jwk], { algorithms: ALL, isPublic: true }),
    },
    {
      name: "an empty secret",
      source: jwks([{ kty: "oct", kid: "e", k: "" }], { algorithms: ALL }),
    },
    {
      name: "a secret shorter than its hash",
      source: jwks([{ kty: "oct", k: "c2hvcnQtc2VjcmV0" }], { algorithms: ALL }),
    },
    { name: "a PEM that is none", source: pem("top-secret", ["RS256"]) },
    { name: "a PEM of another type", source: pem(ec.pem, ["RS256"]) },
    { name: "a PEM for HS256", source: pem(rsa.pem, ["HS256"]) },
  ])("refuses $name, and shows nothing of it", async ({ source }) => {
    const error: unknown = await KeySet.read(source).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(KeySetError);
    expect(String(error)).not.toMatch(/secret-|c2hvcnQ|top-secret/);
  });

  test("refuses an RSA key of 1024 bits in PEM", async () => {
    const weak = await crypto.subtle.generateKey(
      {
        name: "RSASSA-PKCS1-v1_5",
        modulusLength: 1024,
        publicExponent: new Uint8Array([1, 0, 1]),
        hash: "SHA-256",
      },
      true,
      ["sign", "verify"],
    );
    const text = await exportSPKI(weak.publicKey);
    await expect(KeySet.read(pem(text, ["RS256"]))).rejects.toThrow("2048 bits, got 1024");
  });
});
