import { Buffer } from "node:buffer";

import { array, check, constantFrom, json, oneof, property, string } from "fast-check";
import { expect, test } from "vitest";

import { decodeClaims } from "../src/decode-claims.ts";

/** A long run: `PORTCULLIS_FUZZ_RUNS=1000000 pnpm exec vitest run test/decode-claims.property.test.ts`. */
const numRuns = Number(process.env["PORTCULLIS_FUZZ_RUNS"] ?? 3000);

const PIECES = [
  ".",
  "..",
  "=",
  "-",
  "_",
  "+",
  "/",
  "e30",
  "eyJhIjoxfQ",
  "W10",
  "bnVsbA",
  "77-9",
  "\u0141",
];
const encoded = oneof(
  json(),
  string({ unit: "binary" }),
  constantFrom("{}", '{"a":1,"a":2}', "[]", "null"),
).map((text) => Buffer.from(text, "utf8").toString("base64url"));
const part = oneof(
  { weight: 3, arbitrary: encoded },
  { weight: 2, arbitrary: constantFrom(...PIECES) },
  {
    weight: 1,
    arbitrary: string({ maxLength: 8 }),
  },
);
const token = array(part, { maxLength: 6 }).chain((parts) =>
  constantFrom(".", "").map((between) => parts.join(between)),
);

test("claims that are read are the JSON object of a token's second part, whatever a client sends", () => {
  const found = check(
    property(token, (text) => {
      const claims = decodeClaims(text);
      if (claims === undefined) return true;
      const parts = text.split(".");
      const bytes = Uint8Array.from(atob(fromUrl(parts[1] ?? "")), (byte) => byte.charCodeAt(0));
      const again = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
      return parts.length === 3 && JSON.stringify(again) === JSON.stringify(claims);
    }),
    { numRuns },
  );
  const failure = `seed ${found.seed}, path ${found.counterexamplePath}: ${JSON.stringify(found.counterexample)}`;
  expect(found.failed ? failure : undefined).toBeUndefined();
});

test("some tokens have claims, or nothing would have been shown", () => {
  expect(decodeClaims("e30.eyJhIjoxfQ.")).toEqual({ a: 1 });
});

/** The other spelling, which the platform's own decoder reads. */
function fromUrl(part_: string): string {
  return part_.replaceAll("-", "+").replaceAll("_", "/");
}
