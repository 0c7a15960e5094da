// One edge of server-states.threads.test.ts. Plain JavaScript, because Node 20 loads nothing else in a worker.
import { parentPort, workerData } from "node:worker_threads";

const { distUrl, role, edge, buffer, shared } = workerData;
const { NO_BODY, PoolRegistry, ServerGroup, ServerStates } = await import(`${distUrl}/index.js`);
const words = new Int32Array(shared);

const ROLES = { claims, counts, requests, dies };

/** Takes and gives places as fast as it can, and notes the most that were ever held at once. */
async function claims() {
  const { quota, rounds } = workerData;
  const states = new ServerStates(buffer, edge);
  let most = 0;
  let taken = 0;
  while (taken < rounds) {
    if (!states.claim(0, quota)) continue;
    most = Math.max(most, Atomics.add(words, 1, 1) + 1);
    taken++;
    Atomics.sub(words, 1, 1);
    states.release(0);
  }
  return { most, taken };
}

/** Counts requests in one period until there may be no more. */
async function counts() {
  const states = new ServerStates(buffer, edge);
  let counted = 0;
  for (let misses = 0; misses < 1000;) {
    if (states.countRequest(0, workerData.limit, 42)) counted++;
    else misses++;
  }
  return { counted };
}

/** Sends requests through a group; what it cannot send at once waits. */
async function requests() {
  const { servers, count } = workerData;
  const registry = new PoolRegistry({});
  const states = new ServerStates(buffer, edge);
  const group = new ServerGroup(registry, states, { servers, queues: true, queueTimeoutMs: 60000 });
  const seen = { answered: 0, faults: [] };
  const send = () =>
    new Promise((resolve) => {
      const over = (last) => last && resolve();
      const handler = {
        onHead: (_head, _body, last) => over(last),
        onBody: (_body, last) => over(last),
        onDrain: () => undefined,
        onFault: (fault) => {
          seen.faults.push(fault.detail);
          resolve();
        },
      };
      group.request("GET /a HTTP/1.1\r\nHost: up\r\n\r\n", "GET", NO_BODY, handler, 0, false);
    });
  await Promise.all(Array.from({ length: count }, send));
  seen.answered = count - seen.faults.length;
  group.destroy();
  registry.destroy();
  return seen;
}

/** Takes places and dies with them. */
async function dies() {
  const states = new ServerStates(buffer, edge);
  for (let i = 0; i < workerData.quota; i++) states.claim(0, workerData.quota);
  process.exit();
}

Atomics.add(words, 0, 1);
Atomics.notify(words, 0);
while (Atomics.load(words, 0) < workerData.threads)
  Atomics.wait(words, 0, Atomics.load(words, 0), 5);
parentPort.postMessage(await ROLES[role](), []);
