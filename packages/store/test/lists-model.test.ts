import type { ClientIdentifier, DenySource } from "@portcullis/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import type { ListName } from "../src/list-entry.ts";
import type { Store } from "../src/store.ts";
import { entry, IMPLEMENTATIONS } from "./fixtures.ts";

interface Client extends ClientIdentifier {
  readonly list: ListName;
  readonly source: DenySource;
}

type Step =
  | { readonly kind: "put"; readonly clients: readonly Client[] }
  | { readonly kind: "remove"; readonly client: Client; readonly onlySource: boolean }
  | { readonly kind: "drop"; readonly source: DenySource; readonly count: number }
  | { readonly kind: "clear"; readonly list: ListName; readonly source: DenySource };

const source = fc.constantFrom<DenySource>("manual", "decoy", "protocol", "analytics");
const client: fc.Arbitrary<Client> = fc
  .record({
    list: fc.constantFrom<ListName>("allow", "deny"),
    source,
    kind: fc.constantFrom("token" as const, "cookie" as const, "api-key" as const, "ip" as const),
    name: fc.constantFrom("", "a", "A", "ab"),
    value: fc.constantFrom("a", "b", "bc", "__proto__", "\ud800", "\udbff"),
  })
  .map((given) => (given.list === "allow" ? { ...given, source: "manual" } : given));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("put"), clients: fc.array(client) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("remove"), client, onlySource: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("drop"), source, count: fc.nat({ max: 3 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("clear"),
      list: fc.constantFrom<ListName>("allow", "deny"),
      source,
    }),
  },
);

async function run({ lists }: Store, taken: Step): Promise<unknown> {
  switch (taken.kind) {
    case "put":
      return lists.put(taken.clients.map((given) => entry({ ...given })));
    case "remove": {
      const { client: gone, onlySource } = taken;
      const removed = await lists.remove(gone.list, gone, onlySource ? [gone.source] : undefined);
      return removed.map((one) => [one.source, one.name, one.value]);
    }
    case "drop": {
      const dropped = await lists.dropOldest(taken.source, taken.count);
      return dropped.map((one) => [one.list, one.source, one.kind]);
    }
    case "clear":
      return lists.clear(taken.list, [taken.source]);
    default:
      throw new TypeError("unhandled step");
  }
}

function look({ lists }: Store): unknown {
  return {
    entries: Array.from(lists.entries(), (e) => [e.list, e.source, e.kind, e.name, e.value]),
    keys: Array.from(lists.keys({ list: "deny" }), (key) => [key.source, key.kind]),
    counts: (["manual", "decoy", "protocol", "analytics"] as const).map((one) =>
      lists.count("deny", one),
    ),
  };
}

test("whatever is done to them, the lists on disk and those in memory are the same", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const stores = IMPLEMENTATIONS.map(({ open }) => open("encrypted"));
      for (const taken of steps) {
        const [disk, memory] = await Promise.all(stores.map((store) => run(store, taken)));
        expect(disk).toEqual(memory);
        const [onDisk, inMemory] = stores.map(look);
        expect(onDisk).toEqual(inMemory);
      }
      await Promise.all(stores.map((store) => store.close()));
    }),
    { numRuns: 60 },
  );
});
