import { describe, expect, test } from "vitest";

import { matchesMediaType } from "../../src/headers/content-type.ts";
import { isAbsent, readTable, reason } from "./public-cases.ts";

interface MediaTypeCase {
  readonly input: string;
  /** As the MIME Sniffing Standard serializes it; `null`: no media type. */
  readonly output: string | null;
}

/** Charsets in which each ASCII byte is that character. */
const SAFE = /^(utf-?8|us-ascii|iso-8859-1|windows-1252)$/i;

describe.skipIf(isAbsent)(`the media types of web-platform-tests${reason}`, () => {
  const cases: readonly MediaTypeCase[] = [
    ...readTable("media-type/wpt-mime-types.json"),
    ...readTable("media-type/wpt-generated-mime-types.json"),
  ];
  const essences = new Set(cases.flatMap(({ output }) => essenceOf(output) ?? []));
  const allowed = [...essences, "application/json"];

  test("the tables are whole, and not all of them are refused", () => {
    expect(cases).toHaveLength(955);
    const matched = cases.filter(({ input }) =>
      allowed.some((type) => matchesMediaType(input, type)),
    );
    expect(matched).toHaveLength(146);
  });

  test.for(cases)("$input matches nothing but what a browser reads", ({ input, output }) => {
    const essence = essenceOf(output);
    const matched = allowed.filter((type) => matchesMediaType(input, type));
    expect(matched.filter((type) => type !== essence)).toEqual([]);
    expect(matched.length === 0 || isSafe(charsetOf(output))).toBe(true);
  });
});

function essenceOf(serialized: string | null): string | undefined {
  return serialized?.split(";", 1)[0];
}

function charsetOf(serialized: string | null): string | undefined {
  return /;charset="?([^";]*)/.exec(serialized ?? "")?.[1];
}

function isSafe(charset: string | undefined): boolean {
  return charset === undefined || SAFE.test(charset);
}
