import { gzipSync } from "node:zlib";

import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { definition, pattern } from "./support/definition.ts";
import { addTo, change, clearLists, denied } from "./support/management.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { type Ask, ask, askEachEdge } from "./support/request.ts";
import { plainAnswer, type ReceivedRequest, Upstream } from "./support/upstream.ts";

const DENIAL = { status: 403, text: "Error: Unauthorized" };
const SERVED = { status: 200 };
const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/json";

let upstream: Upstream;
let proxy: ProxyProcess;

beforeAll(async () => {
  upstream = await Upstream.start();
  const metadata = {
    oauth2_access_token: true,
    cookie: "SID",
    logout_api_enabled: true,
    ...pattern({ methods_allowed: ["GET", "POST"] }),
  };
  const page = { login_url: "/shop/login", login_username: "user" };
  proxy = await ProxyProcess.start({
    apis: {
      shop: definition("/shop", upstream.port, { ...metadata, ...page }),
      nested: definition("/nested", upstream.port, {
        ...metadata,
        login_url: "/nested/login",
        login_username: "credentials.name",
      }),
    },
  });
});

beforeEach(async () => {
  await clearLists(proxy);
  upstream.forget();
  upstream.respond = () => plainAnswer("hello");
});

let sessions = 0;
/** A session that no other test has. */
const newSession = (): string => `session-${sessions++}`;
const withCookie = (session: string): Ask => ({
  path: "/shop/a",
  headers: { cookie: `SID=${session}` },
});
const withToken = (token: string): Ask => ({
  path: "/shop/a",
  headers: { authorization: `Bearer ${token}` },
});
const setting = (session: string): string => `Set-Cookie: SID=${session}; HttpOnly\r\n`;
const tokenAnswer = (token: string, extra: string = ""): string =>
  plainAnswer(
    `{"access_token":"${token}"}`,
    `Content-Type: ${JSON_TYPE}; charset=utf-8\r\n${extra}`,
  );

function login(body: string, changes: Partial<Ask> & { readonly type?: string } = {}): Ask {
  const { headers, type, ...others } = changes;
  return {
    method: "POST",
    path: "/shop/login",
    headers: { "content-type": type ?? FORM, ...headers },
    body,
    ...others,
  };
}

/** Logs in where the upstream answers `answer`, and denies `username` afterwards. */
async function logInAndDeny(request: Ask, answer: string, username = "alice"): Promise<number> {
  upstream.respond = ({ target }: ReceivedRequest) =>
    target.toLowerCase().includes("login") ? answer : plainAnswer("hello");
  const { status } = await ask(proxy.port, request);
  await addTo(proxy, "blacklist", { type: "username", value: username });
  return status;
}

