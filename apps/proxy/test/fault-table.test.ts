import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";

import { describe, expect, test } from "vitest";

const ROOT = new URL("../../../", import.meta.url);
const PAGE = readFileSync(new URL("docs/rationale.md", ROOT), "utf8");

/** The cells of each row under «When things fail». */
const rows = PAGE.slice(PAGE.indexOf("## When things fail"))
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .slice(2)
  .map((line) =>
    line
      .split("|")
      .map((cell) => cell.trim())
      .slice(1, -1),
  );

/** The tests of the proxy by name, in whichever folder they are. */
const ours = new Set(
  readdirSync(new URL(".", import.meta.url), { recursive: true, encoding: "utf8" }).map((path) =>
    basename(path),
  ),
);

function isThere(name: string): boolean {
  const slash = name.indexOf("/");
  if (slash === -1) return ours.has(`${name}.test.ts`);
  const path = `packages/${name.slice(0, slash)}/test${name.slice(slash)}.test.ts`;
  return existsSync(new URL(path, ROOT));
}

describe("the table of faults", () => {
  test("has its rows", () => {
    expect(rows.length).toBeGreaterThan(30);
  });

  test.for(rows)("names tests that are there: %s", ([, , , shownBy = ""]) => {
    const names = shownBy.split(", ");
    expect(names.filter((name) => !isThere(name))).toEqual([]);
  });
});
