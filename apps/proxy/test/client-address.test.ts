import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { headersOf } from "./support/answer.ts";
import { definition, pattern } from "./support/definition.ts";
import { addTo, clearLists, denied, manage } from "./support/management.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { ask, askEachEdge, askOver, connectToEdge } from "./support/request.ts";
import { Upstream } from "./support/upstream.ts";
import { waitFor } from "./support/wait-for.ts";

const PROXY = "127.0.0.9";
const FORGED = "192.0.2.66";
const CLIENT = "203.0.113.9";
const SERVED = { status: 200 };
const DENIAL = { status: 403, text: "Error: Unauthorized" };

let upstream: Upstream;
const proxies = new Map<string, ProxyProcess>();

/** A proxy of its own for each header that may be believed. */
async function startFor(header: string): Promise<void> {
  const yaml = `trusted_proxies: [${PROXY}, "2001:db8:9::9"]\nclient_address: { header: ${header}, max_hops: 4 }\n`;
  const apis = {
    shop: definition("/shop", upstream.port, pattern({ methods_allowed: ["GET"] })),
  };
  proxies.set(header, await ProxyProcess.start({ apis, yaml }));
}

function proxyFor(header: string): ProxyProcess {
  const proxy = proxies.get(header);
  if (proxy === undefined) throw new Error(`no proxy for ${header}`);
  return proxy;
}

beforeAll(async () => {
  upstream = await Upstream.start();
  await Promise.all(["x-forwarded-for", "forwarded", "x-real-ip"].map(startFor));
});

beforeEach(async () => {
  upstream.forget();
  await Promise.all([...proxies.values()].map(clearLists));
});

type Headers = Readonly<Record<string, string>>;

/** Sends an offence with `headers` by the trusted proxy, and returns who was denied for it. */
async function blamedFor(proxy: ProxyProcess, headers: Headers, from = PROXY): Promise<string[]> {
  expect(await ask(proxy.port, { method: "PUT", path: "/shop/a", headers, from })).toMatchObject({
    status: 401,
  });
  // Each edge's offences are written down in their order: behind these there is nothing more to come.
  const markers = ["127.0.0.77", "127.0.0.78"];
  for (const [index, marker] of markers.entries()) {
    const connection = await connectToEdge(proxy.port, index + 1, { from: marker });
    await askOver(connection, { method: "PUT", path: "/shop/a" });
    connection.close();
  }
  const isMarker = (entry: string): boolean => markers.some((marker) => entry.endsWith(marker));
  await waitFor("the denials", async () => (await denied(proxy)).filter(isMarker).length === 2);
  return (await denied(proxy)).filter((entry) => !isMarker(entry));
}

