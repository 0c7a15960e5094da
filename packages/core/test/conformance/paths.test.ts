import { describe, expect, test } from "vitest";

import { canonicalizePath, STRICT_PATH } from "../../src/target/canonical-path.ts";
import { isWellFormedQuery } from "../../src/target/query.ts";
import { isAbsent, readRows, reason } from "./public-cases.ts";

interface PathCase {
  readonly input: string;
  readonly raw_target: string;
  readonly wire_legal: boolean;
  /** What a browser makes of it before it sends it. */
  readonly pathname: string;
}

describe.skipIf(isAbsent)(`the URL cases of web-platform-tests${reason}`, () => {
  const cases: readonly PathCase[] = readRows("url/wpt-path-cases.jsonl");
  const taken = cases.filter(({ raw_target: target }) => read(target) !== undefined);

  test("the table is whole, and not all of it is refused", () => {
    expect([cases.length, taken.length]).toEqual([73, 29]);
  });

  test.for(cases.filter(({ wire_legal: isLegal }) => !isLegal))(
    "$raw_target is refused: no request line can carry it",
    ({ raw_target: target }) => {
      expect(read(target)).toBeUndefined();
    },
  );

  test.for(taken)("$raw_target has one reading", ({ raw_target: target }) => {
    const path = read(target) ?? "";
    const [raw = ""] = target.split("?", 1);
    expect(path).not.toContain("//");
    const segments = decodeURIComponent(path).split("/");
    expect(segments.filter((segment) => /^\.{1,2}($|;)/.test(segment))).toEqual([]);
    expect(decodeURIComponent(path)).toBe(decodeURIComponent(raw));
    expect(canonicalizePath(path, STRICT_PATH)).toBe(path);
  });

  test.for(taken)("$raw_target is the path that a browser would send", (row) => {
    const path = read(row.raw_target);
    expect(canonicalizePath(row.pathname, STRICT_PATH) ?? path).toBe(path);
  });
});

/** The canonical path of a request target, if both its parts are taken. */
function read(target: string): string | undefined {
  const mark = target.indexOf("?");
  const query = mark === -1 ? "" : target.slice(mark + 1);
  if (!isWellFormedQuery(query)) return undefined;
  return canonicalizePath(mark === -1 ? target : target.slice(0, mark), STRICT_PATH);
}
