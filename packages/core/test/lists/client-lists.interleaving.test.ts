import { afterEach, describe, expect, test } from "vitest";

import { denyFlag } from "../../src/lists/list-flags.ts";
import {
  allocateLists,
  CONTROL,
  DIRECTORY_SIZE,
  GROUP_SLOTS,
} from "../../src/lists/list-layout.ts";
import { ipv4, NOW, openLists, rebuild, tableOf, tokenKey } from "./lists-fixture.ts";

// What two threads may do to one another, made to happen between two given loads or stores.

const MANUAL = denyFlag("manual");
const DECOY = denyFlag("decoy");
const METHOD = denyFlag("method");
const EXPIRY = 4;
const STATE = 5;
const mallory = tokenKey("mallory");

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

function openTwo() {
  const buffers = allocateLists(64);
  const writer = openLists({ buffers });
  const reader = openLists({ buffers, writerId: 2 });
  const table = tableOf(buffers);
  const slotOf = (keys: Int32Array) => table.locate(keys, 0);
  return { words: table.words, table, writer, reader, slotOf };
}

/** Runs `act` once, just before an atomic `operation` on the word `index` of the table. */
function before(operation: "load" | "store", words: Int32Array, index: number, act: () => void) {
  const original = Atomics[operation];
  let isDue = true;
  const hooked = (array: Int32Array, at: number, ...rest: number[]): unknown => {
    if (isDue && at === index && array.buffer === words.buffer) {
      isDue = false;
      act();
    }
    return Reflect.apply(original, Atomics, [array, at, ...rest]);
  };
  setAtomic(operation, hooked);
  undo.push(() => setAtomic(operation, original));
}

function setAtomic(operation: "load" | "store", value: unknown): void {
  Object.defineProperty(Atomics, operation, { value, configurable: true, writable: true });
}

describe("a reader", () => {
  test("does not join the old flags of a slot to its new expiry", () => {
    const { words, writer, reader, slotOf } = openTwo();
    writer.add(mallory, 0, DECOY, NOW + 10, NOW);
    before("load", words, slotOf(mallory) + EXPIRY, () => {
      writer.remove(mallory, 0, DECOY, NOW);
      writer.add(mallory, 0, METHOD, NOW + 500, NOW);
    });
    expect(reader.flagsOf(mallory, 0, NOW)).toBe(METHOD);
    expect(reader.validUntil).toBe(NOW + 500);
  });

  test("sees a removal that comes before it reads the state", () => {
    const { words, writer, reader, slotOf } = openTwo();
    writer.add(mallory, 0, DECOY, NOW + 10, NOW);
    before("load", words, slotOf(mallory) + STATE, () => {
      writer.remove(mallory, 0, DECOY, NOW);
    });
    expect(reader.flagsOf(mallory, 0, NOW)).toBe(0);
    expect(reader.validUntil).toBe(2 ** 32 - 1);
  });

  test("between two expiries sees the old flags, for this second only", () => {
    const { words, writer, reader, slotOf } = openTwo();
    writer.add(mallory, 0, DECOY, NOW + 10, NOW);
    const seen: number[] = [];
    const look = () => {
      seen.push(reader.flagsOf(mallory, 0, NOW), reader.validUntil);
    };
    before("store", words, slotOf(mallory) + EXPIRY, look);
    writer.add(mallory, 0, METHOD, NOW + 500, NOW);
    look();
    expect(seen).toEqual([DECOY, NOW + 1, DECOY | METHOD, NOW + 500]);
  });

  test("never sees a state before the whole key is written", () => {
    const { words, table, writer, reader } = openTwo();
    const slot = table.baseOf(~table.locate(mallory, 0) * GROUP_SLOTS);
    const seen: unknown[] = [];
    before("store", words, slot + STATE, () => {
      seen.push(reader.flagsOf(mallory, 0, NOW), words.slice(slot, slot + EXPIRY));
    });
    writer.add(mallory, 0, DECOY, 0, NOW);
    expect(seen).toEqual([0, mallory]);
    expect(reader.flagsOf(mallory, 0, NOW)).toBe(DECOY);
  });

  test("finds a table that is in force in some of its places", () => {
    const buffers = allocateLists(256);
    const writer = openLists({ buffers });
    const posted: SharedArrayBuffer[] = [];
    const reader = openLists({ buffers, writerId: 2, replaced: () => posted.shift() });
    // So many that each place of the directory has some.
    const clients = Array.from({ length: 200 }, (_, i) => tokenKey(`client ${i}`));
    for (const client of clients) writer.add(client, 0, DECOY, 0, NOW);
    const words = new Int32Array(buffers.control);
    const seen = new Set<number>();
    let looks = 0;
    for (let place = 0; place < DIRECTORY_SIZE; place++) {
      before("store", words, CONTROL.directory + place, () => {
        looks++;
        for (const client of clients) seen.add(reader.flagsOf(client, 0, NOW));
      });
    }
    rebuild(writer, (part) => void posted.push(part));
    expect(looks).toBe(DIRECTORY_SIZE);
    expect([...seen]).toEqual([DECOY]);
    for (const client of clients) expect(reader.flagsOf(client, 0, NOW)).toBe(DECOY);
  });

  test.for([
    { name: "a narrow range to a wide one", from: 112, to: 104 },
    { name: "a wide range to a narrow one", from: 104, to: 112 },
  ])("finds an address that moves from $name while it looks", ({ from, to }) => {
    const { writer, reader } = openTwo();
    const member = ipv4(10, 1, 2, 3);
    writer.addAddress(member, from, MANUAL, 0, NOW);
    // Keeps both prefix lengths in use, so that both are looked up.
    for (const prefix of [from, to]) {
      writer.addAddress(ipv4(172, 16, 0, 0), prefix, MANUAL, 0, NOW);
    }
    let reads = 0;
    // The first word is read once for each prefix length: the move comes between the two look-ups.
    const address = new Proxy(member.slice(), {
      get(words, property) {
        if (property === "0" && ++reads === 2) {
          writer.addAddress(member, to, MANUAL, 0, NOW);
          writer.removeAddress(member, from, MANUAL, NOW);
        }
        return Reflect.get(words, property);
      },
    });
    expect(reader.addressFlags(address, NOW)).toBe(MANUAL);
  });
});

test("a sweep keeps other writers out of the slots that it is changing", () => {
  const buffers = allocateLists(64);
  const writer = openLists({ buffers });
  const other = openLists({ buffers, writerId: 2, patienceMs: 1 });
  const { words } = tableOf(buffers);
  writer.add(mallory, 0, DECOY, 0, NOW);
  const seen: string[] = [];
  before("store", words, tableOf(buffers).locate(mallory, 0) + STATE, () => {
    seen.push(other.add(mallory, 0, DECOY, 0, NOW));
  });
  expect(writer.removeFlags(DECOY)).toBe(1);
  seen.push(other.add(mallory, 0, DECOY, 0, NOW));
  expect(seen).toEqual(["busy", "added"]);
  expect(writer.count(DECOY)).toBe(1);
});
