import { describe, expect, test } from "vitest";

import { findCookie } from "../../src/headers/cookie.ts";
import { FoundValue } from "../../src/headers/lookup.ts";
import { isAbsent, readRows, reason } from "./public-cases.ts";

interface CookieCase {
  readonly id: string;
  /** The `Cookie` field as a browser sends it. */
  readonly cookie: string;
  readonly pairs: readonly { readonly name: string; readonly value: string }[];
}

/** Servers read different cookies out of these: a quote opens in one pair and does not close in it. */
const UNCLOSED: ReadonlySet<string> = new Set([
  "http-state/CHROMIUM0004",
  "http-state/CHROMIUM0006",
  "http-state/CHROMIUM0011",
  "http-state/MOZILLA0012",
  "http-state/VALUE0004",
]);

describe.skipIf(isAbsent)(`the cookies of the http-state suite${reason}`, () => {
  const cases: readonly CookieCase[] = readRows("cookies/http-state-cookie-headers.jsonl");

  test("the table is whole", () => {
    expect(cases).toHaveLength(65);
  });

  const refused = cases.filter(({ id }) => UNCLOSED.has(id));
  const taken = cases.filter(({ id }) => !UNCLOSED.has(id));

  test.for(refused)("$id has no cookie, for want of a closing quote", ({ cookie, pairs }) => {
    const outcomes = pairs.map(({ name }) => findCookie(asBytes(cookie), name, new FoundValue()));
    expect(outcomes).toContain("malformed");
    expect(outcomes).not.toContain("found");
  });

  test.for(taken)("$id has the cookies that were set, each under its name", ({ cookie, pairs }) => {
    const header = asBytes(cookie);
    for (const name of new Set(pairs.map((pair) => pair.name))) {
      const values = pairs.filter((pair) => pair.name === name).map(({ value }) => value);
      const out = new FoundValue();
      const found = findCookie(header, asBytes(name), out);
      expect(found).toBe(values.length === 1 ? "found" : "repeated");
      expect(out.value).toBe(found === "found" ? unquoted(asBytes(values[0] ?? "")) : "");
    }
  });
});

/** Header values are bytes, one character each. */
function asBytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Quoted or not, it is one identity. */
function unquoted(value: string): string {
  return /^".*"$/s.test(value) ? value.slice(1, -1) : value;
}
