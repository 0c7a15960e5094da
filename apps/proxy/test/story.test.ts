import { beforeAll, describe, expect, test } from "vitest";

import { headerOf } from "./support/answer.ts";
import { definition, pattern } from "./support/definition.ts";
import { clearLists, denied, report } from "./support/management.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { reportText, withoutDates } from "./support/report-shape.ts";
import { type Ask, ask, askEachEdge } from "./support/request.ts";
import { Upstream } from "./support/upstream.ts";

const TOKENS = { oauth2_access_token: true };
const COOKIE = { cookie: "JSESSIONID" };
const RULES = { methods_allowed: ["GET", "POST"], content_type_allowed: "application/json" };
const PATTERN_REFUSAL = { status: 401, phrase: "Unauthorized", text: " Error: Unauthorized" };
const DENIAL = { status: 403, phrase: "Unauthorized", text: "Error: Unauthorized" };
const SERVED = { status: 200, text: "hello" };

let proxy: ProxyProcess;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await Upstream.start();
  const { port } = upstream;
  const decoy = { decoy_enabled: true, response_def: "OK", response_message: "welcome" };
  proxy = await ProxyProcess.start({
    apis: {
      atm_app_oauth: definition("/atm", port, { ...TOKENS, ...pattern(RULES) }),
      atm_app_public: definition("/public", port, { ...COOKIE, ...pattern(RULES) }),
      bank: definition("/bank", port, { ...TOKENS, ...COOKIE }),
      plain: definition("/plain", port, pattern(RULES)),
      secure: definition("/secure", port, {
        ...TOKENS,
        ...pattern({
          protocol_allowed: "https",
          http_redirect: {
            response_code: 301,
            response_def: "Moved Permanently",
            https_url: "https://shopping.xyz.com/login/",
          },
        }),
      }),
      strict: definition("/strict", port, { ...TOKENS, ...pattern({ protocol_allowed: "https" }) }),
      members: definition("/members", port, { ...TOKENS, is_token_mandatory: true }),
      shop: definition("/shop", port, {
        decoy_config: { ...decoy, decoy_subpaths: ["/shop/root", "/shop/admin"] },
      }),
      trap: definition("/trap", undefined, {
        decoy_config: { ...decoy, response_code: 202, response_def: "Taken", decoy_subpaths: [] },
      }),
      watched: definition("/watched", port, {
        ...TOKENS,
        enable_blocking: false,
        ...pattern(RULES),
      }),
    },
  });
});

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const session = (value: string): Record<string, string> => ({ cookie: `JSESSIONID=${value}` });
const json = { "content-type": "application/json" };
const xml = { "content-type": "text/xml" };

