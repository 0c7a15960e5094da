// One thread of client-lists.threads.test.ts. Plain JavaScript, because Node 20 loads nothing else in a worker.
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";

const { distUrl, role, buffers, keyBytes, writerId, port, now } = workerData;
const { ClientLists } = await import(`${distUrl}/lists/client-lists.js`);
const { compileHashKey, hashIdentifier } = await import(`${distUrl}/lists/keyed-hash.js`);

const key = compileHashKey(keyBytes);
const lists = new ClientLists({
  key,
  buffers,
  writerId,
  replaced: () => receiveMessageOnPort(port)?.message,
});
const shared = new Int32Array(workerData.shared);
const keys = new Int32Array(4);

function tokenKey(value) {
  hashIdentifier(key, 0, "", value, keys, 0);
  return keys;
}

const ROLES = { writer: write, reader: read, script, watcher: watch, echo, dier: die };

/** Adds `count` tokens of its own; meanwhile drives one token round its legal states, and an address between ranges. */
function write() {
  const { count, states, wide, narrow } = workerData;
  const outcomes = { added: 0, full: 0, busy: 0, wrong: 0 };
  const toggle = tokenKey(`toggle ${writerId}`).slice();
  for (let i = 0; i < count;) {
    const outcome = lists.add(tokenKey(`own ${writerId} ${i}`), 0, 4, 0, now);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (outcome === "added") i++;
    const [flags, expiry] = states[i % states.length];
    if (lists.add(toggle, 0, flags, expiry, now) === "added") {
      if (!lists.remove(toggle, 0, flags, now)) outcomes.wrong++;
    }
    if (i % 2 === 0) {
      lists.addAddress(wide.address, wide.prefix, 2, 0, now);
      lists.removeAddress(narrow.address, narrow.prefix, 2, now);
    } else {
      lists.addAddress(narrow.address, narrow.prefix, 2, 0, now);
      lists.removeAddress(wide.address, wide.prefix, 2, now);
    }
  }
  return outcomes;
}

/** Does one operation after the other; resolves to what each gave. */
function script() {
  return workerData.operations.map(({ kind, name, flags, expiry }) => {
    const own = tokenKey(name);
    if (kind === "remove") return lists.remove(own, 0, flags, now);
    let outcome = "busy";
    while (outcome === "busy" || outcome === "full")
      outcome = lists.add(own, 0, flags, expiry, now);
    return outcome;
  });
}

/** Looks at every name until told to stop; resolves to the flags that were never true. */
function watch() {
  const { legal } = workerData;
  const watched = legal.map(([name, flags]) => ({
    name,
    own: tokenKey(name).slice(),
    flags: new Set(flags),
  }));
  const wrong = [];
  for (let i = 0; Atomics.load(shared, 0) === 0 && wrong.length < 20; i++) {
    for (const { name, own, flags } of watched) {
      const seen = lists.flagsOf(own, 0, now);
      if (!flags.has(seen)) wrong.push(`${name}: ${seen}`);
    }
    if (i === 0) parentPort.postMessage("reading", []);
  }
  return wrong;
}

/** Reads until told to stop, and counts every answer that was never true. */
function read() {
  const { states, address, fixed, writers } = workerData;
  const legal = new Set(["0/4294967295", ...states.map(([flags, expiry]) => `${flags}/${expiry}`)]);
  const seen = { reads: 0, listed: 0, wrong: [] };
  const toggles = writers.map((id) => tokenKey(`toggle ${id}`).slice());
  const fixedKeys = Array.from({ length: fixed }, (_, i) => tokenKey(`fixed ${i}`).slice());
  const neverKeys = Array.from({ length: fixed }, (_, i) => tokenKey(`never ${i}`).slice());
  for (let i = 0; Atomics.load(shared, 0) === 0; i++) {
    for (const toggle of toggles) {
      const state = `${lists.flagsOf(toggle, 0, now)}/${lists.validUntil}`;
      if (state[0] !== "0") seen.listed++;
      if (!legal.has(state)) seen.wrong.push(`toggle ${state}`);
    }
    if (lists.flagsOf(fixedKeys[i % fixed], 0, now) !== 128)
      seen.wrong.push("a fixed entry is gone");
    if (lists.flagsOf(neverKeys[i % fixed], 0, now) !== 0) seen.wrong.push("an entry from nowhere");
    if (lists.addressFlags(address, now) !== 2) seen.wrong.push("the address slipped through");
    seen.reads++;
    if (seen.wrong.length > 20) break;
    if (i === 0) parentPort.postMessage("reading", []);
  }
  return seen;
}

/** Says in the first shared word how many of the numbered tokens it has seen denied. */
function echo() {
  parentPort.postMessage("reading", []);
  const { count } = workerData;
  for (let i = 0; i < count; i++) {
    const token = tokenKey(`block ${i}`).slice();
    let generation = lists.generation();
    while (lists.flagsOf(token, 0, now) === 0) {
      while (lists.generation() === generation) if (Atomics.load(shared, 1) !== 0) return i;
      generation = lists.generation();
    }
    Atomics.store(shared, 0, i + 1);
  }
  return count;
}

function postAndDie(part) {
  port.postMessage(part, []);
  process.exit();
}

/** Dies in the middle of a growth, holding the lock, with its table posted and never in force. */
function die() {
  lists.grow(now, postAndDie, { entries: lists.cells(), ranges: 0 });
}

parentPort.postMessage({ done: ROLES[role]() }, []);
port.close();
