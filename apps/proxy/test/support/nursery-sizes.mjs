// Says how large the nurseries of this thread and then of a worker have become, in MiB, after each has
// made many objects and kept some of them for a while: two numbers. With `as-v8-does-it`, nothing is set before.
import { once } from "node:events";
import { getHeapSpaceStatistics } from "node:v8";
import { isMainThread, parentPort, Worker } from "node:worker_threads";

import { keepNurseriesSmall } from "../../dist/nurseries.js";

const OBJECTS = 1_000_000;
const KEPT = 100_000;

function nurseryMiBAfterWork() {
  const kept = Array.from({ length: KEPT }, () => ({}));
  for (let i = 0; i < OBJECTS; i++)
    kept[i % KEPT] = { text: `number ${i}`, before: kept[(i + 1) % KEPT].text };
  const nursery = getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space");
  return nursery.space_size / 2 ** 20;
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