describe("who is denied for an offence behind a trusted proxy (I1, I2)", () => {
  test.for<{ name: string; header: string; headers: Headers; want: readonly string[] }>([
    {
      name: "the right-most hop, not the one the client forged",
      header: "x-forwarded-for",
      headers: { "x-forwarded-for": `${FORGED}, ${CLIENT}` },
      want: [`invalid_method ip ${CLIENT}`],
    },
    {
      name: "the hop in the last of several lines",
      header: "x-forwarded-for",
      headers: { "x-forwarded-for": FORGED, "X-Forwarded-For": CLIENT },
      want: [`invalid_method ip ${CLIENT}`],
    },
    {
      name: "a client with a port",
      header: "x-forwarded-for",
      headers: { "x-forwarded-for": `[2001:DB8:0:7::0001]:4711` },
      want: ["invalid_method ip 2001:db8:0:7::/64"],
    },
    {
      name: "an IPv4 client that is written as IPv6",
      header: "x-forwarded-for",
      headers: { "x-forwarded-for": `::FFFF:${CLIENT}` },
      want: [`invalid_method ip ${CLIENT}`],
    },
    {
      name: "an IPv4 client behind NAT64",
      header: "x-forwarded-for",
      headers: { "x-forwarded-for": "64:ff9b::cb00:7109" },
      want: [`invalid_method ip ${CLIENT}`],
    },
    {
      name: "one IPv6 address where a trusted proxy is in its network",
      header: "x-forwarded-for",
      headers: { "x-forwarded-for": "2001:db8:9::7" },
      want: ["invalid_method ip 2001:db8:9::7"],
    },
    {
      name: "nobody where only the proxy is known",
      header: "x-forwarded-for",
      headers: {},
      want: [],
    },
    {
      name: "nobody behind junk",
      header: "x-forwarded-for",
      headers: { "x-forwarded-for": `${CLIENT}, unknown` },
      want: [],
    },
    {
      name: "nobody behind more hops than are believed",
      header: "x-forwarded-for",
      headers: { "x-forwarded-for": `${CLIENT}${`, ${PROXY}`.repeat(4)}` },
      want: [],
    },
    {
      name: "nobody by a header that is not believed",
      header: "x-forwarded-for",
      headers: { forwarded: `for=${FORGED}`, "x-real-ip": FORGED, "cf-connecting-ip": FORGED },
      want: [],
    },
    {
      name: "the right-most hop of Forwarded",
      header: "forwarded",
      headers: { forwarded: `for=${FORGED}, for="${CLIENT}:80";proto=https` },
      want: [`invalid_method ip ${CLIENT}`],
    },
    {
      name: "the hop behind a quote that the client left open",
      header: "forwarded",
      headers: { forwarded: 'for="', Forwarded: `for=${CLIENT}` },
      want: [`invalid_method ip ${CLIENT}`],
    },
    {
      name: "nobody by X-Forwarded-For where Forwarded is believed",
      header: "forwarded",
      headers: { "x-forwarded-for": FORGED },
      want: [],
    },
    {
      name: "the one address of X-Real-IP",
      header: "x-real-ip",
      headers: { "x-real-ip": CLIENT, "x-forwarded-for": FORGED },
      want: [`invalid_method ip ${CLIENT}`],
    },
  ])("by $header: $name", async ({ header, headers, want }) => {
    expect(await blamedFor(proxyFor(header), headers)).toEqual(want);
  });

  test.for(["x-forwarded-for", "forwarded", "x-real-ip"])(
    "by %s: the peer, whatever it claims, when it is not trusted",
    async (header) => {
      const claims = { "x-forwarded-for": FORGED, forwarded: `for=${FORGED}`, "x-real-ip": FORGED };
      expect(await blamedFor(proxyFor(header), claims, "127.0.0.5")).toEqual([
        "invalid_method ip 127.0.0.5",
      ]);
    },
  );

  test("two lines of a header with one address are refused: they have two readings", async () => {
    const headers = { "x-real-ip": CLIENT, "X-Real-IP": FORGED };
    const { port } = proxyFor("x-real-ip");
    expect(await ask(port, { path: "/shop/a", headers, from: PROXY })).toMatchObject({
      status: 400,
    });
    expect(upstream.allBytes()).toBe("");
  });
});

function by(client: string): Headers {
  return { "x-forwarded-for": client };
}

describe("a denied IPv6 client (I4)", () => {
  test("is refused at every address of its network, and the next network is served", async () => {
    const proxy = proxyFor("x-forwarded-for");
    await blamedFor(proxy, by("2001:db8:0:7::1"));
    for (const address of ["2001:db8:0:7::1", "2001:db8:0:7:ffff:ffff:ffff:ffff"]) {
      const request = { path: "/shop/a", headers: by(address), from: PROXY };
      for (const answer of await askEachEdge(proxy.port, request)) {
        expect(answer).toMatchObject(DENIAL);
      }
    }
    expect(
      await ask(proxy.port, { path: "/shop/a", headers: by("2001:db8:0:8::1"), from: PROXY }),
    ).toMatchObject(SERVED);
  });
});

test.for(["2001:db8:9::9", "2001:0DB8:9:0::0:9", "2001:db8:9::/64", "2001::/16"])(
  "a denial by hand of %s, which is or holds a trusted proxy, is refused",
  async (value) => {
    const body = JSON.stringify({ type: "ip", value });
    const answer = await manage(proxyFor("x-forwarded-for"), "POST", "/firewall/blacklist", body);
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining("trusted proxy")]);
  },
);

