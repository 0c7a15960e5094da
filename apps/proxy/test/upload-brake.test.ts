import type { Scheme } from "@portcullis/core";
import { array, assert, boolean, constantFrom, property } from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { type AnswerOutput, UploadBrake } from "../src/server/upload-brake.ts";

/** What a socket of the engine waits for. */
interface Events {
  readonly read: boolean;
  readonly write: boolean;
}

const NOTHING: Events = { read: false, write: false };

/**
 * The engine's connections as `AsyncSocket::throttle_helper` and `us_socket_write` of uWebSockets.js 20.30 have them:
 * what a paused connection waited for is kept for the whole thread, not for the connection.
 */
class Engine {
  /** By whether the engine has kept something of the connection's: nothing at first. */
  readonly kept: [Events, Events] = [NOTHING, NOTHING];
}

/** One connection whose answer is written by `tryEnd`, of which the engine keeps nothing, or by `write`. */
class Connection implements AnswerOutput {
  events: Events = { read: true, write: false };
  isBehind = false;
  isKept = false;
  /** Off, in chunks only: a retry that need not spare anything takes all for sent, which it need not be. */
  canTell = true;
  /** Whether the client makes room for what is written. */
  hasRoom = true;
  readonly #engine: Engine;
  readonly #isKeeping: boolean;

  constructor(engine: Engine, isKeeping: boolean) {
    this.#engine = engine;
    this.#isKeeping = isKeeping;
  }

  pause(): void {
    if (this.events.read || this.events.write) this.#engine.kept[this.#slot] = this.events;
    this.events = NOTHING;
  }

  resume(): void {
    this.events = this.#engine.kept[this.#slot];
  }

  /** A write is not taken: the engine waits for both, whatever it was told. */
  fail(): void {
    this.isBehind = true;
    this.isKept = this.#isKeeping;
    this.events = { read: true, write: true };
  }

  /** All has left. */
  drain(): void {
    this.isBehind = false;
    this.isKept = false;
  }

  retry(spares: boolean): boolean {
    if (!this.canTell) this.isBehind &&= spares;
    else if (this.hasRoom) this.drain();
    else this.fail();
    return this.canTell;
  }

