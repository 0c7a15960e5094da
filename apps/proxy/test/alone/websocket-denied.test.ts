import { afterEach, beforeAll, describe, expect, test } from "vitest";

import { definition, pattern } from "../support/definition.ts";
import { jwt } from "../support/jwt.ts";
import { addTo, change, clearLists, manage } from "../support/management.ts";
import { ProxyProcess } from "../support/proxy-process.ts";
import { ask } from "../support/request.ts";
import { connectSocket, type Peer, refusalOf, WebSocketUpstream } from "../support/web-sockets.ts";

const CUT = { code: 1008, reason: "denied" };
/** Generous, for machines that do other things meanwhile; the design asks for 10 ms. */
const LIMIT_MS = 40;
const ROUNDS = 200;

const IDENTIFIED = {
  protocol: "ws",
  oauth2_access_token: true,
  cookie: "session",
  apikey_header: "x-api-key",
  jwt: { location: "h:authorization:bearer", username: "user" },
};
const FROM = "127.0.2.7";
const TOKEN = jwt({ user: "mallory" });

let upstream: WebSocketUpstream;
let proxy: ProxyProcess;

beforeAll(async () => {
  upstream = await WebSocketUpstream.start();
  proxy = await ProxyProcess.start({
    apis: {
      chat: definition("/chat", upstream.port, IDENTIFIED),
      watched: definition("/watched", upstream.port, { ...IDENTIFIED, enable_blocking: false }),
      rest: definition("/rest", upstream.port, pattern({ methods_allowed: ["GET"] })),
    },
  });
});

afterEach(async () => {
  await clearLists(proxy);
});

const HEADERS = {
  authorization: `Bearer ${TOKEN}`,
  cookie: "session=abc",
  "x-api-key": "key-1",
};

const IDENTIFIERS = [
  { name: "the token", identifier: { type: "token", value: TOKEN } },
  { name: "the cookie", identifier: { type: "cookie", name: "session", value: "abc" } },
  { name: "the address", identifier: { type: "ip", value: FROM } },
  { name: "the API key", identifier: { type: "api_key", name: "X-API-KEY", value: "key-1" } },
  { name: "the user name", identifier: { type: "username", value: "mallory" } },
] as const;

function open(path: string = "/chat", from: string = FROM): Promise<Peer> {
  return connectSocket(proxy.port, { path, headers: HEADERS, from });
}

/** The socket is open and whoever was to cut it has had the time. */
async function staysOpen(client: Peer): Promise<void> {
  for (let round = 0; round < 5; round++) {
    const { length } = client.messages;
    client.socket.send("still there");
    await client.texts(length + 1);
  }
  // As long as several looks at the lists take.
  const until = performance.now() + 30;
  await expect.poll(() => performance.now() > until).toBe(true);
  expect(client.isClosed).toBe(false);
}

describe("a client that is denied by", () => {
  test.for(IDENTIFIERS)("$name gets no WebSocket", async ({ identifier }) => {
    await addTo(proxy, "blacklist", identifier);
    const before = upstream.peers.length;
    const refusal = await refusalOf(proxy.port, { headers: HEADERS, from: FROM });
    expect(refusal).toMatchObject({ status: 403, text: "Error: Unauthorized" });
    expect(upstream.peers.length).toBe(before);
  });

  test.for(IDENTIFIERS)(
    "$name while its socket is open is cut with 1008",
    async ({ identifier }) => {
      const clients = await Promise.all(Array.from({ length: 8 }, () => open()));
      const servers = upstream.peers.slice(-8);
      const other = await connectSocket(proxy.port, {
        from: "127.0.2.8",
        headers: { authorization: "Bearer other", cookie: "session=other", "x-api-key": "other" },
      });
      await addTo(proxy, "blacklist", identifier);
      for (const client of clients) expect(await client.closed).toEqual(CUT);
      // The upstream is told nothing of the reason.
      for (const server of servers) {
        expect(await server.closed).toEqual({ code: 1001, reason: "" });
      }
      await staysOpen(other);
      other.socket.terminate();
    },
  );

  test("a new range that its address is in is cut with 1008", async () => {
    const client = await open();
    const outside = await open("/chat", "127.0.3.1");
    await addTo(proxy, "blacklist", { type: "ip", value: "127.0.2.0/24" });
    expect(await client.closed).toEqual(CUT);
    await staysOpen(outside);
    outside.socket.terminate();
  });

  test("an offence it commits elsewhere is cut with 1008", async () => {
    const client = await open();
    const answer = await ask(proxy.port, { method: "DELETE", path: "/rest", from: FROM });
    expect(answer.status).toBe(401);
    expect(await client.closed).toEqual(CUT);
  });

  test("its address while the upstream has not answered yet gets no 101", async () => {
    const slow = await WebSocketUpstream.start({
      verifyClient: (_info, agree) => {
        void addTo(own, "blacklist", { type: "ip", value: FROM }).then(() => agree(true));
      },
    });
    const own = await ProxyProcess.start({
      apis: { chat: definition("/chat", slow.port, { protocol: "ws" }) },
    });
    expect(await refusalOf(own.port, { from: FROM })).toMatchObject({ status: 403 });
    await expect.poll(() => slow.connections).toBe(0);
  });
});

