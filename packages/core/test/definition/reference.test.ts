import { expect, test } from "vitest";

import { SECTIONS } from "../../src/definition/sections.ts";
import { renderReference } from "./render-reference.ts";

const FIELDS = SECTIONS.flatMap((section) =>
  Object.entries(section.fields).map(([key, field]) => ({
    name: `${section.path}.${key}`,
    field,
  })),
);

test("the reference page is what the table renders", async () => {
  await expect(renderReference()).toMatchFileSnapshot(
    "../../../../docs/reference/api-definition.md",
  );
});

test.for(FIELDS)("$name reads its own default without a remark", ({ field }) => {
  expect(field.read(field.fallback)).toMatchObject({ ok: true, warnings: [] });
});

test.for(FIELDS)("$name has a meaning of whole sentences", ({ field }) => {
  expect(field.meaning).toMatch(/^[A-Z].*\.$/);
});
