import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { headerOf, headersOf } from "./support/answer.ts";
import { definition } from "./support/definition.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { type Ask, ask } from "./support/request.ts";
import { type ReceivedRequest, Upstream } from "./support/upstream.ts";

const TRUSTED = "127.0.0.9";
const CLIENT = "127.0.0.3";

let upstream: Upstream;
let proxy: ProxyProcess;
let named: ProxyProcess;

beforeAll(async () => {
  upstream = await Upstream.start();
  const apis = { shop: definition("/shop", upstream.port) };
  const yaml = `trusted_proxies: [${TRUSTED}]\n`;
  proxy = await ProxyProcess.start({ apis, yaml });
  named = await ProxyProcess.start({ apis, yaml: `${yaml}via: edge-7.example\n` });
});

beforeEach(() => upstream.forget());

/** What the upstream reads of a request. */
async function received(request: Ask, by: ProxyProcess = proxy): Promise<ReceivedRequest> {
  expect(await ask(by.port, { path: "/shop/a", ...request })).toMatchObject({ status: 200 });
  const [first] = upstream.requests;
  if (first === undefined) throw new Error("nothing was forwarded");
  return first;
}

const NAMES = [
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-host",
  "x-forwarded-port",
  "forwarded",
  "via",
];

describe("the upstream is told where a request came from", () => {
  test.for<{ name: string; request: Ask; want: readonly (string | undefined)[] }>([
    {
      name: "by a client",
      request: { from: CLIENT },
      want: [
        CLIENT,
        "http",
        "api.example.com",
        "80",
        `for=${CLIENT};host=api.example.com;proto=http`,
      ],
    },
    {
      name: "by a client that names a port",
      request: { from: CLIENT, host: "API.example.com:8000" },
      want: [
        CLIENT,
        "http",
        "api.example.com",
        "8000",
        `for=${CLIENT};host="api.example.com:8000";proto=http`,
      ],
    },
    {
      name: "by a client that names a port of no digits",
      request: { from: CLIENT, host: "api.example.com:" },
      want: [
        CLIENT,
        "http",
        "api.example.com",
        "80",
        `for=${CLIENT};host=api.example.com;proto=http`,
      ],
    },
    {
      name: "by a client that names an IPv6 address",
      request: { from: CLIENT, host: "[2001:db8::1]" },
      want: [
        CLIENT,
        "http",
        "[2001:db8::1]",
        "80",
        `for=${CLIENT};host="[2001:db8::1]";proto=http`,
      ],
    },
    {
      name: "by a client that says it came from elsewhere",
      request: {
        from: CLIENT,
        headers: {
          "X-Forwarded-For": "192.0.2.1",
          "X-Forwarded-Proto": "https",
          "X-Forwarded-Host": "evil.example",
          "X-Forwarded-Port": "443",
          Forwarded: "for=192.0.2.1;host=evil.example;proto=https",
        },
      },
      want: [
        CLIENT,
        "http",
        "api.example.com",
        "80",
        `for=${CLIENT};host=api.example.com;proto=http`,
      ],
    },
    {
      name: "through a trusted proxy, whose Forwarded is not believed beside its X-Forwarded-For",
      request: {
        from: TRUSTED,
        headers: { "X-Forwarded-For": "192.0.2.1", Forwarded: "for=192.0.2.99" },
      },
      want: [
        `192.0.2.1, ${TRUSTED}`,
        "http",
        "api.example.com",
        "80",
        "for=192.0.2.1;host=api.example.com;proto=http",
      ],
    },
    {
      name: "through a trusted proxy, from a client with IPv6 that invents a hop before",
      request: { from: TRUSTED, headers: { "X-Forwarded-For": "203.0.113.1, 2001:db8::7" } },
      want: [
        `203.0.113.1, 2001:db8::7, ${TRUSTED}`,
        "http",
        "api.example.com",
        "80",
        'for="[2001:db8::7]";host=api.example.com;proto=http',
      ],
    },
    {
      name: "through a trusted proxy that names nobody",
      request: { from: TRUSTED },
      want: [
        TRUSTED,
        "http",
        "api.example.com",
        "80",
        `for=${TRUSTED};host=api.example.com;proto=http`,
      ],
    },
  ])("$name", async ({ request, want }) => {
    const got = await received(request);
    expect(NAMES.map((name) => headerOf(got, name))).toEqual([...want, undefined]);
  });
});

describe("Via", () => {
  test("names the proxy where it has a name", async () => {
    expect(headersOf(await received({}, named), "via")).toEqual(["1.1 edge-7.example"]);
  });

  test("is added behind those that came before", async () => {
    const got = await received({ headers: { Via: "1.0 fred" } }, named);
    expect(headersOf(got, "via")).toEqual(["1.0 fred", "1.1 edge-7.example"]);
  });
});