describe("who logs in is known by what the login is answered with", () => {
  test.for<{ name: string; request: Ask }>([
    { name: "a form", request: login("user=alice&password=x") },
    { name: "a form with escapes", request: login("password=x&us%65r=%61lice") },
    { name: "a name in other spelling", request: login("user=+%EF%BC%A1LICE+&password=x") },
    { name: "JSON", request: login('{"user":"alice","password":"x"}', { type: JSON_TYPE }) },
    {
      name: "JSON with escapes",
      request: login('{"us\\u0065r":"\\u0061lice"}', { type: `${JSON_TYPE};charset=UTF-8` }),
    },
    { name: "the page in other case", request: login("user=alice", { path: "/shop/LogIn" }) },
    { name: "the page with a slash", request: login("user=alice", { path: "/shop/login/" }) },
    { name: "another method", request: login("user=alice", { method: "GET" }) },
  ])("$name", async ({ request }) => {
    const session = newSession();
    await logInAndDeny(request, plainAnswer("", setting(session)));
    for (const answer of await askEachEdge(proxy.port, withCookie(session))) {
      expect(answer).toMatchObject(DENIAL);
    }
    expect(await ask(proxy.port, withCookie(newSession()))).toMatchObject(SERVED);
    await change(proxy, "DELETE", "/firewall/blacklist?tag=all");
    expect(await ask(proxy.port, withCookie(session))).toMatchObject(SERVED);
  });

  test("a member of an object in JSON", async () => {
    const session = newSession();
    const body = '{"credentials":{"name":"alice"}}';
    const request = login(body, { path: "/nested/login", type: JSON_TYPE });
    await logInAndDeny(request, plainAnswer("", setting(session)));
    expect(await ask(proxy.port, withCookie(session))).toMatchObject(DENIAL);
  });

  test.for<{ name: string; answer: (token: string) => string; uses: (token: string) => Ask }>([
    {
      name: "a redirect's cookie",
      answer: (value) => plainAnswer("", setting(value), "303 See Other"),
      uses: withCookie,
    },
    {
      name: "a cookie in quotes",
      answer: (value) => plainAnswer("", setting(`"${value}"`)),
      uses: withCookie,
    },
    {
      name: "the last of two cookies",
      answer: (value) => plainAnswer("", `Set-Cookie: SID=gone; Max-Age=0\r\n${setting(value)}`),
      uses: withCookie,
    },
    { name: "an access token", answer: tokenAnswer, uses: withToken },
    {
      name: "an access token in gzip",
      answer: (value) => {
        const bytes = gzipSync(`{"access_token":"${value}"}`).toString("latin1");
        return `HTTP/1.1 200 OK\r\nContent-Type: ${JSON_TYPE}\r\nContent-Encoding: gzip\r\nContent-Length: ${bytes.length}\r\n\r\n${bytes}`;
      },
      uses: withToken,
    },
    {
      name: "an access token in chunks",
      answer: (value) =>
        `HTTP/1.1 200 OK\r\nContent-Type: ${JSON_TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{"access_token":\r\n${(value.length + 3).toString(16)}\r\n"${value}"}\r\n0\r\n\r\n`,
      uses: withToken,
    },
  ])("by $name", async ({ answer, uses }) => {
    const value = newSession();
    await logInAndDeny(login("user=alice&password=x"), answer(value));
    for (const given of await askEachEdge(proxy.port, uses(value))) {
      expect(given).toMatchObject(DENIAL);
    }
  });

  test("by the session that it came with, if the server goes on with that", async () => {
    const session = newSession();
    const headers = { cookie: `SID=${session}` };
    await logInAndDeny(login("user=alice&password=x", { headers }), plainAnswer("welcome"));
    expect(await ask(proxy.port, withCookie(session))).toMatchObject(DENIAL);
  });

  test("until another user logs in with the session, or it ends", async () => {
    const session = newSession();
    const cookie = plainAnswer("", setting(session));
    await logInAndDeny(login("user=alice"), cookie);
    await logInAndDeny(login("user=bob"), cookie, "carol");
    expect(await ask(proxy.port, withCookie(session))).toMatchObject(SERVED);
    await addTo(proxy, "blacklist", { type: "username", value: "bob" });
    expect(await ask(proxy.port, withCookie(session))).toMatchObject(DENIAL);
    await clearLists(proxy);
    upstream.respond = () => plainAnswer("", "Set-Cookie: SID=; Max-Age=0\r\n");
    expect(await ask(proxy.port, withCookie(session))).toMatchObject(SERVED);
    await addTo(proxy, "blacklist", { type: "username", value: "bob" });
    expect(await ask(proxy.port, withCookie(session))).toMatchObject(SERVED);
  });

  test("in a body of several pieces, which the upstream gets as it was", async () => {
    const session = newSession();
    upstream.respond = () => plainAnswer("", setting(session));
    const connection = await RawConnection.open(proxy.port);
    connection.send(
      `POST /shop/login HTTP/1.1\r\nHost: api.example.com\r\nContent-Type: ${FORM}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nuser=\r\n`,
    );
    connection.send("5\r\nalice\r\n2\r\n&x\r\n0\r\n\r\n");
    expect((await connection.answer("POST")).status).toBe(200);
    expect(upstream.requests.map(({ body }) => body.toString("latin1"))).toEqual(["user=alice&x"]);
    await addTo(proxy, "blacklist", { type: "username", value: "alice" });
    expect(await ask(proxy.port, withCookie(session))).toMatchObject(DENIAL);
  });
});

