import { parse as parseQuery } from "node:querystring";

import { parseCookie } from "cookie";
import {
  type Arbitrary,
  array,
  check,
  constantFrom,
  integer,
  oneof,
  property,
  string,
  tuple,
} from "fast-check";
import { describe, expect, test } from "vitest";

import { Credentials, parseAuthorization, TOKEN_SCHEMES } from "../../src/headers/authorization.ts";
import { matchesMediaType } from "../../src/headers/content-type.ts";
import { findCookie } from "../../src/headers/cookie.ts";
import { FoundValue } from "../../src/headers/lookup.ts";
import { formatAddress } from "../../src/identity/ip-address-format.ts";
import { AddressRanges, parseCidr } from "../../src/identity/ip-address-range.ts";
import { parseAddress } from "../../src/identity/ip-address.ts";
import { canonicalizeHost } from "../../src/target/canonical-host.ts";
import { canonicalizePath, STRICT_PATH } from "../../src/target/canonical-path.ts";
import { findQueryParameter, isWellFormedQuery } from "../../src/target/query.ts";

/** A long run: `PORTCULLIS_FUZZ_RUNS=1000000 pnpm exec vitest run test/fuzz`. */
const numRuns = Number(process.env["PORTCULLIS_FUZZ_RUNS"] ?? 3000);
/** More than the largest head that an edge takes. */
const LONG = 64 * 1024;
/** Reading once takes well under a millisecond; going back over the text at each step takes seconds. */
const LONG_LIMIT_MS = 500;

/** Texts of pieces that a parser knows, and of any other characters. */
function textOf(...pieces: readonly string[]): Arbitrary<string> {
  const any = oneof(string({ unit: "binary" }), string({ unit: "grapheme", maxLength: 3 }));
  const latin1 = integer({ min: 0, max: 0xff }).map((code) => String.fromCharCode(code));
  const piece = oneof(
    { weight: 12, arbitrary: constantFrom(...pieces) },
    { weight: 2, arbitrary: latin1 },
    { weight: 1, arbitrary: any },
  );
  return array(piece, { maxLength: 16 }).map((parts) => parts.join(""));
}

const PATHS = [
  "/",
  "a",
  ".",
  "..",
  "%2e",
  "%2F",
  "%5c",
  "%",
  "%25",
  ";",
  "\\",
  "%C3%A9",
  "%EF%BC%8E",
];
const HOSTS = ["a", "A", ".", "-", "_", ":", "80", "99999", "[", "]", "::", "1", "0x7f", "@", "/"];
const QUERIES = ["k", "=", "&", "+", "%6b", "%", "%C3", "%A9", ";", "?", "#", "v", "[]"];
const COOKIES = ["k", "=", ";", " ", '"', "\\", "$Version", ",", "v", "\t", "\u00a0"];
const AUTHORIZATIONS = ["Bearer", "MAC", "Basic", " ", "\t", ",", '"', "=", "id", "x.y.z", "\\"];
const MEDIA_TYPES = ["a/b", "A/B", ";", " ", "charset", "=", "utf-8", "utf-7", '"', "\\", ",", "x"];
const ADDRESSES = [
  "1",
  "255",
  "256",
  ".",
  ":",
  "::",
  "ffff",
  "/",
  "8",
  "0",
  "64:ff9b::",
  "%",
  "[",
  "]",
];

/** The least text for which `holds` does not, or throws, with seed and path; `undefined` if there is none. */
function failureOf<T>(texts: Arbitrary<T>, holds: (text: T) => boolean): string | undefined {
  const found = check(property(texts, holds), { numRuns });
  const where = `seed ${found.seed}, path ${found.counterexamplePath}`;
  return found.failed ? `${where}: ${JSON.stringify(found.counterexample)}` : undefined;
}

const path = textOf(...PATHS);

