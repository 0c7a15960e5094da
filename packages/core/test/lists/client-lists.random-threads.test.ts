import { once } from "node:events";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";

import { array, assert, asyncProperty, constantFrom, integer, nat, record } from "fast-check";
import { afterAll, expect, test } from "vitest";

import { ALLOW, FLAG_MASK } from "../../src/lists/list-flags.ts";
import { allocateLists, type ListBuffers } from "../../src/lists/list-layout.ts";
import { compileLists } from "./compile-lists.ts";
import { KEY_BYTES, NOW, openLists, rebuild, tokenKey } from "./lists-fixture.ts";
import { PlainLists } from "./plain-lists.ts";

const compiled = compileLists();
afterAll(() => compiled.remove());

const NAMES_EACH = 8;
const LONGEST = 3000;

interface Operation {
  readonly kind: "add" | "remove";
  readonly name: string;
  readonly flags: number;
  readonly expiry: number;
}

/** What one writer does to names that are its own, so that the outcome does not hang on the others. */
const operationsOf = (writer: number) =>
  array(
    record({
      kind: constantFrom<"add" | "remove">("add", "remove"),
      name: nat(NAMES_EACH - 1).map((number) => `writer ${writer}, name ${number}`),
      flags: integer({ min: 1, max: FLAG_MASK }),
      expiry: constantFrom(0, NOW + 1, NOW + 100),
    })
      // An allow entry has no end.
      .map((given): Operation => ((given.flags & ALLOW) === 0 ? given : { ...given, expiry: 0 })),
    { minLength: LONGEST / 2, maxLength: LONGEST, size: "max" },
  );

/** The same on a Map: what each operation gives, every state on the way, and the last one. */
function simulate(operations: readonly Operation[]) {
  const plain = new PlainLists();
  const legal = new Map<string, Set<number>>();
  const outcomes = operations.map(({ expiry, flags, kind, name }) => {
    const states = legal.get(name) ?? new Set([0]);
    legal.set(name, states);
    const outcome =
      kind === "add" ? plain.add(name, flags, expiry, NOW) : plain.remove(name, flags, NOW);
    states.add(plain.live(name, NOW).flags);
    return outcome;
  });
  return { plain, legal, outcomes };
}

interface Thread {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly started: Promise<unknown>;
  readonly done: Promise<unknown>;
}

function startThread(task: {
  readonly role: "script" | "watcher";
  readonly buffers: ListBuffers;
  readonly writerId: number;
  readonly [more: string]: unknown;
}): Thread {
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

/** One turn of the event loop, in which messages arrive. */
const turn = () => new Promise<undefined>((resolve) => void setImmediate(resolve, undefined));

test("whatever two threads change, a third sees nothing that was never true, and the last word is a Map's", async () => {
  await assert(
    asyncProperty(operationsOf(1), operationsOf(2), async (first, second) => {
      const buffers = allocateLists(64, 10_000);
      const shared = new SharedArrayBuffer(8);
      const lists = openLists({ buffers });
      const models = [simulate(first), simulate(second)];
      const legal = models.flatMap((model) =>
        [...model.legal].map(([name, flags]) => [name, [...flags]]),
      );
      const watcher = startThread({ role: "watcher", buffers, shared, writerId: 2, legal });
      await watcher.started;
      const writers = [first, second].map((operations, at) =>
        startThread({ role: "script", buffers, shared, writerId: 3 + at, operations }),
      );
      const threads = [watcher, ...writers];
      const post = (part: SharedArrayBuffer) => {
        for (const { port } of threads) port.postMessage(part);
      };
      const outcomes = Promise.all(writers.map(({ done }) => done));
      // Every table moves all the time.
      while ((await Promise.race([outcomes, turn()])) === undefined) rebuild(lists, post);
      Atomics.store(new Int32Array(shared), 0, 1);

      expect(await outcomes).toEqual(models.map((model) => model.outcomes));
      expect(await watcher.done).toEqual([]);
      for (const { plain } of models) {
        for (const name of plain.entries.keys()) {
          const { flags } = plain.live(name, NOW);
          expect([name, lists.flagsOf(tokenKey(name), 0, NOW)]).toEqual([name, flags]);
        }
      }
      for (const { port } of threads) port.close();
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    }),
    // A counterexample is not looked for in smaller ones: what threads do is not done again.
    { numRuns: 10, endOnFailure: true },
  );
});
