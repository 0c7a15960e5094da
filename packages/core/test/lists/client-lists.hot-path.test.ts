import { bytesPerCall } from "@portcullis/testkit/hot-path";
import { describe, expect, test } from "vitest";

import { denyFlag } from "../../src/lists/list-flags.ts";
import { allocateLists } from "../../src/lists/list-layout.ts";
import { ipv4, key, NOW, openLists, tokenKey } from "./lists-fixture.ts";

const DECOY = denyFlag("decoy");
const mallory = tokenKey("mallory");

describe("the hot path allocates nothing", () => {
  const lists = openLists({ buffers: allocateLists(1024), key });
  const keys = new Int32Array(20);
  const address = ipv4(10, 1, 2, 3);
  lists.add(mallory, 0, DECOY, 2_500_000_000, NOW);
  lists.addAddress(address, 128, DECOY, NOW + 9, NOW);
  lists.addAddress(address, 120, DECOY, 0, NOW);
  test.for([
    { name: "a hit", run: () => lists.flagsOf(mallory, 0, NOW) },
    { name: "a miss", run: () => lists.flagsOf(keys, 0, NOW) },
    {
      name: "reading when a hit ends",
      run: () => lists.flagsOf(mallory, 0, NOW) > lists.validUntil,
    },
    { name: "an identifier", run: () => lists.identifierFlags(0, "", "alice", NOW, keys) },
    { name: "an address in two ranges", run: () => lists.addressFlags(address, NOW) },
    { name: "an addition that is present", run: () => lists.add(mallory, 0, DECOY, 0, NOW) },
  ])("$name", ({ run }) => {
    expect(bytesPerCall(run)).toBeLessThan(4);
  });
});
