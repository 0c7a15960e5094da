import { compileHeaderCodes, headerCode } from "@portcullis/core";
import {
  array,
  assert,
  constantFrom,
  nat,
  oneof,
  property,
  stringMatching,
  tuple,
} from "fast-check";
import { describe, expect, test } from "vitest";

import { FieldNames } from "../src/server/field-names.ts";

const CODES = compileHeaderCodes(["x-api-key"]);
const OTHER_CODES = compileHeaderCodes(["accept"]);
const PLACES = 8;

const anyName = oneof(
  constantFrom("host", "cookie", "accept", "x-api-key", "te", "a b", "x_api_key"),
  stringMatching(/^[a-z-]{1,80}$/),
);

describe("FieldNames", () => {
  test("says of every name what the codes say, whatever stood in its place before", () => {
    const seen = tuple(nat(PLACES), anyName, constantFrom(CODES, OTHER_CODES));
    assert(
      property(array(seen, { maxLength: 40 }), (fields) => {
        let codes = CODES;
        const names = new FieldNames(codes, PLACES);
        for (const [place, name, now] of fields) {
          if (now !== codes) names.replaceCodes(now);
          codes = now;
          const known = names.at(place, name);
          const opening = place < PLACES ? `\r\n${name}: ` : "";
          expect(known).toEqual({ name, code: headerCode(codes, name), opening });
        }
      }),
    );
  });

  test("keeps what it knows of a name that comes back to another place", () => {
    const names = new FieldNames(CODES, PLACES);
    const first = names.at(0, "x-api-key");
    names.at(0, "cookie");
    expect(names.at(1, "x-api-key")).toBe(first);
  });

  test("learns nothing of the fields past the limit, of which a head may have thousands", () => {
    const names = new FieldNames(CODES, PLACES);
    expect(names.at(PLACES, "x-api-key")).not.toBe(names.at(PLACES, "x-api-key"));
  });

  test("is not filled by made-up names for good", () => {
    const names = new FieldNames(CODES, PLACES);
    for (let made = 0; made < 1000; made++) names.at(0, `x-made-up-${made}`);
    const known = names.at(0, "x-api-key");
    names.at(0, "cookie");
    expect(names.at(0, "x-api-key")).toBe(known);
  });
});
