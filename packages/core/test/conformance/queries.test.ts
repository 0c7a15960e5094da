import { describe, expect, test } from "vitest";

import { FoundValue } from "../../src/headers/lookup.ts";
import { findQueryParameter } from "../../src/target/query.ts";
import { isAbsent, readTable, reason } from "./public-cases.ts";

interface QueryCase {
  readonly input: string;
  /** Names and values as the URL Standard reads them. */
  readonly output: readonly (readonly [name: string, value: string])[];
}

/** What the URL Standard puts in the place of bytes that are not UTF-8. */
const REPLACED = "\ufffd";

describe.skipIf(isAbsent)(`the form cases of web-platform-tests${reason}`, () => {
  const cases: readonly QueryCase[] = readTable("url/wpt-urlencoded-parser.json");

  test("the table is whole", () => {
    expect(cases).toHaveLength(35);
  });

  test.for(cases)("$input has each parameter that the URL Standard finds, or none", (row) => {
    const isBroken = /%(?![0-9a-f]{2})/i.test(row.input) || row.output.flat().some(isReplaced);
    for (const name of namesOf(row)) {
      const out = new FoundValue();
      const found = findQueryParameter(row.input, name, out);
      const values = row.output.filter(([each]) => each === name).map(([, value]) => value);
      const due = values.length === 1 ? "found" : "repeated";
      expect(found).toBe(found === "malformed" && isBroken ? "malformed" : due);
      expect(out.value).toBe(found === "found" ? values[0] : "");
      expect(out.value).not.toContain(REPLACED);
    }
  });

  test.for(cases)("$input has no parameter that the URL Standard does not find", ({ input }) => {
    for (const name of ["key", "test ", "%", "a[]"]) {
      expect(["absent", "malformed"]).toContain(findQueryParameter(input, name, new FoundValue()));
    }
  });
});

/** Names that a definition can ask for: the empty one cannot be an API key's. */
function namesOf({ output }: QueryCase): Set<string> {
  return new Set(output.map(([name]) => name).filter((name) => name !== ""));
}

function isReplaced(text: string): boolean {
  return text.includes(REPLACED);
}