describe("one address in many spellings (I3)", () => {
  test.for([
    { denied: "2001:db8::a", spelling: "2001:0DB8:0000:0000:0000:0000:0000:000A" },
    { denied: "2001:db8::a", spelling: "[2001:db8:0::0:a]" },
    { denied: "2001:db8::a", spelling: "2001:db8::0.0.0.10" },
    { denied: CLIENT, spelling: `::ffff:${CLIENT}` },
    { denied: CLIENT, spelling: "0:0:0:0:0:FFFF:CB00:7109" },
    { denied: CLIENT, spelling: `64:ff9b::${CLIENT}` },
    { denied: `::ffff:${CLIENT}`, spelling: CLIENT },
    { denied: "64:ff9b::cb00:7109", spelling: CLIENT },
  ])("$denied is refused as $spelling", async ({ denied: value, spelling }) => {
    const proxy = proxyFor("x-forwarded-for");
    await addTo(proxy, "blacklist", { type: "ip", value });
    const headers = { "x-forwarded-for": spelling };
    expect(await ask(proxy.port, { path: "/shop/a", headers, from: PROXY })).toMatchObject(DENIAL);
  });

  test.for([`0${CLIENT}`, "203.0.113.009", "0xcb.0.113.9", "3405803785", "fe80::1%eth0"])(
    "%s is no address: the client is not known, and nobody is denied",
    async (spelling) => {
      const headers = { "x-forwarded-for": spelling };
      expect(await blamedFor(proxyFor("x-forwarded-for"), headers)).toEqual([]);
    },
  );
});

describe("what the upstream reads of the client", () => {
  test.for<{ header: string; sent: Headers; want: Headers }>([
    {
      header: "x-forwarded-for",
      sent: { "x-forwarded-for": CLIENT, "x-real-ip": FORGED, "true-client-ip": FORGED },
      want: { "x-forwarded-for": `${CLIENT}, ${PROXY}` },
    },
    {
      header: "forwarded",
      sent: { "x-forwarded-for": FORGED, forwarded: `for=${CLIENT}` },
      want: { "x-forwarded-for": `${CLIENT}, ${PROXY}` },
    },
    {
      header: "x-real-ip",
      sent: { "x-forwarded-for": FORGED, "x-real-ip": CLIENT, "cf-connecting-ip": FORGED },
      want: { "x-forwarded-for": `${CLIENT}, ${PROXY}`, "x-real-ip": CLIENT },
    },
  ])("is the one decided on, by $header", async ({ header, sent, want }) => {
    const { port } = proxyFor(header);
    expect(await ask(port, { path: "/shop/a", headers: sent, from: PROXY })).toMatchObject(SERVED);
    const [request] = upstream.requests;
    if (request === undefined) throw new Error("nothing was forwarded");
    const names = ["x-forwarded-for", "x-real-ip", "cf-connecting-ip", "true-client-ip"];
    const read = names.flatMap((name) => headersOf(request, name).map((value) => [name, value]));
    expect(Object.fromEntries(read)).toEqual(want);
    expect(headersOf(request, "forwarded")[0]).toMatch(`for=${CLIENT};`);
  });
});

/** A header of the PROXY protocol, version 2, for a TCP connection of `client`. */
function proxyProtocol(client: string): Buffer {
  const signature = "0d0a0d0a000d0a515549540a2111000c";
  const octets = [...client.split("."), 127, 0, 0, 1].map(Number);
  return Buffer.concat([Buffer.from(signature, "hex"), Buffer.from([...octets, 0, 80, 1, 187])]);
}

test.for(["127.0.0.5", PROXY])(
  "the PROXY protocol names no client, whoever speaks it (from %s)",
  async (from) => {
    const proxy = proxyFor("x-forwarded-for");
    await addTo(proxy, "blacklist", { type: "ip", value: CLIENT });
    const connection = await RawConnection.open(proxy.port, { from });
    const head = "GET /shop/a HTTP/1.1\r\nHost: api.example.com\r\n\r\n";
    connection.send(Buffer.concat([proxyProtocol(CLIENT), Buffer.from(head)]));
    expect(await connection.answer()).toMatchObject(SERVED);
    connection.close();
    expect(headersOf(upstream.requests[0] ?? { headers: [] }, "x-forwarded-for")).toEqual([from]);
  },
);