describe("an offence is answered with the API's own words, and its client denied everywhere", () => {
  test.for([
    {
      name: "a wrong method blames the token",
      offence: { path: "/atm/a", method: "PUT", headers: { ...bearer("t-method"), ...json } },
      again: [
        { path: "/atm/a", headers: bearer("t-method") },
        { path: "/bank/a", headers: bearer("t-method") },
      ],
      others: [{ path: "/atm/a", headers: bearer("t-other") }, { path: "/plain/a" }],
      list: ["invalid_method token t-method"],
    },
    {
      name: "a wrong content type blames the token",
      offence: {
        path: "/atm/a",
        method: "POST",
        headers: { ...bearer("t-type"), ...xml },
        body: "x",
      },
      again: [{ path: "/bank/a", headers: bearer("t-type") }],
      others: [
        {
          path: "/atm/a",
          method: "POST",
          headers: { ...bearer("t-other"), "content-type": "Application/JSON; charset=utf-8" },
          body: "{}",
        },
      ],
      list: ["invalid_content_type token t-type"],
    },
    {
      name: "a wrong protocol blames the token",
      offence: { path: "/strict/a", headers: bearer("t-protocol") },
      again: [{ path: "/atm/a", headers: bearer("t-protocol") }],
      others: [{ path: "/atm/a", headers: bearer("t-other") }],
      list: ["invalid_protocol token t-protocol"],
    },
    {
      name: "a wrong method blames the cookie where the API has no tokens",
      offence: {
        path: "/public/a",
        method: "DELETE",
        headers: { ...session("s-method"), ...bearer("t-bystander") },
      },
      again: [
        { path: "/public/a", headers: session("s-method") },
        { path: "/bank/a", headers: session("s-method") },
      ],
      others: [
        { path: "/public/a", headers: session("s-other") },
        { path: "/bank/a", headers: bearer("t-bystander") },
      ],
      list: ["invalid_method cookie JSESSIONID s-method"],
    },
    {
      name: "a wrong content type blames the cookie",
      offence: {
        path: "/public/a",
        method: "POST",
        headers: { ...session("s-type"), ...xml },
        body: "x",
      },
      again: [{ path: "/bank/a", headers: session("s-type") }],
      others: [{ path: "/public/a", headers: session("s-other") }],
      list: ["invalid_content_type cookie JSESSIONID s-type"],
    },
    {
      name: "a client without token and cookie is blamed by address",
      offence: { path: "/public/a", method: "DELETE", from: "127.0.2.1" },
      again: [
        { path: "/public/a", from: "127.0.2.1" },
        { path: "/atm/a", from: "127.0.2.1", headers: bearer("t-fresh") },
        { path: "/shop/a", from: "127.0.2.1" },
      ],
      others: [
        { path: "/public/a", from: "127.0.2.2" },
        { path: "/shop/a", from: "127.0.2.2" },
      ],
      list: ["invalid_method ip 127.0.2.1"],
    },
  ] satisfies readonly {
    readonly name: string;
    readonly offence: Ask;
    readonly again: readonly Ask[];
    readonly others: readonly Ask[];
    readonly list: readonly string[];
  }[])("$name", async ({ offence, again, others, list }) => {
    await clearLists(proxy);
    upstream.forget();
    expect(await ask(proxy.port, offence)).toMatchObject(PATTERN_REFUSAL);
    for (const request of again) {
      for (const answer of await askEachEdge(proxy.port, request)) {
        expect(answer).toMatchObject(DENIAL);
      }
    }
    expect(upstream.allBytes()).toBe("");
    for (const request of others) {
      for (const answer of await askEachEdge(proxy.port, request)) {
        expect(answer).toMatchObject(SERVED);
      }
    }
    await expect.poll(() => denied(proxy)).toEqual(list);
  });

  test("a missing mandatory token denies the address", async () => {
    await clearLists(proxy);
    upstream.forget();
    const from = "127.0.2.3";
    expect(await ask(proxy.port, { path: "/members/a", from })).toMatchObject(DENIAL);
    const withToken = { path: "/members/a", from, headers: bearer("t-late") };
    for (const answer of await askEachEdge(proxy.port, withToken)) {
      expect(answer).toMatchObject(DENIAL);
    }
    expect(upstream.allBytes()).toBe("");
    expect(await ask(proxy.port, { ...withToken, from: "127.0.2.4" })).toMatchObject(SERVED);
    await expect.poll(() => denied(proxy)).toEqual([`missing_token ip ${from}`]);
  });

  test("plain HTTP on an HTTPS-only API with a redirect is pointed there, and is no offence", async () => {
    await clearLists(proxy);
    upstream.forget();
    const request = { path: "/secure/a?x=1", headers: bearer("t-redirected") };
    for (const answer of await askEachEdge(proxy.port, request)) {
      expect(answer).toMatchObject({ status: 301, phrase: "Moved Permanently", text: "" });
      expect(answer.headers).toContainEqual(["location", "https://shopping.xyz.com/login/"]);
    }
    expect(upstream.allBytes()).toBe("");
    expect(await denied(proxy)).toEqual([]);
  });
});

