import { expect, test } from "vitest";

import { hasRepeatedMembers } from "../src/has-repeated-members.ts";
import type { Claims } from "../src/index.ts";

test.for([
  { name: "no member", text: "{}", want: false },
  { name: "two members", text: '{"a":1,"b":2}', want: false },
  { name: "one twice", text: '{"a":1,"a":1}', want: true },
  { name: "one twice in an array's element", text: '{"a":[{"b":1,"b":2}]}', want: true },
  { name: "one name in two objects", text: '{"a":{"b":1},"c":{"b":1}}', want: false },
  { name: "a colon in a name and in a value", text: '{"a:b":"c:d"}', want: false },
  { name: "escaped quotes around a colon", text: '{"a":"\\":\\"","b":"\\\\"}', want: false },
  {
    name: "a name twice behind an escaped backslash",
    text: '{"a":"\\\\","b":1,"b":2}',
    want: true,
  },
  { name: "__proto__ twice", text: '{"__proto__":1,"__proto__":{}}', want: true },
])("$name: $want", ({ text, want }) => {
  const parsed: Claims = JSON.parse(text);
  expect(hasRepeatedMembers(text, parsed)).toBe(want);
});
