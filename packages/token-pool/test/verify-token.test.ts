import { createHmac } from "node:crypto";

import { describe, expect, test } from "vitest";

import { twinOfToken } from "../src/index.ts";
import { type Algorithm, KeySet, type VerificationRule, verifyToken } from "../src/verify.ts";
import { base64url } from "./build-jwt.ts";
import { CLAIMS, createIssuer, type Issuer, jwks, NOW, NOW_MS, RULE } from "./support/issuer.ts";

const issuer = await createIssuer("RS256");
const stranger = await createIssuer("RS256");
const keys = await KeySet.read(jwks([issuer.jwk]));
const good = await issuer.sign();
const [header = "", payload = "", signature = ""] = good.split(".");

async function outcomeOf(token: string, rule: Partial<VerificationRule> = {}) {
  return (await verifyToken(token, { ...RULE, ...rule }, keys, NOW_MS)).outcome;
}

/** A token signed by the issuer whose payload is this very text. */
async function signText(text: string, head: object = { alg: "RS256", kid: "k1" }) {
  const input = `${base64url(JSON.stringify(head))}.${base64url(text)}`;
  const bytes = new TextEncoder().encode(input);
  if (issuer.key instanceof Uint8Array) throw new TypeError("the issuer's key is a secret");
  const made = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", issuer.key, bytes);
  return `${input}.${base64url(new Uint8Array(made))}`;
}

test("a token of the issuer is verified, with who it is made out to and until when", async () => {
  expect(await verifyToken(good, RULE, keys, NOW_MS)).toEqual({
    outcome: "verified",
    username: "alice",
    clientId: "web",
    algorithm: "RS256",
    validUntil: NOW + 600 + 30,
  });
});

describe("a spelling that is not the one spelling is refused (I12)", () => {
  const last = good.at(-1) ?? "";
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const neighbour = alphabet[alphabet.indexOf(last) ^ 1] ?? "";
  test.for([
    { name: "padding behind the signature", token: `${good}=` },
    { name: "padding to the full length", token: `${good}==` },
    { name: "padding behind the payload", token: `${header}.${payload}=.${signature}` },
    { name: "stray bits in the last character", token: good.slice(0, -1) + neighbour },
    { name: "a blank in front", token: ` ${good}` },
    { name: "a blank behind", token: `${good} ` },
    { name: "a line break inside", token: `${header}.\n${payload}.${signature}` },
    { name: "a NUL behind", token: `${good}\0` },
    { name: "a fourth part", token: `${good}.x` },
    { name: "an empty fourth part", token: `${good}.` },
    { name: "characters of plain base64", token: `${header}.${payload}.+/${signature.slice(2)}` },
    { name: "no signature", token: `${header}.${payload}.` },
    { name: "nothing but dots", token: ".." },
    { name: "nothing", token: "" },
    { name: "five parts, a JWE", token: `${good}.AAAA.AAAA` },
  ])("$name", async ({ token }) => {
    expect(await outcomeOf(token)).toBe("malformed");
  });

  test("the members of the header in another order are another token, which nobody signed", async () => {
    const reordered = base64url(JSON.stringify({ kid: "k1", alg: "RS256" }));
    expect(reordered).not.toBe(header);
    expect(await outcomeOf(`${reordered}.${payload}.${signature}`)).toBe("signature");
  });

  test.for([["ES256"], ["ES384"], ["ES512"]] as const)(
    "of the two signatures of a token by %s each names the other",
    async ([algorithm]) => {
      const other = await createIssuer(algorithm);
      const set = await KeySet.read(jwks([other.jwk], { algorithms: [algorithm] }));
      const rule = { ...RULE, algorithms: [algorithm] as readonly Algorithm[] };
      const token = await other.sign();
      const twin = twinOfToken(token, algorithm);
      expect(twin).not.toBe(token);
      expect(await verifyToken(twin, rule, set, NOW_MS)).toMatchObject({ outcome: "verified" });
      expect(twinOfToken(twin, algorithm)).toBe(token);
    },
  );

  test("no other signature has a twin", () => {
    expect(twinOfToken(good, "RS256")).toBe("");
  });
});

