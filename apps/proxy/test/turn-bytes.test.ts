import { setImmediate as nextTurn } from "node:timers/promises";

import { atTurnEnd } from "@portcullis/upstream";
import { expect, test } from "vitest";

import { TurnBytes } from "../src/server/turn-bytes.ts";

const NOTHING = { finishTurn: () => undefined };

function bytesOf(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}

/** Ends a turn, at the end of which `act` is called. */
async function endTurn(act: () => void = NOTHING.finishTurn): Promise<void> {
  atTurnEnd({ finishTurn: act });
  await nextTurn();
}

test("a copy lasts until the end of its turn, whatever becomes of the original and of other copies", async () => {
  const bytes = new TurnBytes();
  const original = bytesOf(100, 1);
  const copies = [bytes.copy(original)];
  for (let i = 2; i < 200; i++) {
    original.fill(i);
    copies.push(bytes.copy(original));
  }
  original.fill(0);
  let seen: (number | undefined)[] = [];
  await endTurn(() => {
    seen = copies.map((copy) => (copy?.every((byte) => byte === copy[0]) === true ? copy[0] : -1));
  });
  expect(seen).toEqual(Array.from({ length: 199 }, (_, i) => i + 1));
});

test("one that is made while a turn is being ended lasts until the end of the next", async () => {
  const bytes = new TurnBytes();
  bytes.copy(bytesOf(1000, 1));
  let late: Uint8Array | undefined = undefined;
  await endTurn(() => {
    late = bytes.copy(bytesOf(1000, 2));
  });
  for (let i = 0; i < 10; i++) bytes.copy(bytesOf(8000, 3));
  expect(late).toEqual(bytesOf(1000, 2));
});

test("there is room for so much in each turn, and for no large body", async () => {
  const bytes = new TurnBytes();
  expect(bytes.copy(bytesOf(8193, 1))).toBeUndefined();
  for (let turn = 0; turn < 3; turn++) {
    for (let i = 0; i < 16; i++) expect(bytes.copy(bytesOf(8192, i))).toHaveLength(8192);
    expect(bytes.copy(bytesOf(1, 1))).toBeUndefined();
    expect(bytes.copy(bytesOf(0, 1))).toHaveLength(0);
    await endTurn();
  }
});