describe("whatever a client sends", () => {
  test("a path has one reading, or none", () => {
    const options = constantFrom(STRICT_PATH, { mergeSlashes: true, keepEncodedSlashes: true });
    const failure = failureOf(tuple(path, options), ([text, allowed]) => {
      const canonical = canonicalizePath(`/${text}`, allowed);
      if (canonical === undefined) return true;
      const isPlain = /^\/[!-~]*$/.test(canonical) && !segmentsOf(canonical).some(isDots);
      return isPlain && canonicalizePath(canonical, allowed) === canonical;
    });
    expect(failure).toBeUndefined();
  });

  test("a path that is taken is the one that a browser reads", () => {
    const failure = failureOf(path, (text) => {
      const canonical = canonicalizePath(`/${text}`, STRICT_PATH);
      if (canonical === undefined) return true;
      const { pathname } = new URL(`http://a.example/${text}`);
      const again = new URL(`http://a.example${canonical}`).pathname;
      return decodeURIComponent(pathname) === decodeURIComponent(canonical) && again === canonical;
    });
    expect(failure).toBeUndefined();
  });

  test("a host has one name, or none", () => {
    const failure = failureOf(textOf(...HOSTS), (text) => {
      const host = canonicalizeHost(text);
      if (host === undefined) return true;
      const isOne =
        canonicalizeHost(host) === host && canonicalizeHost(text.toUpperCase()) === host;
      return isOne && new URL(`http://${host}/`).hostname === host;
    });
    expect(failure).toBeUndefined();
  });

  test("a parameter that is found is the only one, as the URL Standard reads it", () => {
    const failure = failureOf(textOf(...QUERIES), (text) => {
      const out = new FoundValue();
      const found = findQueryParameter(text, "k", out);
      if (!isWellFormedQuery(text)) return found === "found" || out.value === "";
      if (found === "malformed") return out.value === "";
      // Without the first separator a question mark would be cut off.
      const values = new URLSearchParams(`&${text}`).getAll("k");
      const due = ["absent", "found"][values.length] ?? "repeated";
      return found === due && out.value === (found === "found" ? values[0] : "");
    });
    expect(failure).toBeUndefined();
  });

  test("a parameter that is found is the one that node:querystring reads", () => {
    const failure = failureOf(textOf(...QUERIES), (text) => {
      const out = new FoundValue();
      if (!isWellFormedQuery(text) || findQueryParameter(text, "k", out) !== "found") return true;
      return parseQuery(text)["k"] === out.value;
    });
    expect(failure).toBeUndefined();
  });

  test("a cookie that is found is the one that the cookie package reads", () => {
    const failure = failureOf(textOf(...COOKIES), (text) => {
      const out = new FoundValue();
      if (findCookie(text, "k", out) !== "found") return true;
      const value = parseCookie(text, { decode: (each) => each })["k"] ?? "";
      return unquoted(value) === out.value;
    });
    expect(failure).toBeUndefined();
  });

  test("a cookie that is found stands in the field once, between separators", () => {
    const failure = failureOf(textOf(...COOKIES), (text) => {
      const out = new FoundValue();
      const found = findCookie(text, "k", out);
      if (found === "malformed") return out.value === "";
      const values = cookiesOf(text, "k");
      const due = ["absent", "found"][values.length] ?? "repeated";
      return found === due && out.value === (found === "found" ? values[0] : "");
    });
    expect(failure).toBeUndefined();
  });

  test("a token that is found is one piece of the field", () => {
    const failure = failureOf(textOf(...AUTHORIZATIONS), (text) => {
      const out = new Credentials();
      const found = parseAuthorization(text, TOKEN_SCHEMES, out);
      if (found !== "found") return out.token === "";
      const isPiece = /^[^ \t,"]+$/.test(out.token) && text.includes(out.token);
      return isPiece && (out.scheme === "mac" || /^[ \t]*bearer +[^ \t,"]+[ \t]*$/i.test(text));
    });
    expect(failure).toBeUndefined();
  });

  test("a media type that matches is the essence of the field", () => {
    const failure = failureOf(textOf(...MEDIA_TYPES), (text) => {
      if (!matchesMediaType(text, "a/b")) return true;
      const [essence = "", ...parameters] = text.split(";");
      if (trimmed(essence).toLowerCase() !== "a/b") return false;
      // Where strings are quoted, splitting is no reading.
      if (text.includes('"')) return true;
      const charsets = parameters.filter((each) => /^[ \t]*charset=/i.test(each));
      return charsets.length < 2 && !charsets.join("").includes("utf-7");
    });
    expect(failure).toBeUndefined();
  });

  test("an address has one form, and is a network of one", () => {
    const failure = failureOf(textOf(...ADDRESSES), (text) => {
      const address = new Uint32Array(4);
      if (!parseAddress(text, address)) return true;
      const again = new Uint32Array(4);
      const isOne =
        parseAddress(formatAddress(address), again) && again.join(" ") === address.join(" ");
      const range = parseCidr(text);
      return isOne && range.ok && new AddressRanges([range.value]).has(address);
    });
    expect(failure).toBeUndefined();
  });

  test("a network has the address that it is named after", () => {
    const failure = failureOf(textOf(...ADDRESSES), (text) => {
      const range = parseCidr(text);
      if (!range.ok) return true;
      const address = new Uint32Array(4);
      const [name = ""] = text.split("/", 1);
      return parseAddress(name, address) && new AddressRanges([range.value]).has(address);
    });
    expect(failure).toBeUndefined();
  });
});

describe("a text of any length is read once", () => {
  const parsers: Readonly<Record<string, (text: string) => unknown>> = {
    path: (text) => canonicalizePath(`/${text}`, STRICT_PATH),
    host: (text) => canonicalizeHost(text),
    query: (text) => findQueryParameter(text, "k", new FoundValue()),
    cookie: (text) => findCookie(`${text};k=1`, "k", new FoundValue()),
    authorization: (text) => parseAuthorization(`Bearer ${text}`, TOKEN_SCHEMES, new Credentials()),
    mac: (text) => parseAuthorization(`MAC ${text}`, TOKEN_SCHEMES, new Credentials()),
    "media type": (text) => matchesMediaType(`a/b${text}`, "a/b"),
    address: (text) => parseAddress(text, new Uint32Array(4)),
    network: (text) => parseCidr(text),
  };
  const rows = Object.entries(parsers).map(([name, parse]) => ({ name, parse }));
  const units = [
    ...[PATHS, HOSTS, QUERIES, COOKIES, AUTHORIZATIONS, MEDIA_TYPES, ADDRESSES].flat(),
    ";x=y",
    "k=%2",
    "id=a,",
    'x="y";',
    "a&",
    "%EF%BC%8E;",
    "a.",
    '"k=',
    "\u00a0k",
  ];

  test.for(rows)("$name", ({ parse }) => {
    const slow = units.filter((unit) => {
      const text = unit.repeat(LONG / unit.length);
      const startedAt = performance.now();
      parse(text);
      return performance.now() - startedAt > LONG_LIMIT_MS;
    });
    expect(slow).toEqual([]);
  });
});

function isDots(segment: string): boolean {
  return /^\.{1,2}($|;)/.test(segment);
}

/** Decoded once more than anybody should. */
function segmentsOf(canonical: string): string[] {
  return decodeURIComponent(canonical).normalize("NFKC").split("/");
}

/** A server's simple reading: split, trim, take quotes away. */
function cookiesOf(header: string, name: string): string[] {
  return header
    .split(";")
    .map((pair) => pair.split(/=(.*)/s))
    .filter(([each = ""]) => trimmed(each) === name)
    .map(([, value = ""]) => trimmed(value))
    .map(unquoted);
}

function unquoted(value: string): string {
  return /^"[^"]*"$/.test(value) ? value.slice(1, -1) : value;
}

function trimmed(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, "");
}
