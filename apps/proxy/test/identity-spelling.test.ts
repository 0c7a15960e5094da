import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { definition } from "./support/definition.ts";
import { jwt } from "./support/jwt.ts";
import { addTo, clearLists, denied, type Identifier } from "./support/management.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { type Ask, ask, askEachEdge } from "./support/request.ts";
import { Upstream } from "./support/upstream.ts";

const DENIAL = { status: 403, text: "Error: Unauthorized" };
const REFUSAL = { status: 400, text: "Error: Malformed Request" };
const SERVED = { status: 200 };

let proxy: ProxyProcess;
let upstream: Upstream;
/** The trusted one. */
const GATEWAY = "127.0.6.201";

beforeAll(async () => {
  upstream = await Upstream.start();
  proxy = await ProxyProcess.start({
    apis: {
      shop: definition("/shop", upstream.port, {
        oauth2_access_token: true,
        token: { schemes: ["bearer", "mac", "token"] },
        cookie: "SID",
        apikey_qs: "api_key",
        username_header: "X-User",
      }),
      query: definition("/query", upstream.port, {
        oauth2_access_token: true,
        token: { location: "qs:access_token" },
        apikey_header: "X-Api-Key",
      }),
      claims: definition("/claims", upstream.port, {
        oauth2_access_token: true,
        jwt: { location: "h:authorization:bearer", username: "sub" },
      }),
    },
    yaml: `trusted_proxies: ["${GATEWAY}"]\n`,
  });
});

beforeEach(async () => {
  await clearLists(proxy);
  upstream.forget();
});

const TOKEN: Identifier = { type: "token", value: "t-1" };
const COOKIE: Identifier = { type: "cookie", name: "SID", value: "s-1" };
const KEY: Identifier = { type: "api_key", name: "api_key", value: "k 1" };
const HEADER_KEY: Identifier = { type: "api_key", name: "X-Api-Key", value: "k1" };
const USER: Identifier = { type: "username", value: "Märta Öst" };

const authorized = (value: string): Ask => ({
  path: "/shop/a",
  headers: { authorization: value },
});
const cookie = (value: string): Ask => ({ path: "/shop/a", headers: { cookie: value } });
const asking = (path: string, headers: Ask["headers"] = {}): Ask => ({ path, headers });
/** A value in UTF-8, as the raw connection wants it: one character a byte. */
const utf8 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
const named = (name: string): Ask => ({
  ...asking("/shop/a", { "x-user": utf8(name) }),
  from: GATEWAY,
});
const claimed = (name: string): Ask =>
  asking("/claims/a", { authorization: `Bearer ${jwt({ sub: name })}` });

interface Row {
  readonly name: string;
  readonly identifier: Identifier;
  readonly request: Ask;
}

describe("a denied client is refused however it spells itself (I3, I10, I15, I19)", () => {
  test.for<Row>([
    { name: "the scheme in other case", identifier: TOKEN, request: authorized("BeArEr t-1") },
    { name: "another scheme of the API", identifier: TOKEN, request: authorized("token t-1") },
    { name: "two blanks", identifier: TOKEN, request: authorized("Bearer   t-1") },
    { name: "blanks at the end", identifier: TOKEN, request: authorized("Bearer t-1 \t") },
    {
      name: "the header's name in other case",
      identifier: TOKEN,
      request: asking("/shop/a", { AUTHORIZATION: "Bearer t-1" }),
    },
    { name: "a MAC id", identifier: TOKEN, request: authorized('MAC id="t-1", mac="x"') },
    {
      name: "a token in the query, with escapes",
      identifier: TOKEN,
      request: asking("/query/a?%61ccess_token=t%2D1"),
    },
    {
      name: "a token on an API that has it elsewhere",
      identifier: TOKEN,
      request: asking("/claims/a", { authorization: "Bearer t-1" }),
    },
    { name: "a quoted cookie", identifier: COOKIE, request: cookie('SID="s-1"') },
    { name: "blanks around a cookie", identifier: COOKIE, request: cookie("a=b;\tSID = s-1 ;c=d") },
    { name: "an API key with a plus", identifier: KEY, request: asking("/shop/a?api_key=k+1") },
    { name: "an API key with %20", identifier: KEY, request: asking("/shop/a?api_key=k%201") },
    {
      name: "the name of an API key with escapes",
      identifier: KEY,
      request: asking("/shop/a?%61pi%5Fkey=%6b+1"),
    },
    {
      name: "the name of a key's header in other case",
      identifier: HEADER_KEY,
      request: asking("/query/a", { "x-API-key": "k1" }),
    },
    { name: "a user name in other case", identifier: USER, request: named("MÄRTA ÖST") },
    {
      name: "a user name composed otherwise",
      identifier: USER,
      request: named("Ma\u0308rta O\u0308st"),
    },
    { name: "a user name in full width", identifier: USER, request: named("Mäｒｔa Öst") },
    {
      name: "a user name with what prints nothing",
      identifier: USER,
      request: named("Mä\u200Drta\u00A0Öst"),
    },
    {
      name: "a user name in a claim, in other case",
      identifier: USER,
      request: claimed("ｍärta öst"),
    },
    {
      name: "a user name in a claim, with marks",
      identifier: USER,
      request: claimed("\u202Emärta  öst "),
    },
    {
      name: "a host with a dot at its end",
      identifier: TOKEN,
      request: { ...authorized("Bearer t-1"), host: "api.example.com." },
    },
  ])("$name", async ({ identifier, request }) => {
    await addTo(proxy, "blacklist", identifier);
    for (const answer of await askEachEdge(proxy.port, request)) {
      expect(answer).toMatchObject(DENIAL);
    }
    expect(upstream.allBytes()).toBe("");
  });

  test.for<Row>([
    {
      name: "an API key in other case",
      identifier: HEADER_KEY,
      request: asking("/query/a", { "x-api-key": "K1" }),
    },
    { name: "a token in other case", identifier: TOKEN, request: authorized("Bearer T-1") },
    { name: "a cookie in other case", identifier: COOKIE, request: cookie("SID=S-1") },
    { name: "a cookie of a name in other case", identifier: COOKIE, request: cookie("sid=s-1") },
    { name: "a user name with another letter", identifier: USER, request: named("Marta Öst") },
  ])("and another client is not: $name", async ({ identifier, request }) => {
    await addTo(proxy, "blacklist", identifier);
    expect(await ask(proxy.port, request)).toMatchObject(SERVED);
  });
});

