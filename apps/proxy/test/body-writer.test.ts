import { expect, test, vi } from "vitest";

import { BodyWriter } from "../src/server/body-writer.ts";
import type { UwsResponse } from "../src/server/uws.ts";

const PIECE = Buffer.alloc(64 * 1024, "x");

/** A writer of an answer in chunks, whose client reads nothing until `makeRoom`, and what it does. */
function chunkedAnswer() {
  const seen = { written: 0, isEnded: false, answered: -1 };
  let hasRoom = false;
  const whenWritable: ((offset: number) => boolean)[] = [];
  const response: Partial<UwsResponse> = {
    cork: (write) => {
      write();
      return self;
    },
    onWritable: (callback) => {
      whenWritable.push(callback);
      return self;
    },
    write: (bytes) => {
      seen.written += bytes instanceof Uint8Array ? bytes.length : 0;
      return hasRoom;
    },
    end: () => {
      seen.isEnded = true;
      return self;
    },
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the calls that are made are there
  const self = response as UwsResponse;
  const source = {
    onClientSlow: vi.fn<() => void>(),
    onClientReady: vi.fn<() => void>(),
    onAnswered: (bytes: number) => void (seen.answered = bytes),
  };
  const corks = { hold: (write: () => void) => write() };
  const writer = new BodyWriter(self, source, corks);
  writer.start(-1, false, false);
  const makeRoom = (): void => {
    hasRoom = true;
    for (const callback of whenWritable) callback(0);
  };
  return { makeRoom, seen, source, writer };
}

// An edge that stops closes its connections as soon as no answer is under way any more.
test.for([
  { name: "with the last piece", pieces: [{ bytes: PIECE, last: true }] },
  {
    name: "behind it",
    pieces: [
      { bytes: PIECE, last: false },
      { bytes: PIECE.subarray(0, 0), last: true },
    ],
  },
])("an answer whose end comes $name is under way until there is room for it", ({ pieces }) => {
  const { makeRoom, seen, source, writer } = chunkedAnswer();
  for (const { bytes, last } of pieces) writer.write(bytes, last);
  expect(seen).toEqual({ written: PIECE.length, isEnded: false, answered: -1 });
  makeRoom();
  expect(seen).toEqual({ written: PIECE.length, isEnded: true, answered: PIECE.length });
  expect(source.onClientReady).not.toHaveBeenCalled();
});

test("what comes behind a piece that waited is written, and ends at once where there is room", () => {
  const { makeRoom, seen, source, writer } = chunkedAnswer();
  writer.write(PIECE, false);
  expect(source.onClientSlow).toHaveBeenCalledOnce();
  makeRoom();
  expect(source.onClientReady).toHaveBeenCalledOnce();
  writer.write(PIECE, true);
  expect(seen).toEqual({ written: 2 * PIECE.length, isEnded: true, answered: 2 * PIECE.length });
});
