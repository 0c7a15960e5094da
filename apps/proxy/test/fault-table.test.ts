import { existsSync, readFileSync } from "node:fs";

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

function fileOf(name: string): URL {
  const slash = name.indexOf("/");
  const path =
    slash === -1
      ? `apps/proxy/test/${name}`
      : `packages/${name.slice(0, slash)}/test${name.slice(slash)}`;
  return new URL(`${path}.test.ts`, ROOT);
}

describe("the table of faults", () => {
  test("has its rows", () => {
    expect(rows.length).toBeGreaterThan(30);
  });

  test.for(rows)("names tests that are there: %s", ([, , , shownBy = ""]) => {
    const names = shownBy.split(", ");
    expect(names.filter((name) => !existsSync(fileOf(name)))).toEqual([]);
  });
});
