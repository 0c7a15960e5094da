import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const attack = (...options) =>
  spawnSync(process.execPath, [fileURLToPath(new URL("attack.mjs", import.meta.url)), ...options], {
    encoding: "utf8",
  });

test("every attack is held", () => {
  const { status, stderr, stdout } = attack();
  assert.match(stdout, /\n\d+ held, 0 BROKEN\n$/, stderr);
  assert.doesNotMatch(stdout, /^BROKEN/m);
  assert.equal(status, 0);
});

test("a weakened proxy is found out", () => {
  const { status, stdout } = attack("--weakened");
  assert.match(stdout, /^BROKEN {2}respell {2}an address that claims to be another one/m);
  assert.match(stdout, /^BROKEN {2}flood/m);
  assert.equal(status, 1);
});

test("an option that is none is refused", () => {
  const { status, stderr } = attack("--weak");
  assert.match(stderr, /got --weak/);
  assert.equal(status, 2);
});
