import assert from "node:assert/strict";
import { test } from "node:test";

import { issueToken, userOfToken } from "./tokens.mjs";

const NOON = Date.UTC(2030, 0, 1, 12);
const HOUR = 3_600_000;

test("a token is good for an hour and no longer", () => {
  const authorization = `Bearer ${issueToken({ id: "user-1", name: "ada" }, NOON).access_token}`;
  assert.equal(userOfToken(authorization, NOON), "ada");
  assert.equal(userOfToken(authorization, NOON + HOUR - 1), "ada");
  assert.equal(userOfToken(authorization, NOON + HOUR), undefined);
});