describe("a header that leads elsewhere is not followed (I13)", () => {
  test.for([
    { name: "alg none", head: { alg: "none", kid: "k1" }, want: "algorithm" },
    { name: "alg None", head: { alg: "None", kid: "k1" }, want: "algorithm" },
    { name: "no alg", head: { kid: "k1" }, want: "malformed" },
    { name: "an alg that is a list", head: { alg: ["RS256"], kid: "k1" }, want: "malformed" },
    {
      name: "an algorithm that is not pinned",
      head: { alg: "PS256", kid: "k1" },
      want: "algorithm",
    },
    { name: "a kid that is unknown", head: { alg: "RS256", kid: "k2" }, want: "unknown-key" },
    {
      name: "a kid that is a path",
      head: { alg: "RS256", kid: "../../dev/null" },
      want: "unknown-key",
    },
    {
      name: "a kid that is SQL",
      head: { alg: "RS256", kid: "k1' OR '1'='1" },
      want: "unknown-key",
    },
    { name: "an empty kid", head: { alg: "RS256", kid: "" }, want: "unknown-key" },
    { name: "a kid that is a number", head: { alg: "RS256", kid: 1 }, want: "malformed" },
    {
      name: "a kid that is a member of objects",
      head: { alg: "RS256", kid: "__proto__" },
      want: "unknown-key",
    },
    {
      name: "an unknown extension",
      head: { alg: "RS256", kid: "k1", crit: ["x"], x: 1 },
      want: "malformed",
    },
    { name: "an empty crit", head: { alg: "RS256", kid: "k1", crit: [] }, want: "malformed" },
    {
      name: "an unencoded payload",
      head: { alg: "RS256", kid: "k1", b64: false, crit: ["b64"] },
      want: "malformed",
    },
  ])("$name: $want", async ({ head, want }) => {
    expect(await outcomeOf(await signText(JSON.stringify(CLAIMS), head))).toBe(want);
  });

  test("alg none without a signature", async () => {
    const none = base64url('{"alg":"none"}');
    expect(await outcomeOf(`${none}.${payload}.`)).toBe("malformed");
    expect(await outcomeOf(`${none}.${payload}.AAAA`)).toBe("algorithm");
  });

  test.for([["jwk"], ["jku"], ["x5u"], ["x5c"]])(
    "a key that the token brings as %s is not used",
    async ([name]) => {
      const brought = {
        jwk: stranger.jwk,
        jku: "http://127.0.0.1:1/keys",
        x5u: "http://127.0.0.1:1/cert",
        x5c: ["AAAA"],
      }[name ?? ""];
      const token = await stranger.sign({}, { [name ?? ""]: brought });
      expect(await outcomeOf(token)).toBe("signature");
      expect(await outcomeOf(await issuer.sign({}, { [name ?? ""]: brought }))).toBe("verified");
    },
  );

  test.for([["PEM"], ["modulus"]])("the public key's %s is no secret for HS256", async ([what]) => {
    const secret = what === "PEM" ? issuer.pem : Buffer.from(String(issuer.jwk["n"]), "base64url");
    const input = `${base64url('{"alg":"HS256","kid":"k1"}')}.${payload}`;
    const token = `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
    expect(await outcomeOf(token)).toBe("algorithm");
    // Even where both are pinned: a key is for the algorithms of its own type only.
    expect(await outcomeOf(token, { algorithms: ["RS256", "HS256"] })).toBe("unknown-key");
  });

  test("a header that names alg twice", async () => {
    const twice = base64url('{"alg":"none","alg":"RS256","kid":"k1"}');
    expect(await outcomeOf(`${twice}.${payload}.${signature}`)).toBe("malformed");
  });
});

describe("what is not signed by the issuer is refused", () => {
  test.for([
    { name: "another key of the same name", sign: () => stranger.sign() },
    {
      name: "another payload",
      sign: () => good.replace(payload, base64url(JSON.stringify({ ...CLAIMS, sub: "bob" }))),
    },
    { name: "a shorter signature", sign: () => `${header}.${payload}.${signature.slice(0, 40)}` },
    {
      name: "a signature of zeros",
      sign: () => `${header}.${payload}.${base64url(new Uint8Array(256))}`,
    },
  ])("$name", async ({ sign }) => {
    expect(await outcomeOf(await sign())).toBe("signature");
  });

  test.for([
    { name: "r and s of 0", bytes: new Uint8Array(64) },
    {
      name: "r and s of 1",
      bytes: Uint8Array.from({ length: 64 }, (_, at) => Number(at % 32 === 31)),
    },
    { name: "r and s in DER", bytes: Uint8Array.from([0x30, 6, 2, 1, 0, 2, 1, 0]) },
    { name: "one byte", bytes: new Uint8Array(1) },
  ])("ES256 with $name", async ({ bytes }) => {
    const other = await createIssuer("ES256");
    const set = await KeySet.read(jwks([other.jwk], { algorithms: ["ES256"] }));
    const token = await other.sign();
    const forged = token.slice(0, token.lastIndexOf(".") + 1) + base64url(bytes);
    const rule = { ...RULE, algorithms: ["ES256"] as const };
    expect(await verifyToken(forged, rule, set, NOW_MS)).toMatchObject({
      outcome: "signature",
      username: "",
    });
  });
});

describe("claims that do not hold are refused (I13)", () => {
  test.for([
    { name: "another issuer", claims: { iss: "https://evil.example" }, want: "issuer" },
    { name: "no issuer", claims: { iss: undefined }, want: "issuer" },
    { name: "a list of issuers", claims: { iss: [RULE.issuer] }, want: "issuer" },
    {
      name: "the issuer as a prefix",
      claims: { iss: `${RULE.issuer}.evil.example` },
      want: "issuer",
    },
    { name: "the issuer with a slash behind", claims: { iss: `${RULE.issuer}/` }, want: "issuer" },
    { name: "another audience", claims: { aud: "bank" }, want: "audience" },
    { name: "no audience", claims: { aud: undefined }, want: "audience" },
    { name: "one of many audiences", claims: { aud: ["bank", "shop"] }, want: "verified" },
    { name: "an audience within another", claims: { aud: "shop2" }, want: "audience" },
    { name: "no exp", claims: { exp: undefined }, want: "claims" },
    { name: "exp as text", claims: { exp: String(NOW + 600) }, want: "claims" },
    { name: "exp as a list", claims: { exp: [NOW + 600] }, want: "claims" },
    { name: "exp null", claims: { exp: null }, want: "claims" },
    {
      name: "exp in the past by less than clocks may differ",
      claims: { exp: NOW - 29 },
      want: "verified",
    },
    { name: "exp in the past", claims: { exp: NOW - 30 }, want: "expired" },
    {
      name: "nbf in the future by less than clocks may differ",
      claims: { nbf: NOW + 30 },
      want: "verified",
    },
    { name: "nbf in the future", claims: { nbf: NOW + 31 }, want: "not-yet-valid" },
    { name: "nbf as text", claims: { nbf: "0" }, want: "claims" },
    { name: "the user name of an array", claims: { sub: ["alice", "bob"] }, want: "verified" },
  ])("$name: $want", async ({ claims, want }) => {
    expect(await outcomeOf(await signText(JSON.stringify({ ...CLAIMS, ...claims })))).toBe(want);
  });

  test.for([
    { name: "a claim twice", text: JSON.stringify(CLAIMS).replace("{", '{"sub":"admin",') },
    {
      name: "a claim twice, spelt with an escape",
      text: JSON.stringify(CLAIMS).replace("{", '{"s\\u0075b":"admin",'),
    },
    {
      name: "a claim twice, deep inside",
      text: JSON.stringify(CLAIMS).replace("{", '{"data":{"email":"a","email":"b"},'),
    },
  ])("$name: claims", async ({ text }) => {
    expect(await outcomeOf(await signText(text))).toBe("claims");
  });

  test.for([
    {
      name: "colons and quotes in text",
      text: JSON.stringify({ ...CLAIMS, note: 'a:"b":\\ {"c":1}' }),
    },
    {
      name: "a claim named __proto__",
      text: JSON.stringify(CLAIMS).replace("{", '{"__proto__":{"a":1},'),
    },
    { name: "blanks between members", text: JSON.stringify(CLAIMS, undefined, 2) },
    {
      name: "a claim nested 2000 deep",
      text: JSON.stringify(CLAIMS).replace("{", `{"deep":${"[".repeat(2000)}${"]".repeat(2000)},`),
    },
  ])("$name is no claim twice", async ({ text }) => {
    expect(await outcomeOf(await signText(text))).toBe("verified");
  });

  test.for([
    { name: "an array", text: "[]" },
    { name: "a nested token", text: JSON.stringify("a.b.c") },
    { name: "no JSON", text: "{" },
    { name: "a byte order mark", text: `\ufeff${JSON.stringify(CLAIMS)}` },
  ])("a payload that is $name: malformed", async ({ text }) => {
    expect(await outcomeOf(await signText(text))).toBe("malformed");
  });

  test("a token beyond 16 KiB is not looked at", async () => {
    expect(await outcomeOf(await issuer.sign({ pad: "x".repeat(16 * 1024) }))).toBe("too-large");
  });

  test("without audiences any will do", async () => {
    expect(await outcomeOf(await issuer.sign({ aud: "bank" }), { audiences: [] })).toBe("verified");
  });
});

describe("every algorithm that can be pinned", () => {
  test.for([["PS256"], ["ES256"], ["ES384"], ["ES512"], ["EdDSA"], ["HS256"]] as const)(
    "%s",
    async ([algorithm]) => {
      const other: Issuer = await createIssuer(algorithm);
      const set = await KeySet.read(jwks([other.jwk], { algorithms: [algorithm] }));
      const rule = { ...RULE, algorithms: [algorithm] as readonly Algorithm[] };
      expect(await verifyToken(await other.sign(), rule, set, NOW_MS)).toMatchObject({
        outcome: "verified",
        username: "alice",
      });
      expect(await verifyToken(good, rule, set, NOW_MS)).toMatchObject({
        outcome: "algorithm",
        username: "",
      });
    },
  );
});
