import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** `package class code` for every error class with a literal code in the sources of the workspace. */
function errorClasses(): string[] {
  return ["packages", "apps"].flatMap((group) =>
    readdirSync(join(ROOT, group)).flatMap((name) =>
      sourcesOf(join(ROOT, group, name, "src")).flatMap((file) => {
        const text = readFileSync(file, "utf8");
        const classes = text.matchAll(/class (\w+)[^{]*\{\s+readonly code\b[^=]*= "(ERR_\w+)"/g);
        return [...classes].map(([, className, code]) => `${name} ${className} ${code}`);
      }),
    ),
  );
}

function sourcesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file));
}

test("the page of errors lists every error class with its code and package, and no other", () => {
  const page = readFileSync(join(ROOT, "docs/reference/errors.md"), "utf8");
  const rows = page.matchAll(/^\| `(ERR_\w+)` +\| ([\w-]+) +\| `(\w+)`/gm);
  const documented = [...rows].map(([, code, name, className]) => `${name} ${className} ${code}`);
  expect(documented.toSorted()).toEqual(errorClasses().toSorted());
  expect(documented.length).toBeGreaterThan(20);
});
