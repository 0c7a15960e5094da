import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";

import { expect, test } from "vitest";

const BUNDLE = new URL("../bundle/", import.meta.url);
const FILES = readdirSync(BUNDLE).filter((name) => name.endsWith(".js"));
const MAPS = readdirSync(BUNDLE).filter((name) => name.endsWith(".map"));

test("imports nothing that the package does not declare", () => {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", BUNDLE), "utf8"));
  const declared = Object.keys(Object(Object(manifest).dependencies));
  const imported = FILES.flatMap((name) => importsOf(readFileSync(new URL(name, BUNDLE), "utf8")));
  const foreign = imported.filter((name) => !name.startsWith("./") && !isBuiltIn(name));
  // Of these the linter for dependencies cannot know who needs them.
  expect(new Set(foreign)).toEqual(new Set(["lmdb", "msgpackr", "piscina", "ws"]));
  expect(foreign.filter((name) => !declared.includes(name))).toEqual([]);
});

test("has the licence of all code in it that is others'", () => {
  const licenses = readFileSync(new URL("third-party-licenses.txt", BUNDLE), "utf8");
  const packages = new Set(MAPS.flatMap((name) => packagesIn(new URL(name, BUNDLE))));
  expect(packages).toContain("hono");
  const missing = [...packages].filter((name) => !new RegExp(`^${name} \\d`, "m").test(licenses));
  expect(missing).toEqual([]);
});

// V8 keeps a file with one letter past Latin-1 in two bytes a letter.
test.each(FILES)("%s is ASCII", (name) => {
  expect(readFileSync(new URL(name, BUNDLE), "latin1")).toMatch(/^\p{ASCII}+$/u);
});

function importsOf(code: string): string[] {
  const found = code.matchAll(/^(?:import|export) .*?from "([^"]+)";$|\bimport\("([^"]+)"\)/gm);
  return [...found].map(([, fixed, dynamic]) => fixed ?? dynamic ?? "");
}

function isBuiltIn(name: string): boolean {
  return name.startsWith("node:") || builtinModules.includes(name);
}

/** By its source map: the packages of which a file has code. */
function packagesIn(map: URL): string[] {
  const { sources }: { sources: string[] } = Object(JSON.parse(readFileSync(map, "utf8")));
  return sources.flatMap((path) => {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
    return name === undefined ? [] : [name];
  });
}
