import { Buffer } from "node:buffer";

import { describe, expect, test } from "vitest";

import { claimText, decodeClaims } from "../src/index.ts";
import { base64url, buildJwt } from "./build-jwt.ts";

const ADA = '{"username":"ada"}';
const HEADER = base64url('{"alg":"RS256"}');
const LONGEST = 16 * 1024;
const emptyObject = '{"a":""}';

describe("decodeClaims", () => {
  test.for([
    { name: "a signed token", token: buildJwt(ADA) },
    { name: "an unsigned token", token: `${HEADER}.${base64url(ADA)}.` },
    { name: "a header that is not JSON", token: `Zm9v.${base64url(ADA)}.c2ln` },
    { name: "a padded signature", token: `${HEADER}.${base64url(ADA)}.c2lnbg==` },
    { name: "white space around the object", token: buildJwt(` \r\n\t${ADA} `) },
    {
      name: "a claim named twice: the last",
      token: buildJwt('{"username":"eve","username":"ada"}'),
    },
    {
      name: "a claim named twice by an escape: the last",
      token: buildJwt(String.raw`{"username":"eve","\u0075sername":"ada"}`),
    },
  ])("$name is read", ({ token }) => {
    expect(decodeClaims(token)).toEqual({ username: "ada" });
  });

  test("UTF-8 beyond ASCII is read", () => {
    expect(decodeClaims(buildJwt('{"name":"bøb \u{1f511}"}'))).toEqual({ name: "bøb \u{1f511}" });
  });

  test.for([
    { name: "an empty string", token: "" },
    { name: "a token without a signature part", token: `${HEADER}.${base64url(ADA)}` },
    { name: "a token of four parts", token: `${buildJwt(ADA)}.x` },
    { name: "an empty header", token: `.${base64url(ADA)}.c2ln` },
    { name: "an empty payload", token: `${HEADER}..c2ln` },
    { name: "UTF-8 cut short", token: buildJwt(Uint8Array.of(0x22, 0xc3, 0x22)) },
    { name: "Latin-1", token: buildJwt(Buffer.from('{"name":"bøb"}', "latin1")) },
    { name: "an overlong slash", token: buildJwt(wrapped(0xc0, 0xaf)) },
    { name: "a surrogate in UTF-8", token: buildJwt(wrapped(0xed, 0xa0, 0x80)) },
    { name: "a byte order mark", token: buildJwt(`\ufeff${ADA}`) },
    { name: "UTF-16", token: buildJwt(Buffer.from(ADA, "utf16le")) },
    { name: "text that is not JSON", token: buildJwt("foo") },
    { name: "an object cut short", token: buildJwt('{"username":"ada"') },
    { name: "an object with something behind it", token: buildJwt(`${ADA}{}`) },
    { name: "a comment", token: buildJwt(`${ADA}//`) },
    { name: "NaN", token: buildJwt('{"exp":NaN}') },
    { name: "an array", token: buildJwt(`[${ADA}]`) },
    { name: "null", token: buildJwt("null") },
    { name: "a string", token: buildJwt('"ada"') },
    { name: "a number", token: buildJwt("123400") },
    { name: "brackets that nothing closes", token: buildJwt("[".repeat(LONGEST)) },
  ])("$name has no claims", ({ token }) => {
    expect(decodeClaims(token)).toBeUndefined();
  });

  test.for([
    { name: "padding", json: '{"a":1}', spell: (text: string) => `${text}==` },
    { name: "a character too many", json: '{"a":123}', spell: (text: string) => `${text}A` },
    {
      name: "a plus for a minus",
      json: '{"a":">>>"}',
      spell: (text: string) => text.replace("-", "+"),
    },
    {
      name: "a slash for an underscore",
      json: '{"a":"???"}',
      spell: (text: string) => text.replace("_", "/"),
    },
    { name: "a line feed", json: ADA, spell: (text: string) => `\n${text}` },
    { name: "a blank at the end", json: ADA, spell: (text: string) => `${text} ` },
    {
      name: "a letter whose low byte is the right one",
      json: ADA,
      spell: (text: string) => text.replace("e", "\u0165"),
    },
    {
      name: "bits set that belong to no byte",
      json: '{"a":1}',
      spell: (text: string) => text.replace(/Q$/, "R"),
    },
  ])("a payload spelled with $name has no claims", ({ json, spell }) => {
    const payload = base64url(json);
    const respelled = spell(payload);
    expect(respelled).not.toBe(payload);
    expect(Buffer.from(respelled, "base64url").toString()).toBe(json);
    expect(decodeClaims(`${HEADER}.${payload}.c2ln`)).toEqual(JSON.parse(json));
    expect(decodeClaims(`${HEADER}.${respelled}.c2ln`)).toBeUndefined();
  });

  test("the replacement character as such is no error", () => {
    expect(decodeClaims(buildJwt('{"name":"\ufffd"}'))).toEqual({ name: "\ufffd" });
  });

  test.for([
    { name: "at 16 KiB is read", size: LONGEST, read: true },
    { name: "one byte above is not", size: LONGEST + 1, read: false },
    { name: "far above is not", size: 4 * 1024 * 1024, read: false },
  ])("a payload $name", ({ size, read }) => {
    const payload = `{"a":"${"x".repeat(size - emptyObject.length)}"}`;
    expect(payload).toHaveLength(size);
    expect(decodeClaims(buildJwt(payload)) !== undefined).toBe(read);
  });

  test("brackets nested to the cap do no harm", () => {
    const depth = LONGEST / 2 - emptyObject.length;
    const claims = decodeClaims(buildJwt(`{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`));
    expect(claimText(claims ?? {}, "a")).toBeUndefined();
  });

  test("a __proto__ claim reaches no prototype", () => {
    const claims = decodeClaims(buildJwt('{"__proto__":{"username":"eve"},"sub":"ada"}'));
    expect(claims).toBeDefined();
    expect(claimText(claims ?? {}, "username")).toBeUndefined();
    expect(Object.getPrototypeOf(claims)).toBe(Object.prototype);
    expect("username" in {}).toBe(false);
  });

  test("every cut and every flipped bit of a token is read or refused, never thrown at", () => {
    const token = buildJwt(ADA);
    for (let i = 0; i < token.length; i++) {
      const flipped = String.fromCharCode(token.charCodeAt(i) ^ (1 << (i % 16)));
      const variants = [
        token.slice(0, i),
        token.slice(i),
        `${token.slice(0, i)}${flipped}${token.slice(i + 1)}`,
      ];
      for (const variant of variants) expect(() => decodeClaims(variant)).not.toThrow();
    }
  });
});

/** `{"a":"` … `"}` around raw bytes. */
function wrapped(...bytes: readonly number[]): Uint8Array {
  return Buffer.concat([Buffer.from('{"a":"'), Uint8Array.from(bytes), Buffer.from('"}')]);
}
