import assert from "node:assert/strict";
import { test } from "node:test";

import { openSession, userOfSession } from "./sessions.mjs";

test("ten thousand sessions are kept, the oldest gives way to the next", () => {
  const ada = { name: "ada" };
  const cookies = Array.from({ length: 10_001 }, () => `JSESSIONID=${openSession(ada)}`);
  assert.deepEqual([cookies[0], cookies[1], cookies.at(-1)].map(userOfSession), [
    undefined,
    "ada",
    "ada",
  ]);
});
