import { expect, test } from "vitest";

import { authorityOf } from "../src/authority.ts";

test.for([
  { host: "up.test", port: 80, standard: 80, want: "up.test" },
  { host: "up.test", port: 80, standard: 443, want: "up.test:80" },
  { host: "10.0.0.5", port: 8080, standard: 80, want: "10.0.0.5:8080" },
  { host: "2001:db8::5", port: 443, standard: 443, want: "[2001:db8::5]" },
  { host: "[2001:db8::5]", port: 81, standard: 80, want: "[2001:db8::5]:81" },
])("$host, port $port where $standard is usual: $want", ({ host, port, standard, want }) => {
  expect(authorityOf({ host, port }, standard)).toBe(want);
});