describe("nobody is taken for another", () => {
  test.for(["401 Unauthorized", "403 Forbidden", "500 Oops"])(
    "an answer %s teaches nothing",
    async (status) => {
      const session = newSession();
      const headers = { cookie: `SID=${session}` };
      const given = newSession();
      await logInAndDeny(
        login("user=alice&password=wrong", { headers }),
        plainAnswer("", setting(given), status),
      );
      for (const value of [session, given]) {
        expect(await ask(proxy.port, withCookie(value))).toMatchObject(SERVED);
      }
    },
  );

  test.for<{ name: string; request: Ask }>([
    { name: "a login elsewhere", request: login("user=alice", { path: "/shop/login2" }) },
    { name: "a body that names nobody", request: login("name=alice") },
    { name: "an empty name", request: login("user=") },
    { name: "an empty name in JSON", request: login('{"user":""}', { type: JSON_TYPE }) },
    { name: "JSON without a name", request: login('{"name":"alice"}', { type: JSON_TYPE }) },
  ])("$name teaches nothing", async ({ request }) => {
    const session = newSession();
    expect(await logInAndDeny(request, plainAnswer("", setting(session)))).toBe(200);
    expect(await ask(proxy.port, withCookie(session))).toMatchObject(SERVED);
  });

  test("whoever logs in as somebody else gets nobody denied, and nothing allowed", async () => {
    const session = newSession();
    await addTo(proxy, "whitelist", { type: "username", value: "alice" });
    upstream.respond = () => plainAnswer("", setting(session));
    await ask(proxy.port, login("user=alice&password=wrong"));
    const offence = { ...withCookie(session), method: "PUT" };
    expect((await ask(proxy.port, offence)).status).toBe(401);
    expect(await ask(proxy.port, withCookie(session))).toMatchObject(DENIAL);
    await expect.poll(() => denied(proxy)).toHaveLength(1);
    expect(JSON.stringify(await denied(proxy))).not.toContain("alice");
  });
});

describe("a login that two readers read in two ways is refused before the upstream hears of it", () => {
  const unreadable = { status: 400, text: "Error: Unreadable Login" };
  test.for<{ name: string; request: Ask; want?: object }>([
    { name: "a name twice", request: login("user=bob&user=alice") },
    { name: "a name twice in two spellings", request: login("user=bob&us%65r=alice") },
    { name: "a name that is not UTF-8", request: login("user=%FF") },
    {
      name: "a member twice",
      request: login('{"user":"bob","user":"alice"}', { type: JSON_TYPE }),
    },
    {
      name: "a member twice in two spellings",
      request: login('{"user":"bob","us\\u0065r":"alice"}', { type: JSON_TYPE }),
    },
    { name: "a list of names", request: login('{"user":["alice"]}', { type: JSON_TYPE }) },
    {
      name: "a name in an object",
      request: login('{"user":{"$eq":"alice"}}', { type: JSON_TYPE }),
    },
    { name: "what is no JSON", request: login('{"user":"alice"', { type: JSON_TYPE }) },
    { name: "a form that says it is JSON", request: login("user=alice", { type: JSON_TYPE }) },
    { name: "parts", request: login("user=alice", { type: "multipart/form-data; boundary=x" }) },
    { name: "text", request: login("user=alice", { type: "text/plain" }) },
    { name: "UTF-7", request: login("user=alice", { type: `${FORM}; charset=utf-7` }) },
    {
      name: "a content coding",
      request: login("user=alice", { headers: { "content-encoding": "gzip" } }),
    },
    {
      name: "more than a login has",
      request: login(`user=alice&x=${"x".repeat(16_384)}`),
      want: { status: 413, text: "Error: Content Too Large" },
    },
  ])("$name", async ({ request, want = unreadable }) => {
    for (const answer of await askEachEdge(proxy.port, request)) expect(answer).toMatchObject(want);
    expect(upstream.requests).toEqual([]);
  });
});
