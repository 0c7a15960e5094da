import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { definition, pattern } from "./support/definition.ts";
import { jwt } from "./support/jwt.ts";
import { addTo, change, clearLists, denied, type Identifier } from "./support/management.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { type Ask, ask, askEachEdge } from "./support/request.ts";
import { Upstream } from "./support/upstream.ts";

const DENIAL = { status: 403, phrase: "Unauthorized", text: "Error: Unauthorized" };
const SERVED = { status: 200, text: "hello" };
const METHODS = pattern({ methods_allowed: ["GET", "POST"] });

let proxy: ProxyProcess;
let upstream: Upstream;
/** The trusted one. */
const GATEWAY = "127.0.6.200";

beforeAll(async () => {
  upstream = await Upstream.start();
  proxy = await ProxyProcess.start({
    apis: {
      first: definition("/first", upstream.port, {
        oauth2_access_token: true,
        cookie: "JSESSIONID",
        apikey_qs: "key_1.4",
        jwt: { location: "h:authorization:bearer", username: "username", clientid: "client_id" },
        ...METHODS,
      }),
      second: definition("/second", upstream.port, {
        apikey_header: "X-Api-Key",
        username_header: "X-User",
        ...METHODS,
      }),
    },
    yaml: `trusted_proxies: ["${GATEWAY}"]\n`,
  });
});

beforeEach(async () => {
  await clearLists(proxy);
  upstream.forget();
});

interface Row {
  readonly name: string;
  readonly identifier: Identifier;
  readonly request: Ask;
  readonly other: Ask;
  /** Whether anybody could have written it: then it can be denied, and allows nothing. */
  readonly isUnproven?: boolean;
}

const first = (headers: Record<string, string>, query: string = ""): Ask => ({
  path: `/first/a${query}`,
  headers,
});
const second = (headers: Record<string, string>): Ask => ({ path: "/second/a", headers });
const bearer = (token: string): Ask => first({ authorization: `Bearer ${token}` });
const ann = jwt({ username: "ann", client_id: "app" });

const ROWS: readonly Row[] = [
  {
    name: "an address",
    identifier: { type: "ip", value: "127.0.6.1" },
    request: { path: "/first/a", from: "127.0.6.1" },
    other: { path: "/first/a", from: "127.0.6.2" },
  },
  {
    name: "an address by its range",
    identifier: { type: "ip", value: "127.0.6.0/25" },
    request: { path: "/second/a", from: "127.0.6.127" },
    other: { path: "/second/a", from: "127.0.6.128" },
  },
  {
    name: "an address that claims to be another one",
    identifier: { type: "ip", value: "127.0.6.1" },
    request: { ...first({ "x-forwarded-for": "127.0.6.9" }), from: "127.0.6.1" },
    other: { ...first({ "x-forwarded-for": "127.0.6.1" }), from: "127.0.6.9" },
  },
  {
    name: "a token",
    identifier: { type: "token", value: "t1" },
    request: bearer("t1"),
    other: bearer("t2"),
  },
  {
    name: "a token under a scheme in other case and after two blanks",
    identifier: { type: "token", value: "t1" },
    request: first({ authorization: "bEARER  t1" }),
    other: bearer("T1"),
  },
  {
    name: "a cookie",
    identifier: { type: "cookie", name: "JSESSIONID", value: "s1" },
    request: first({ cookie: "a=b; JSESSIONID=s1; c=d" }),
    other: first({ cookie: "a=s1; JSESSIONID=s2; jsessionid=s1" }),
  },
  {
    name: "a cookie in quotes",
    identifier: { type: "cookie", name: "JSESSIONID", value: "s1" },
    request: first({ cookie: 'JSESSIONID="s1"' }),
    other: first({ cookie: "JSESSIONID=s1s1" }),
  },
  {
    name: "an API key in the query",
    identifier: { type: "api_key", name: "key_1.4", value: "k-1" },
    request: first({}, "?a=b&key_1.4=k-1"),
    other: first({}, "?a=k-1&key_1.4=k-2"),
  },
  {
    name: "an API key in the query with escapes in name and value",
    identifier: { type: "api_key", name: "key_1.4", value: "k-1" },
    request: first({}, "?key%5f1%2E4=k%2d1"),
    other: first({}, "?key_1.4=k%252d1"),
  },
  {
    name: "an API key in a header, whatever the case of the name",
    identifier: { type: "api_key", name: "x-API-key", value: "k1" },
    request: second({ "X-API-KEY": "k1" }),
    other: second({ "X-API-KEY": "K1" }),
  },
  {
    name: "a user name in a claim, whatever the signature",
    identifier: { type: "username", value: "ann" },
    request: bearer(jwt({ username: "ann", exp: 1 }, "b3RoZXI")),
    other: bearer(jwt({ username: "bob", sub: "ann" })),
    isUnproven: true,
  },
  {
    name: "a user name in a claim with several values, by the first",
    identifier: { type: "username", value: "ann" },
    request: bearer(jwt({ username: ["ann", "bob"] })),
    other: bearer(jwt({ username: ["bob", "ann"] })),
    isUnproven: true,
  },
  {
    name: "a user name in a gateway's header",
    identifier: { type: "username", value: "your name" },
    request: { ...second({ "x-user": "your name" }), from: GATEWAY },
    other: { ...second({ "x-user": "your other name" }), from: GATEWAY },
  },
];

