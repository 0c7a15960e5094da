import { once } from "node:events";
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from "node:worker_threads";

import { afterAll, expect, test } from "vitest";

import { ALLOW, DENY_MASK, denyFlag } from "../../src/lists/list-flags.ts";
import { allocateLists, type ListBuffers } from "../../src/lists/list-layout.ts";
import { ListsLockedError } from "../../src/lists/lists-error.ts";
import { compileLists } from "./compile-lists.ts";
import { ipv4, KEY_BYTES, NOW, openLists, rebuild, tokenKey } from "./lists-fixture.ts";

const MANUAL = denyFlag("manual");
const DECOY = denyFlag("decoy");
const METHOD = denyFlag("method");
const ANALYTICS = denyFlag("analytics");

const compiled = compileLists();
afterAll(() => compiled.remove());

interface Thread {
  readonly worker: Worker;
  /** The main thread's end of the way that new tables are handed over. */
  readonly port: MessagePort;
  readonly started: Promise<unknown>;
  readonly done: Promise<unknown>;
}

interface ThreadTask {
  readonly role: "writer" | "reader" | "echo" | "dier";
  readonly buffers: ListBuffers;
  readonly writerId: number;
  readonly shared: SharedArrayBuffer;
  readonly [more: string]: unknown;
}

function startThread(task: ThreadTask): Thread {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL("list-thread.mjs", import.meta.url), {
    workerData: { ...task, port: port2, keyBytes: KEY_BYTES, now: NOW, distUrl: compiled.url },
    transferList: [port2],
    execArgv: [],
  });
  const done = new Promise((resolve, reject) => {
    worker.on("error", reject);
    worker.on("message", (message: unknown) => {
      if (typeof message === "object" && message !== null && "done" in message) {
        resolve(message.done);
      }
    });
  });
  return { worker, port: port1, started: once(worker, "message"), done };
}

async function stopThreads(threads: readonly Thread[]): Promise<void> {
  for (const { port } of threads) port.close();
  await Promise.all(threads.map(({ worker }) => worker.terminate()));
}

/** One turn of the event loop. */
const turn = () => new Promise<undefined>((resolve) => void setImmediate(resolve, undefined));

test("a block written on one thread is seen by another", async () => {
  const count = 1000;
  const buffers = allocateLists(4096);
  const shared = new SharedArrayBuffer(8);
  const words = new Int32Array(shared);
  const lists = openLists({ buffers });
  const reader = startThread({ role: "echo", buffers, writerId: 2, shared, count });
  await reader.started;
  for (let i = 0; i < count; i++) {
    expect(lists.add(tokenKey(`block ${i}`), 0, DECOY, 0, NOW)).toBe("added");
    while (Atomics.load(words, 0) <= i) await turn();
  }
  expect(await reader.done).toBe(count);
  await stopThreads([reader]);
});

test("two writers, a reader and growth: no answer was never true, and nothing is lost", async () => {
  const count = 4000;
  const fixed = 50;
  const buffers = allocateLists(256, 100_000);
  const shared = new SharedArrayBuffer(8);
  const lists = openLists({ buffers });
  const wide = { address: ipv4(10, 0, 0, 0), prefix: 104 };
  const narrow = { address: ipv4(10, 1, 0, 0), prefix: 112 };
  // Each set of sources with an end of its own: a mix of two states would show.
  const states = [
    [DECOY, NOW + 100],
    [METHOD, NOW + 200],
    [DECOY | METHOD, NOW + 300],
    [MANUAL, 2 ** 32 - 1 - 10],
  ];
  for (let i = 0; i < fixed; i++) lists.add(tokenKey(`fixed ${i}`), 0, ANALYTICS, 0, NOW);
  // Held all along by one writer's wide range or narrow range, so denied at every moment.
  lists.addAddress(narrow.address, narrow.prefix, MANUAL, 0, NOW);

  const task = { buffers, shared, states, wide, narrow, fixed };
  const reader = startThread({
    ...task,
    role: "reader",
    writerId: 2,
    address: ipv4(10, 1, 2, 3),
    writers: [3, 4],
  });
  await reader.started;
  const other = { address: ipv4(172, 16, 0, 0), prefix: 108 };
  const writers = [
    startThread({ ...task, role: "writer", writerId: 3, count }),
    startThread({ ...task, role: "writer", writerId: 4, count, wide: other, narrow: other }),
  ];
  const threads = [reader, ...writers];
  const post = (table: SharedArrayBuffer) => {
    for (const { port } of threads) port.postMessage(table);
  };
  const outcomes = Promise.all(writers.map(({ done }) => done));
  // Grows between turns of the event loop, in which the writers' messages arrive.
  while ((await Promise.race([outcomes, turn()])) === undefined) {
    if (lists.needsGrowth()) lists.grow(NOW, post);
  }

  const written = await outcomes;
  Atomics.store(new Int32Array(shared), 0, 1);
  const seen = await reader.done;
  expect(seen).toMatchObject({ wrong: [] });
  expect(written).toMatchObject([
    { added: count, wrong: 0 },
    { added: count, wrong: 0 },
  ]);
  for (const writer of [3, 4]) {
    for (let i = 0; i < count; i++) {
      expect(lists.flagsOf(tokenKey(`own ${writer} ${i}`), 0, NOW)).toBe(DECOY);
    }
  }
  expect(lists.cells()).toBeGreaterThanOrEqual(8192);
  expect([DECOY, METHOD, ANALYTICS, ALLOW].map((flag) => lists.count(flag))).toEqual([
    2 * count,
    0,
    fixed,
    0,
  ]);
  await stopThreads(threads);
});

test("a thread that dies in a growth holds nobody up once its lock is broken", async () => {
  const buffers = allocateLists(64);
  const dier = startThread({
    role: "dier",
    buffers,
    writerId: 9,
    shared: new SharedArrayBuffer(8),
  });
  const tables: SharedArrayBuffer[] = [];
  const next = (): SharedArrayBuffer | undefined => {
    const received: unknown = receiveMessageOnPort(dier.port)?.message;
    return received instanceof SharedArrayBuffer ? received : tables.shift();
  };
  const lists = openLists({ buffers, patienceMs: 2 });
  const late = openLists({ buffers, writerId: 5, replaced: next });
  lists.add(tokenKey("mallory"), 0, MANUAL, 0, NOW);
  await once(dier.worker, "exit");

  expect(late.flagsOf(tokenKey("mallory"), 0, NOW)).toBe(MANUAL);
  expect(lists.add(tokenKey("x"), 0, DECOY, 0, NOW)).toBe("busy");
  expect(() => lists.removeFlags(DENY_MASK)).toThrow(ListsLockedError);
  expect(lists.breakLock(9)).toBe(true);
  expect(lists.add(tokenKey("x"), 0, DECOY, 0, NOW)).toBe("added");
  // The dead thread's table comes first on the way, and is passed over.
  rebuild(lists, (table) => void tables.push(table));
  expect(late.flagsOf(tokenKey("x"), 0, NOW)).toBe(DECOY);
  expect(late.add(tokenKey("y"), 0, DECOY, 0, NOW)).toBe("added");
  expect(lists.flagsOf(tokenKey("y"), 0, NOW)).toBe(DECOY);
  await stopThreads([dier]);
});
