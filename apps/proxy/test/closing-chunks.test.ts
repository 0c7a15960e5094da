import { array, assert, constant, integer, property, record } from "fast-check";
import { describe, expect, test } from "vitest";

import { ClosingChunks } from "../src/server/closing-chunks.ts";

/** What a client that reads makes room for at a time, at the least: a third of the smallest buffer. */
const LEAST_ROOM = 5 * 1024;
const MOST_PIECE = 64 * 1024;

/** A connection as the engine has it: what the kernel does not take is kept, and makes the engine read on. */
class Connection {
  readonly taken: Buffer[] = [];
  kept = 0;
  isReading = true;
  isEnded = false;
  #room: number;

  constructor(room: number) {
    this.#room = room;
  }

  write(piece: Uint8Array): boolean {
    if (this.isEnded) throw new TypeError("written behind the end");
    this.taken.push(Buffer.from(piece));
    return this.#send(piece.length);
  }

  cork(run: () => void): void {
    run();
    this.#send(0);
  }

  pause(): void {
    this.isReading = false;
  }

  /** The kernel has room for these few bytes in what it has begun, unless something is kept before them. */
  end(): void {
    this.isEnded = true;
    if (this.kept > 0) this.#send(5);
  }

  drain(room: number): void {
    this.#room += room;
  }

  #send(bytes: number): boolean {
    const all = this.kept + bytes;
    const sent = Math.min(this.#room, all);
    this.#room -= sent;
    this.kept = all - sent;
    if (this.kept > 0) this.isReading = true;
    return this.kept === 0;
  }
}

interface Case {
  readonly room: number;
  readonly pieces: readonly Uint8Array[];
  /** What the client reads between two pieces, and from then on. */
  readonly reads: readonly number[];
  /** How often it is tried again before each of them, room or not. */
  readonly retries: readonly number[];
  /** Whether these spare something for when there is room. */
  readonly spares: boolean;
}

/** Sends the pieces as an upstream does that stops when it is told to; returns the connection at the end. */
function send({ pieces, reads, retries, room, spares }: Case): {
  connection: Connection;
  ends: number;
} {
  const connection = new Connection(room);
  const said = { ends: 0, isReady: true };
  const corks = { hold: (run: () => void) => run() };
  const chunks = new ClosingChunks(
    connection,
    corks,
    () => {
      said.isReady = true;
    },
    () => {
      said.ends++;
    },
  );
  let turns = 0;
  const read = (bytes: number): void => {
    const tries = retries[turns++ % retries.length] ?? 0;
    for (let n = 0; n < tries && said.ends === 0; n++) chunks.retry(spares);
    connection.drain(bytes);
    if (connection.kept > 0) chunks.onWritable();
  };
  pieces.forEach((piece, at) => {
    for (let turn = 0; !said.isReady && turn < 100; turn++)
      read(reads[turn % reads.length] ?? LEAST_ROOM);
    said.isReady = chunks.write(piece, at === pieces.length - 1);
  });
  for (let turn = 0; said.ends === 0 && turn < 100; turn++) read(LEAST_ROOM);
  return { connection, ends: said.ends };
}

const anyPiece = integer({ min: 0, max: MOST_PIECE }).map((length) =>
  new Uint8Array(length).map((_, at) => at % 251),
);

const anyCase = (spares: boolean) =>
  record({
    room: integer({ min: 0, max: 4 * MOST_PIECE }),
    pieces: array(anyPiece, { minLength: 1, maxLength: 6 }),
    reads: array(integer({ min: LEAST_ROOM, max: 2 * MOST_PIECE }), { minLength: 1, maxLength: 4 }),
    retries: array(integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 4 }),
    spares: constant(spares),
  });

describe("ClosingChunks", () => {
  test("ends when all has left, so that the engine reads nothing behind it", () => {
    assert(
      property(anyCase(true), (given) => {
        const { connection, ends } = send(given);
        expect(ends).toBe(1);
        expect(Buffer.concat(connection.taken).equals(Buffer.concat(given.pieces))).toBe(true);
        const { isEnded, isReading, kept } = connection;
        expect({ isEnded, isReading, kept }).toEqual({ isEnded: true, isReading: false, kept: 0 });
      }),
      { numRuns: 300 },
    );
  });

  test("never ends before, where nothing is left to find out with", () => {
    assert(
      property(anyCase(false), (given) => {
        const { connection, ends } = send(given);
        expect(connection.kept === 0 || ends === 0).toBe(true);
        expect(Buffer.concat(connection.taken).equals(Buffer.concat(given.pieces))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("keeps what comes while the client does not follow, and says when it does", () => {
    const connection = new Connection(0);
    const said: string[] = [];
    const chunks = new ClosingChunks(
      connection,
      { hold: (run) => run() },
      () => said.push("ready"),
      () => said.push("end"),
    );
    expect(chunks.write(Buffer.from("a".repeat(100)), false)).toBe(false);
    expect(chunks.write(Buffer.from("b"), false)).toBe(false);
    expect(connection.taken.join("")).not.toContain("b");
    connection.drain(LEAST_ROOM);
    chunks.onWritable();
    expect(said).toEqual(["ready"]);
    expect(chunks.write(Buffer.alloc(0), true)).toBe(true);
    expect(said).toEqual(["ready", "end"]);
    expect(connection.taken.join("")).toBe(`${"a".repeat(100)}b`);
  });
});
