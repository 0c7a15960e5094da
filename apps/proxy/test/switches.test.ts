import { beforeAll, describe, expect, test } from "vitest";

import { cli } from "./support/command-line.ts";
import { definition, pattern } from "./support/definition.ts";
import { clearLists, denied } from "./support/management.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { ask, askEachEdge } from "./support/request.ts";
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
      strict: definition("/strict", port, { ...TOKENS, ...pattern({ protocol_allowed: "https" }) }),
      members: definition("/members", port, { ...TOKENS, is_token_mandatory: true }),
      shop: definition("/shop", port, {
        decoy_config: { ...decoy, decoy_subpaths: ["/shop/root", "/shop/admin"] },
      }),
    },
  });
});

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const session = (value: string): Record<string, string> => ({ cookie: `JSESSIONID=${value}` });
const xml = { "content-type": "text/xml" };

describe("the switch off", () => {
  test("empties what detection put on the list, keeps what a person did, and detects no more", async () => {
    await clearLists(proxy);
    await cli(proxy, "add_blacklist", "token", "t-by-hand");
    await ask(proxy.port, { path: "/shop/root", from: "127.0.4.1" });
    await ask(proxy.port, { path: "/atm/a", method: "PUT", headers: bearer("t-4") });
    // Two edges may have seen the two, and entries stand in the order in which they were stored.
    await expect.poll(async () => (await denied(proxy)).length).toBe(3);
    await ask(proxy.port, { path: "/public/a", method: "PUT", headers: session("s-4") });
    await ask(proxy.port, {
      path: "/atm/a",
      method: "POST",
      headers: { ...bearer("t-5"), ...xml },
      body: "x",
    });
    await ask(proxy.port, { path: "/strict/a", headers: bearer("t-6") });
    await expect.poll(async () => (await denied(proxy)).length).toBe(6);
    expect((await cli(proxy, "view_blacklist", "all")).out).toBe(`Manual Blacklist
1) type : token, value : t-by-hand
Realtime Decoy Blacklist
1) type : ip, value : 127.0.4.1
Realtime Protocol Blacklist
1) type : token, value : t-6
Realtime Method Blacklist
1) type : token, value : t-4
2) type : cookie, name : JSESSIONID, value : s-4
Realtime Content-Type Blacklist
1) type : token, value : t-5
`);
    expect(await cli(proxy, "disable_ase_detected_attack")).toMatchObject({
      code: 0,
      out: "ASE Detected Attack is now disabled\n",
    });
    expect((await cli(proxy, "view_blacklist")).out).toBe(
      "Manual Blacklist\n1) type : token, value : t-by-hand\n",
    );
    for (const request of [
      { path: "/shop/a", from: "127.0.4.1" },
      { path: "/atm/a", headers: bearer("t-4") },
      { path: "/public/a", headers: session("s-4") },
    ]) {
      for (const answer of await askEachEdge(proxy.port, request)) {
        expect(answer).toMatchObject(SERVED);
      }
    }
    for (const answer of await askEachEdge(proxy.port, {
      path: "/atm/a",
      headers: bearer("t-by-hand"),
    })) {
      expect(answer).toMatchObject(DENIAL);
    }
    // Still refused, but nobody is denied for it any more.
    const offence = { path: "/atm/a", method: "PUT", headers: bearer("t-7") };
    expect(await ask(proxy.port, offence)).toMatchObject(PATTERN_REFUSAL);
    expect(await ask(proxy.port, { ...offence, method: "GET" })).toMatchObject(SERVED);
    await cli(proxy, "enable_ase_detected_attack");
    expect(await denied(proxy)).toEqual(["manual token t-by-hand"]);
  });
});

describe("the firewall off", () => {
  test("blocks nobody, denies nobody, and still forwards no decoy", async () => {
    await clearLists(proxy);
    await cli(proxy, "add_blacklist", "token", "t-known");
    upstream.forget();
    expect((await cli(proxy, "disable_firewall")).out).toBe("Firewall is now disabled\n");
    for (const request of [
      { path: "/atm/a", headers: bearer("t-known") },
      { path: "/atm/a", method: "PUT", headers: bearer("t-off") },
      { path: "/members/a", from: "127.0.5.1" },
    ]) {
      for (const answer of await askEachEdge(proxy.port, request)) {
        expect(answer).toMatchObject(SERVED);
      }
    }
    expect(await ask(proxy.port, { path: "/shop/root/firewall" })).toMatchObject({
      text: "welcome",
    });
    expect(upstream.allBytes()).not.toContain("/shop/root");
    expect((await cli(proxy, "enable_firewall")).out).toBe("Firewall is now enabled\n");
    const known = { path: "/atm/a", headers: bearer("t-known") };
    for (const answer of await askEachEdge(proxy.port, known)) expect(answer).toMatchObject(DENIAL);
    expect(await denied(proxy)).toEqual(["manual token t-known"]);
  });
});
