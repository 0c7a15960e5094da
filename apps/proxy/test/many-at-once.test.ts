import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { definition } from "./support/definition.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { ask, askOver, type Ask, requestBytes } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";

/** With their bodies, more than one turn of an edge has room for. */
const CLIENTS = 120;
const METHODS = ["GET", "POST", "PUT"];

let proxy: ProxyProcess;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await Upstream.start();
  proxy = await ProxyProcess.start({
    apis: { shop: definition("/shop", upstream.port) },
    edges: 1,
  });
});

beforeEach(() => {
  upstream.forget();
  upstream.respond = ({ body, target }) => plainAnswer(textFor(target, body.toString()));
});

/** Some that fit into a turn, some that do not, and some that are empty. */
function textFor(target: string, sent: string): string {
  const number = Number(target.slice("/shop/".length));
  const length = number % 7 === 0 ? 0 : ((number * 613) % 12) * 1000 + number;
  return `${target} ${sent} `.repeat(Math.ceil(length / 8)).slice(0, length);
}

/** Every fifth asks for what the edge refuses by itself. */
function requestOf(client: number, round: number): Ask {
  const method = METHODS[(client + round) % METHODS.length] ?? "GET";
  const path = client % 5 === 0 ? `/nowhere/${client}` : `/shop/${client}`;
  return method === "GET" ? { method, path } : { method, path, body: `from ${client}` };
}

function openAll(): Promise<RawConnection[]> {
  return Promise.all(Array.from({ length: CLIENTS }, () => RawConnection.open(proxy.port)));
}

describe("many who ask in the same turn of an edge", () => {
  test("get what is theirs each, from the upstream or from the edge", async () => {
    const connections = await openAll();
    for (let round = 0; round < 4; round++) {
      const requests = connections.map((_, client) => requestOf(client, round));
      const answers = await Promise.all(
        connections.map((connection, client) => askOver(connection, requests[client])),
      );
      const got = answers.map(({ status, text }) => `${status} ${text}`);
      const want = requests.map(({ body = "", path = "" }) =>
        path.startsWith("/shop")
          ? `200 ${textFor(path, body.toString())}`
          : "503 Error: Unknown API",
      );
      expect(got).toEqual(want);
    }
  });

  test("and leave before they are answered, bother nobody else", async () => {
    for (let round = 0; round < 10; round++) {
      for (const [client, connection] of (await openAll()).entries()) {
        connection.send(requestBytes(requestOf(client, round)));
        connection.close();
      }
    }
    expect(await ask(proxy.port, { path: "/shop/3" })).toMatchObject({ status: 200 });
    expect(proxy.stderr).toBe("");
  });
});

test("answers without a body are all given, however many come in a row", async () => {
  for (let asked = 0; asked < 4000; asked++) {
    const answer = await ask(proxy.port, { path: "/shop/7" });
    expect(answer).toMatchObject({ status: 200, text: "" });
  }
});