describe("a user name is one entry, whatever its spelling (I19)", () => {
  test("on the list", async () => {
    await addTo(proxy, "blacklist", { type: "username", value: "Ann" });
    await addTo(proxy, "blacklist", { type: "username", value: "ANN" });
    expect(await denied(proxy)).toHaveLength(1);
  });
});

describe("a user name in a header that is not a trusted proxy's (I7)", () => {
  const forged = asking("/shop/a", { "X-User": "ann" });

  test("is not believed, and does not reach the upstream", async () => {
    await addTo(proxy, "blacklist", { type: "username", value: "ann" });
    for (const answer of await askEachEdge(proxy.port, forged))
      expect(answer).toMatchObject(SERVED);
    expect(upstream.requests).not.toEqual([]);
    expect(upstream.allBytes().toLowerCase()).not.toContain("x-user");
    expect(await ask(proxy.port, { ...forged, from: GATEWAY })).toMatchObject(DENIAL);
  });

  test("does not reach it beside a value that is not UTF-8, or where Connection names others", async () => {
    const strange = { "X-User": "ann", "X-Other": "\u00ff", "X-Hop": "1", Connection: "x-hop" };
    expect(await ask(proxy.port, asking("/shop/a", strange))).toMatchObject(SERVED);
    expect(upstream.allBytes()).toContain("x-other: ");
    expect(upstream.allBytes().toLowerCase()).not.toContain("x-user");
  });

  test("opens nothing with the name of an allowed user; nor does a claim that nobody has signed", async () => {
    await addTo(proxy, "whitelist", { type: "username", value: "ann" });
    const token = { type: "token", value: jwt({ sub: "ann" }) } as const;
    await addTo(proxy, "blacklist", token);
    const claim = asking("/claims/a", { authorization: `Bearer ${token.value}` });
    const header = asking("/shop/a", { ...claim.headers, "x-user": "ann" });
    expect(await ask(proxy.port, claim)).toMatchObject(DENIAL);
    expect(await ask(proxy.port, header)).toMatchObject(DENIAL);
    expect(await ask(proxy.port, { ...header, from: GATEWAY })).toMatchObject(SERVED);
  });
});

describe("an identifier that two readers read in two ways is refused (I6, I8, I9, I11, I15)", () => {
  test.for<{ name: string; request: Ask }>([
    {
      name: "a token in Authorization and in the query",
      request: asking("/shop/a?access_token=t-2", { authorization: "Bearer t-1" }),
    },
    { name: "a token in the query alone", request: asking("/shop/a?access%5ftoken=t-2") },
    {
      name: "a token in Authorization where the query has it",
      request: asking("/query/a", { authorization: "Bearer t-1" }),
    },
    {
      name: "two tokens in the query",
      request: asking("/query/a?access_token=t-1&access_token=t-2"),
    },
    {
      name: "two Authorization fields",
      request: asking("/shop/a", { authorization: "Bearer a", Authorization: "Bearer b" }),
    },
    { name: "two Cookie fields", request: asking("/shop/a", { cookie: "SID=a", Cookie: "SID=b" }) },
    { name: "two tokens in one field", request: authorized("Bearer a, Bearer b") },
    {
      name: "a key in header and query",
      request: asking("/query/a?x-api-key=b", { "x-api-key": "a" }),
    },
    { name: "a cookie in RFC 2109's syntax", request: cookie("$Version=1; SID=a") },
    { name: "a cookie with an open quote", request: cookie('SID="a; x=b') },
    {
      name: "a cookie with a name that some servers trim",
      request: cookie("\u00A0SID=a; b=c; SID=d"),
    },
    {
      name: "a Connection field that names Authorization",
      request: asking("/shop/a", { authorization: "Bearer t-1", connection: "authorization" }),
    },
    {
      name: "a Connection field that names the user's header",
      request: asking("/shop/a", { "x-user": "ann", connection: "X-User" }),
    },
  ])("$name", async ({ request }) => {
    for (const answer of await askEachEdge(proxy.port, request)) {
      expect(answer).toMatchObject(REFUSAL);
    }
    expect(upstream.allBytes()).toBe("");
  });
});
