// Many keep-alive connections to one port, held by a process of its own: a test's process may not have
// that many files open, and the memory of its sockets is none of the test's business. Orders come and
// reports go by Node's channel to the parent process.
import { connect } from "node:net";

const AT_ONCE = 100;
/** The proxy closes an idle connection after eight seconds or more; these ask again in time. */
const AWAKE_MS = 5_000;
const LOOK_MS = 200;
/** How many addresses the clients share, so that ports are never short. */
const ADDRESSES = 20;
const REQUEST = "GET /shop/a HTTP/1.1\r\nHost: api.example.com\r\n\r\n";
const ANSWER = /^HTTP\/1\.1 200 [^]*\r\n\r\nhello$/;
/** No API answers for it: the least that keeps a connection open. */
const SIGN_OF_LIFE = "GET /no-such-api HTTP/1.1\r\nHost: nobody.example\r\n\r\n";
const NOBODY = /^HTTP\/1\.1 503 [^]*\r\n\r\nError: Unknown API$/;

const port = Number(process.argv[2]);
/** @type {Set<Client>} */
const clients = new Set();
/** How long connections had been idle when the proxy closed them. */
const idleMs = [];
let awake;

class Client {
  #socket;
  #received = "";
  #settle;
  #answeredAt = 0;
  #hasLeft = false;

  constructor(number) {
    this.#socket = connect({
      host: "127.0.0.1",
      port,
      localAddress: `127.0.1.${1 + (number % ADDRESSES)}`,
    });
    this.#socket.setNoDelay(true);
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (text) => this.#take(text));
    this.#socket.on("error", (error) => this.#settle?.reject(error));
    this.#socket.on("close", () => this.#closed());
    clients.add(this);
  }

  get isDue() {
    return this.#settle === undefined && performance.now() - this.#answeredAt > AWAKE_MS;
  }

  ask(request = REQUEST, answer = ANSWER) {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject, answer };
      this.#socket.write(request);
    });
  }

  leave() {
    this.#hasLeft = true;
    this.#socket.destroy();
  }

  #take(text) {
    this.#received += text;
    if (this.#settle?.answer.test(this.#received) !== true) return;
    this.#received = "";
    this.#answeredAt = performance.now();
    this.#settle.resolve();
    this.#settle = undefined;
  }

  #closed() {
    clients.delete(this);
    this.#settle?.reject(new Error(`closed instead of an answer, after ${this.#received}`));
    if (!this.#hasLeft) idleMs.push(performance.now() - this.#answeredAt);
    if (clients.size === 0) process.send({ kind: "gone", idleMs: idleMs.splice(0) });
  }
}

/** Does `work` for each of `items`, some at a time. */
async function forEach(items, work) {
  const iterator = items.values();
  const worker = async () => {
    for (const item of iterator) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function askThoseDue() {
  const due = [...clients].filter((client) => client.isDue);
  await forEach(due, (client) => client.ask(SIGN_OF_LIFE, NOBODY));
}

const orders = {
  /** Opens connections and asks so many times over each; keeps them awake from then on. */
  async open({ connections, requests }) {
    awake ??= keepAwake();
    await forEach([...Array(connections).keys()], async (number) => {
      const client = new Client(number);
      for (let i = 0; i < requests; i++) await client.ask();
    });
  },
  /** From now on no connection asks for anything. */
  async rest() {
    await awake?.stop();
    awake = undefined;
  },
  async leave() {
    await orders.rest();
    for (const client of clients) client.leave();
  },
};

function keepAwake() {
  const stopping = new AbortController();
  const round = async () => {
    while (!stopping.signal.aborted) {
      await askThoseDue();
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  };
  const end = round();
  // What goes wrong meanwhile is told with the next order.
  end.catch(() => undefined);
  return {
    stop() {
      stopping.abort();
      return end;
    },
  };
}

process.on("message", (order) => void carryOut(order));
process.on("disconnect", () => process.exit());

async function carryOut(order) {
  try {
    await orders[order.kind](order);
    process.send({ kind: "done", open: clients.size });
  } catch (error) {
    process.send({ kind: "failed", why: String(error) });
  }
}
