import { describe, expect, test } from "vitest";

import { AddressRanges, parseCidr } from "../../src/identity/ip-address-range.ts";
import { parseAddress } from "../../src/identity/ip-address.ts";
import { isAbsent, readRows, reason } from "./public-cases.ts";

interface NetworkCase {
  readonly list: string;
  readonly ip: string;
  readonly match: boolean;
}

/** Networks with bits set behind the prefix, which other programs drop. */
const HOST_BITS: ReadonlySet<string> = new Set(["10.10.10.0/21", "156.149.249.1/8", "10.0.0.0/2"]);

describe.skipIf(isAbsent)(`the networks of the Coraza suite${reason}`, () => {
  const cases: readonly NetworkCase[] = readRows("ip/ipmatch-dev.jsonl");

  test("the table is whole", () => {
    expect(cases).toHaveLength(712);
  });

  const refused = cases.filter(({ list }) => HOST_BITS.has(list));
  const taken = cases.filter(({ list }) => !HOST_BITS.has(list));

  test.for(refused)("$list is refused: it says more than its network", ({ list }) => {
    const problem = "expected no bits set behind the prefix";
    expect(parseCidr(list)).toMatchObject({ ok: false, issues: [{ problem }] });
  });

  test.for(taken)("$ip in $list: $match", ({ list, ip, match }) => {
    const address = new Uint32Array(4);
    expect(parseAddress(ip, address)).toBe(true);
    const range = parseCidr(list);
    expect(range.ok && new AddressRanges([range.value]).has(address)).toBe(match);
    expect(range.ok).toBe(true);
  });
});