describe("a decoy is answered and never forwarded", () => {
  test.for([
    {
      name: "in context",
      path: "/shop/root",
      answer: { status: 200, phrase: "OK", text: "welcome" },
    },
    {
      name: "below one in context",
      path: "/shop/admin/x",
      answer: { status: 200, text: "welcome" },
    },
    {
      name: "out of context",
      path: "/trap/a/b",
      answer: { status: 202, phrase: "Taken", text: "welcome" },
    },
  ])(
    "$name, whatever the method, and the next request to a real API is refused",
    async ({ path, answer }) => {
      await clearLists(proxy);
      upstream.forget();
      const from = "127.0.3.1";
      for (const method of ["GET", "DELETE", "PUT"]) {
        for (const given of await askEachEdge(proxy.port, { path, method, from })) {
          expect(given).toMatchObject(answer);
        }
      }
      for (const real of ["/shop/a", "/plain/a", "/atm/a"]) {
        for (const given of await askEachEdge(proxy.port, { path: real, from })) {
          expect(given).toMatchObject(DENIAL);
        }
      }
      // To the trap it is as it was: it is not told that it has been seen.
      expect(await ask(proxy.port, { path, from })).toMatchObject(answer);
      expect(upstream.allBytes()).toBe("");
      expect(await ask(proxy.port, { path: "/shop/a", from: "127.0.3.2" })).toMatchObject(SERVED);
      await expect.poll(() => denied(proxy)).toEqual([`decoy ip ${from}`]);
    },
  );

  test("a path that only shares a decoy's letters is an ordinary one", async () => {
    await clearLists(proxy);
    const request = { path: "/shop/rooted", from: "127.0.3.3" };
    expect(await ask(proxy.port, request)).toMatchObject(SERVED);
    expect(await ask(proxy.port, request)).toMatchObject(SERVED);
  });
});

describe("an API without blocking", () => {
  test("has its offences forwarded and reported, and the offender denied elsewhere", async () => {
    await clearLists(proxy);
    const headers = bearer("t-watched");
    const offence = { path: "/watched/a", method: "PUT", headers };
    // The first is an offence; after it the client is listed, which is none.
    for (const answer of await askEachEdge(proxy.port, offence)) {
      expect(answer).toMatchObject(SERVED);
    }
    for (const answer of await askEachEdge(proxy.port, { path: "/atm/a", headers })) {
      expect(answer).toMatchObject(DENIAL);
    }
    expect(await ask(proxy.port, { path: "/watched/a", headers })).toMatchObject(SERVED);
    await expect
      .poll(async () => withoutDates(await report(proxy, "api=watched&type=101")))
      .toBe(reportText(101, "watched", [["access_token", "t-watched", ["method"]]]));
  });
});

describe("the reports of what happened above", () => {
  test("type 101 of an API with tokens, key for key", async () => {
    const text = withoutDates(await report(proxy, "api=strict&type=101"));
    expect(text).toBe(reportText(101, "strict", [["access_token", "t-protocol", ["protocol"]]]));
  });

  test("type 101 of an API with a cookie names the cookie, and addresses where there was none", async () => {
    const text = withoutDates(await report(proxy, "api=atm_app_public&type=101"));
    const want = [
      ["ip", "127.0.2.1", ["method"]],
      ["cookie", "s-type", ["content_type"]],
      ["cookie", "s-method", ["method"]],
    ] as const;
    const inOtherOrder = [want[0], want[2], want[1]];
    expect([
      reportText(101, "atm_app_public", want, "JSESSIONID"),
      reportText(101, "atm_app_public", inOtherOrder, "JSESSIONID"),
    ]).toContain(text);
  });

  test("type 100 lists addresses only", async () => {
    const text = withoutDates(await report(proxy, "api=trap&type=100"));
    const codes = Array.from({ length: 7 }, () => "decoy");
    expect(text).toBe(reportText(100, "trap", [["ip", "127.0.3.1", codes]]));
  });

  test("a range without attacks is the frame with three empty arrays", async () => {
    const answer = await report(proxy, "api=plain&type=101");
    expect(withoutDates(answer)).toBe(reportText(101, "plain", []));
    expect(answer.headers).toContainEqual(["content-type", "application/json"]);
  });

  test("type 0 is one report of each type", async () => {
    const text = withoutDates(await report(proxy, "api=plain&type=0"));
    expect(text).toBe(`[${reportText(100, "plain", [])},${reportText(101, "plain", [])}]`);
  });

  test("the restricted reader gets no token in clear, and a wrong key gets nothing", async () => {
    const restricted = await report(proxy, "api=strict&type=101", "restricted");
    expect(restricted.status).toBe(200);
    expect(restricted.text).not.toContain("t-protocol");
    const refused = await ask(proxy.reportsPort, { path: "/v4/abs/attack" });
    expect(refused.status).toBe(401);
    expect(headerOf(refused, "www-authenticate")).toBe('AccessKey realm="portcullis"');
  });
});
