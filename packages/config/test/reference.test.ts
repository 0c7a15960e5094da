import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { settingsJsonSchema } from "../src/index.ts";

const REFERENCE = new URL("../../../docs/reference/", import.meta.url);

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly description?: string;
  readonly default?: unknown;
}

/** `limits.headers | 100` for every setting that is not a section. */
function settingsOf(node: SchemaNode, path = ""): string[] {
  if (node.properties === undefined) {
    const standard = node.default === undefined ? "" : ` ${JSON.stringify(node.default)}`;
    return [`${path}${standard}`];
  }
  return Object.entries(node.properties).flatMap(([name, child]) =>
    settingsOf(child, path === "" ? name : `${path}.${name}`),
  );
}

// After a build, in this package, this writes it anew:
//   node -e 'import("@portcullis/config").then((config) =>
//     console.log(JSON.stringify(config.settingsJsonSchema())))' > ../../docs/reference/portcullis.schema.json
// and the formatter gives it its form.
test("the JSON Schema in the reference is the one in the code", () => {
  const page: unknown = JSON.parse(
    readFileSync(new URL("portcullis.schema.json", REFERENCE), "utf8"),
  );
  expect(page).toEqual(settingsJsonSchema());
});

test("the reference lists every setting with its default, and no other", () => {
  const page = readFileSync(new URL("configuration.md", REFERENCE), "utf8");
  const rows = [...page.matchAll(/^\| `([a-z0-9_.]+)` +\| [^|]* \| (?:`([^`]*)` )? *\|/gm)];
  const documented = rows.map(([, name, standard]) =>
    standard === undefined ? `${name}` : `${name} ${standard}`,
  );
  expect(documented).toEqual(settingsOf(settingsJsonSchema()));
});