describe("the deny list", () => {
  test.for(ROWS)(
    "refuses $name on every edge, and nobody else",
    async ({ identifier, request, other }) => {
      await addTo(proxy, "blacklist", identifier);
      for (const answer of await askEachEdge(proxy.port, request))
        expect(answer).toMatchObject(DENIAL);
      expect(upstream.allBytes()).toBe("");
      for (const answer of await askEachEdge(proxy.port, other))
        expect(answer).toMatchObject(SERVED);
    },
  );

  test.for(ROWS)(
    "lets $name in again at once when it is taken off",
    async ({ identifier, request }) => {
      await addTo(proxy, "blacklist", identifier);
      for (const answer of await askEachEdge(proxy.port, request))
        expect(answer).toMatchObject(DENIAL);
      await change(proxy, "DELETE", "/firewall/blacklist", JSON.stringify(identifier));
      for (const answer of await askEachEdge(proxy.port, request))
        expect(answer).toMatchObject(SERVED);
    },
  );
});

describe("the allow list", () => {
  const proven = ROWS.filter(({ isUnproven }) => isUnproven !== true);

  test.for(ROWS.filter(({ isUnproven }) => isUnproven === true))(
    "does nothing for $name",
    async ({ identifier, request }) => {
      await addTo(proxy, "whitelist", identifier);
      expect((await ask(proxy.port, { ...request, method: "DELETE" })).status).toBe(401);
      expect(await ask(proxy.port, request)).toMatchObject(DENIAL);
    },
  );

  test.for(proven)("wins over the deny list for $name", async ({ identifier, request }) => {
    await addTo(proxy, "blacklist", identifier);
    await addTo(proxy, "whitelist", identifier);
    for (const answer of await askEachEdge(proxy.port, request))
      expect(answer).toMatchObject(SERVED);
    await change(proxy, "DELETE", "/firewall/whitelist?tag=all");
    for (const answer of await askEachEdge(proxy.port, request))
      expect(answer).toMatchObject(DENIAL);
  });

  test.for(proven)(
    "keeps $name from being stopped or denied for an offence",
    async ({ identifier, request }) => {
      await addTo(proxy, "whitelist", identifier);
      const offence = { ...request, method: "DELETE" };
      for (const answer of await askEachEdge(proxy.port, offence))
        expect(answer).toMatchObject(SERVED);
      await change(proxy, "DELETE", "/firewall/whitelist?tag=all");
      expect(await ask(proxy.port, request)).toMatchObject(SERVED);
      expect(await denied(proxy)).toEqual([]);
    },
  );

  test("wins where one identifier of a request is allowed and another one denied", async () => {
    await addTo(proxy, "blacklist", { type: "ip", value: "127.0.6.3" });
    await addTo(proxy, "blacklist", { type: "username", value: "ann" });
    await addTo(proxy, "whitelist", { type: "token", value: ann });
    const request = { ...bearer(ann), from: "127.0.6.3" };
    for (const answer of await askEachEdge(proxy.port, request))
      expect(answer).toMatchObject(SERVED);
    expect(await ask(proxy.port, { path: "/first/a", from: "127.0.6.3" })).toMatchObject(DENIAL);
  });
});

describe("an identifier that cannot be read in one way", () => {
  test.for([
    { name: "two session cookies", request: first({ cookie: "JSESSIONID=s1; JSESSIONID=s2" }) },
    { name: "two API keys", request: first({}, "?key_1.4=a&key_1.4=b") },
    { name: "two API keys, one with escapes", request: first({}, "?key_1.4=a&key_1%2e4=b") },
  ])("is refused: $name", async ({ request }) => {
    for (const answer of await askEachEdge(proxy.port, request)) {
      expect(answer).toMatchObject({ status: 400, text: "Error: Malformed Request" });
    }
    expect(upstream.allBytes()).toBe("");
  });
});
