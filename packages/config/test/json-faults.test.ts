import { describe, expect, test } from "vitest";

import { findJsonFaults } from "../src/files/json-faults.ts";

const at = (offset: number, problem: string) => [
  { offset, problem: expect.stringContaining(problem) },
];

describe("findJsonFaults", () => {
  test.for([
    { name: "plain JSON", text: ' {"a":[1,-0.5e+3,true,null,"\\u0041\\/"],"b":{}} \n', want: [] },
    { name: "the same name in two objects", text: '[{"a":1},{"a":{"a":2}}]', want: [] },
    { name: "a name twice", text: '{"a":1,"b":2,"a":3}', want: at(13, '"a" again') },
    { name: "a name twice, once escaped", text: '{"a":1,"\\u0061":3}', want: at(7, "again") },
    { name: "a name twice inside a list", text: '[[{"a":1,"a":1}]]', want: at(9, "again") },
    { name: "__proto__", text: '{"__proto__":{"x":1}}', want: at(1, "__proto__") },
    { name: "__proto__, escaped", text: '{"\\u005f_proto__":1}', want: at(1, "__proto__") },
    { name: "a comma too many", text: '{"a":1,}', want: at(7, "a name in quotes") },
    { name: "a comment", text: "{} // x", want: at(3, "the end of the file") },
    { name: "two values", text: "{}{}", want: at(2, "the end of the file") },
    { name: "half a file", text: '{"a":[1,', want: at(8, "got the end of the file") },
    { name: "nothing", text: "", want: at(0, "a JSON value") },
    { name: "a raw line feed in a string", text: '"a\nb"', want: at(0, "a JSON string") },
    { name: "nesting without end", text: "[".repeat(100_000), want: at(64, "at most 64 levels") },
  ])("$name", ({ text, want }) => {
    expect(findJsonFaults(text)).toEqual(want);
  });

  test("takes and refuses the same texts as JSON.parse", () => {
    const seed = '{"a":[1.5e3,"x\\n",true,null,-0],"b":{"c":false}}';
    const alphabet = '{}[],:"\\01-.eEtun \t\u0001';
    let state = 7;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % below;
    };
    const disagreements: string[] = [];
    let refused = 0;
    for (let round = 0; round < 20_000; round++) {
      const start = random(seed.length);
      const inserted = alphabet.charAt(random(alphabet.length));
      const text = seed.slice(0, start) + inserted + seed.slice(start + random(3));
      const faults = findJsonFaults(text).filter(
        ({ problem }) => !problem.includes("each name once"),
      );
      const isJson = parses(text);
      if (!isJson) refused++;
      if (isJson !== (faults.length === 0)) disagreements.push(text);
    }
    expect(disagreements).toEqual([]);
    expect(refused).toBeGreaterThan(1000);
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