  get #slot(): 0 | 1 {
    return this.isKept ? 1 : 0;
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** `isFirst`: no connection of the thread was ever paused before. */
function open({ isKeeping, scheme }: Kind, isFirst: boolean = true) {
  const engine = new Engine();
  if (!isFirst) engine.kept[0] = { read: true, write: false };
  const connection = new Connection(engine, isKeeping);
  const stuck = vi.fn<() => void>();
  const primed = new Set<Scheme>(isFirst ? [] : [scheme]);
  const brake = new UploadBrake(connection, scheme, primed, stuck);
  brake.watch(connection);
  return { brake, connection, engine, stuck };
}

const STEPS = [
  "hold",
  "release",
  "fail",
  "room",
  "no room",
  "tells",
  "tells nothing",
  "wait",
  "another",
  "keep alive",
] as const;

interface Kind {
  readonly name: string;
  readonly isKeeping: boolean;
  readonly scheme: Scheme;
}

const IN_CHUNKS: Kind = { name: "in chunks", isKeeping: true, scheme: "http" };
const IN_CHUNKS_OVER_TLS: Kind = { name: "in chunks, over TLS", isKeeping: true, scheme: "https" };
const KINDS: readonly Kind[] = [
  { name: "with a length", isKeeping: false, scheme: "http" },
  { name: "with a length, over TLS", isKeeping: false, scheme: "https" },
  IN_CHUNKS,
  IN_CHUNKS_OVER_TLS,
];

describe.each(KINDS)("an answer $name", (kind) => {
  test("and its upload go on in the end, whatever came before and whoever else was paused", () => {
    assert(
      property(boolean(), array(constantFrom(...STEPS), { maxLength: 30 }), (isFirst, steps) => {
        const { brake, connection, engine } = open(kind, isFirst);
        const run: Record<(typeof STEPS)[number], () => void> = {
          hold: () => {
            if (!brake.isHeld) brake.hold();
          },
          release: () => void brake.release(false),
          fail: () => {
            if (connection.isBehind) return;
            connection.fail();
            brake.onBehind();
          },
          room: () => {
            connection.hasRoom = true;
            // The engine tells of it where it waits for it.
            if (connection.isBehind && connection.events.write) connection.drain();
          },
          "no room": () => {
            connection.hasRoom = false;
          },
          tells: () => {
            connection.canTell = true;
          },
          "tells nothing": () => {
            connection.canTell = !kind.isKeeping;
          },
          wait: () => vi.advanceTimersByTime(100),
          another: () => new Connection(engine, false).pause(),
          // As the watch has it do.
          "keep alive": () => {
            if (brake.isStopped) return;
            connection.pause();
            connection.resume();
          },
        };
        const isTls = kind.scheme === "https";
        for (const step of steps) {
          run[step]();
          // The engine would close the connection.
          expect(isTls && kind.isKeeping && connection.isBehind && connection.events.read).toBe(
            false,
          );
        }
        brake.release(false);
        run.room();
        vi.advanceTimersByTime(2000);
        run.room();
        expect(connection).toMatchObject({ isBehind: false, events: { read: true } });
        brake.end();
      }),
      { numRuns: 500 },
    );
  });

  test("nothing is read while the upload is held and the answer waits, and the answer goes on", () => {
    const { brake, connection } = open(kind);
    connection.hasRoom = false;
    brake.hold();
    connection.fail();
    brake.onBehind();
    for (let ms = 0; ms < 1000; ms++) {
      vi.advanceTimersByTime(1);
      expect(connection.events).toEqual(NOTHING);
    }
    connection.hasRoom = true;
    vi.advanceTimersByTime(64);
    expect(connection).toMatchObject({ isBehind: false, events: NOTHING });
  });

  test("a client that takes nothing for a minute is given up", () => {
    const { brake, connection, stuck } = open(kind);
    connection.hasRoom = false;
    connection.fail();
    brake.hold();
    vi.advanceTimersByTime(59_000);
    expect(stuck).not.toHaveBeenCalled();
    vi.advanceTimersByTime(2000);
    expect(stuck).toHaveBeenCalledOnce();
  });

  test("nothing is tried once the request is over", () => {
    const { brake, connection, stuck } = open(kind);
    connection.hasRoom = false;
    connection.fail();
    brake.hold();
    brake.end();
    connection.hasRoom = true;
    vi.advanceTimersByTime(120_000);
    expect(connection.isBehind).toBe(true);
    expect(stuck).not.toHaveBeenCalled();
  });
});

test("what cannot be told is left to the engine, which reads then", () => {
  const { brake, connection } = open(IN_CHUNKS);
  connection.fail();
  connection.canTell = false;
  brake.hold();
  vi.advanceTimersByTime(10);
  expect(connection.events).toEqual({ read: true, write: true });
});

test("over TLS nothing is read then until a later write has been taken", () => {
  const { brake, connection, stuck } = open(IN_CHUNKS_OVER_TLS);
  connection.fail();
  connection.canTell = false;
  brake.onBehind();
  vi.advanceTimersByTime(900);
  expect(connection).toMatchObject({ isBehind: false, isKept: true, events: NOTHING });
  expect(brake.isStopped).toBe(true);
  connection.drain();
  vi.advanceTimersByTime(64);
  expect(connection.events.read).toBe(true);
  expect(brake.isStopped).toBe(false);
  expect(stuck).not.toHaveBeenCalled();
});

test("or until a second is over", () => {
  const { brake, connection, stuck } = open(IN_CHUNKS_OVER_TLS);
  connection.fail();
  connection.canTell = false;
  brake.onBehind();
  vi.advanceTimersByTime(1100);
  expect(connection.events.read).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
  expect(stuck).not.toHaveBeenCalled();
});

test("over TLS nothing is waited for once the upload is whole", () => {
  const { brake, connection } = open(IN_CHUNKS_OVER_TLS);
  connection.hasRoom = false;
  connection.fail();
  brake.onBehind();
  expect(connection.events).toEqual(NOTHING);
  expect(brake.release(true)).toBe(true);
  vi.advanceTimersByTime(1);
  expect(connection.events).toEqual({ read: true, write: true });
  expect(vi.getTimerCount()).toBe(0);
  connection.drain();
  connection.fail();
  brake.onBehind();
  expect(connection.events).toEqual({ read: true, write: true });
});

test("the first upload of a thread that is held before its answer begins stays so", () => {
  const connection = new Connection(new Engine(), false);
  const brake = new UploadBrake(connection, "http", new Set(), () => undefined);
  brake.hold();
  brake.watch(connection);
  expect(connection.events).toEqual(NOTHING);
  brake.release(false);
  expect(connection.events.read).toBe(true);
});

test("over TLS an upload that is held past that second goes on when it may", () => {
  const { brake, connection } = open(IN_CHUNKS_OVER_TLS);
  connection.fail();
  connection.canTell = false;
  brake.hold();
  vi.advanceTimersByTime(2000);
  expect(connection).toMatchObject({ isBehind: false, isKept: true, events: NOTHING });
  brake.release(false);
  vi.advanceTimersByTime(2000);
  expect(connection.events.read).toBe(true);
});
