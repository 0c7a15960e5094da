import { describe, expect, test } from "vitest";

import { ATTACK_ROWS } from "./contract/attack-rows.ts";
import type { ContractRow } from "./contract/contract-row.ts";
import { LIST_ROWS } from "./contract/list-rows.ts";
import { CLOSING_ROWS, SWITCH_AND_DEFINITION_ROWS } from "./contract/other-rows.ts";
import { WHOLE_LIST_ROWS } from "./contract/whole-list-rows.ts";
import { IMPLEMENTATIONS } from "./fixtures.ts";

const ROWS: readonly ContractRow[] = [
  ...LIST_ROWS,
  ...WHOLE_LIST_ROWS,
  ...ATTACK_ROWS,
  ...SWITCH_AND_DEFINITION_ROWS,
  ...CLOSING_ROWS,
];

describe.for(IMPLEMENTATIONS)("$implementation", ({ open }) => {
  let ran = 0;

  test.for(ROWS)("$name", async ({ run, values }) => {
    ran++;
    expect.hasAssertions();
    await run(open(values ?? "encrypted"));
  });

  test("ran every row of the contract", () => {
    expect(ran).toBe(ROWS.length);
  });
});