describe("what is said to a client that is cut", () => {
  test("is the last it hears, and nothing it sends afterwards arrives", async () => {
    const client = await open();
    const server = upstream.last;
    client.socket.on("close", () => undefined);
    const before = server.messages.length;
    await addTo(proxy, "blacklist", { type: "ip", value: FROM });
    for (let round = 0; round < 50; round++) {
      if (client.socket.readyState === client.socket.OPEN) client.socket.send("more");
    }
    await client.closed;
    const { length } = server.messages;
    expect((await server.closed).code).toBe(1001);
    expect(server.messages.length).toBe(length);
    expect(length - before).toBeLessThanOrEqual(50);
  });
});

describe("a client is not cut", () => {
  test("while it is allowed by another identifier, and is when that ends", async () => {
    await addTo(proxy, "whitelist", { type: "token", value: TOKEN });
    const client = await open();
    await addTo(proxy, "blacklist", { type: "ip", value: FROM });
    await staysOpen(client);
    await change(
      proxy,
      "DELETE",
      "/firewall/whitelist",
      JSON.stringify({ type: "token", value: TOKEN }),
    );
    expect(await client.closed).toEqual(CUT);
  });

  test("on an API that does not block, and is when it begins to", async () => {
    const client = await open("/watched");
    await addTo(proxy, "blacklist", { type: "ip", value: FROM });
    await staysOpen(client);
    await change(proxy, "POST", "/api/blocking?api_id=watched&status=enable");
    expect(await client.closed).toEqual(CUT);
    await change(proxy, "POST", "/api/blocking?api_id=watched&status=disable");
  });

  test("while the firewall is off, and is when it is on", async () => {
    await change(proxy, "POST", "/firewall?status=disable");
    const client = await open();
    await addTo(proxy, "blacklist", { type: "ip", value: FROM });
    await staysOpen(client);
    await change(proxy, "POST", "/firewall?status=enable");
    expect(await client.closed).toEqual(CUT);
  });

  test("when its API is changed, and is with 1001 when that is removed", async () => {
    const added = definition("/added", upstream.port, { protocol: "ws" });
    await change(proxy, "POST", "/api?api_id=added", added);
    const client = await open("/added");
    await change(
      proxy,
      "PUT",
      "/api?api_id=added",
      definition("/added", upstream.port, { protocol: "ws", cookie: "other" }),
    );
    await staysOpen(client);
    expect((await manage(proxy, "DELETE", "/api?api_id=added")).status).toBe(200);
    expect(await client.closed).toEqual({ code: 1001, reason: "going away" });
  });
});

describe("a denial by command", () => {
  test("has reached the client's socket within milliseconds of its acknowledgement", async () => {
    const took: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const value = `session-${round}`;
      const client = await connectSocket(proxy.port, {
        headers: { authorization: `Bearer ${value}` },
      });
      let closedAt = 0;
      void client.closed.then(() => (closedAt = performance.now()));
      await addTo(proxy, "blacklist", { type: "token", value });
      const acknowledgedAt = performance.now();
      expect(await client.closed).toEqual(CUT);
      took.push(Math.max(0, closedAt - acknowledgedAt));
    }
    await reportFigures(took);
    expect(percentile(took, 99)).toBeLessThan(LIMIT_MS);
  });
});

function percentile(values: readonly number[], percent: number): number {
  const inOrder = values.toSorted((a, b) => a - b);
  return inOrder[Math.min(inOrder.length - 1, Math.floor((inOrder.length * percent) / 100))] ?? 0;
}

/** Written where `PORTCULLIS_FIGURES` says, for those who want to read them. */
async function reportFigures(values: readonly number[]): Promise<void> {
  const file = process.env["PORTCULLIS_FIGURES"];
  if (file === undefined) return;
  const { appendFile } = await import("node:fs/promises");
  const [p50, p99] = [percentile(values, 50), percentile(values, 99)];
  await appendFile(
    file,
    `${JSON.stringify({ name: "open socket cut", rounds: ROUNDS, p50, p99 })}\n`,
  );
}
