// Says how large the nurseries of this thread and then of a worker became, in MiB, after each has
// made many objects and kept some of them for a while: two numbers. With `as-v8-does-it`, nothing is set before.
import { once } from "node:events";
import { getHeapSpaceStatistics } from "node:v8";
import { isMainThread, parentPort, Worker } from "node:worker_threads";

import { keepNurseriesSmall } from "../../dist/nurseries.js";

const OBJECTS = 1_000_000;
const KEPT = 100_000;
const LOOK_EVERY = 10_000;

/** As it was at most of the looks: around a collection it may be less or more for a moment (Node 24). */
function nurseryMiBAfterWork() {
  const kept = Array.from({ length: KEPT }, () => ({}));
  const looks = [];
  for (let i = 0; i < OBJECTS; i++) {
    kept[i % KEPT] = { text: `number ${i}`, before: kept[(i + 1) % KEPT].text };
    // In the second half: by then it has grown as far as it does.
    if (i > OBJECTS / 2 && i % LOOK_EVERY === 0) looks.push(nurseryBytes());
  }
  return looks.toSorted((a, b) => a - b)[looks.length >> 1] / 2 ** 20;
}

function nurseryBytes() {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space").space_size;
}

if (isMainThread) {
  if (process.argv[2] !== "as-v8-does-it") keepNurseriesSmall(process.execArgv);
  const ofThread = nurseryMiBAfterWork();
  const worker = new Worker(new URL(import.meta.url), { execArgv: [] });
  const [ofWorker] = await once(worker, "message");
  process.stdout.write(`${ofThread} ${ofWorker}`);
} else {
  parentPort.postMessage(nurseryMiBAfterWork());
}
