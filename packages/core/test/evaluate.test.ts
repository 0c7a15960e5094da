import { describe, expect, test } from "vitest";

import { type DecisionContext, evaluate } from "../src/evaluate.ts";
import { offenceOf } from "../src/identity/blame.ts";
import { SINGLE_ADDRESSES } from "../src/identity/denial-scope.ts";
import { type ClaimReader, NO_CLAIMS } from "../src/identity/identify.ts";
import { parseAddress } from "../src/identity/ip-address.ts";
import { denyOffender } from "../src/lists/deny-offender.ts";
import { hashIdentifier } from "../src/lists/keyed-hash.ts";
import { ALLOW, denyFlag } from "../src/lists/list-flags.ts";
import { allocateLists } from "../src/lists/list-layout.ts";
import { RequestView } from "../src/request/request-view.ts";
import { MALFORMED, UNKNOWN_API, UNKNOWN_HOST, type Verdict } from "../src/verdict.ts";
import type { Json } from "./definition/definition-of.ts";
import { key, NOW, openLists } from "./lists/lists-fixture.ts";
import { type Given, type Lines, policyOf, readInto } from "./request/request-fixture.ts";

const SHOP: Json = {
  url: "/shop",
  oauth2_access_token: true,
  cookie: "SID",
  apikey_header: "X-API-KEY",
  jwt: { location: "h:authorization:bearer", username: "username", clientid: "client_id" },
  api_pattern_enforcement: { methods_allowed: ["GET"] },
  decoy_config: { decoy_enabled: true, decoy_subpaths: ["/shop/root"] },
};
const BANK: Json = { url: "/bank", hostname: "bank.example", oauth2_access_token: true };

const claims: ClaimReader = {
  ...NO_CLAIMS,
  usernameOf: (token) => (token === "t1" ? "alice" : ""),
};

/** An installation of two APIs, and what its clients do one after the other. */
class Installation {
  readonly lists = openLists({ buffers: allocateLists(64) });
  readonly context: DecisionContext = {
    policy: policyOf({ shop: SHOP, bank: BANK }),
    lists: this.lists,
    claims,
    firewall: true,
  };
  readonly view = new RequestView();

  request(given: Given): Verdict {
    readInto(this.view, given, this.context.policy.headerCodes);
    return evaluate(this.view, this.context, NOW);
  }

  /** The same, with what follows an offence. */
  enforce(given: Given): string {
    const verdict = this.request(given);
    const offence = offenceOf(this.view, verdict);
    if (offence === undefined) return "reason" in verdict ? verdict.reason : verdict.kind;
    const blamed = denyOffender(this.view, offence, this.lists, SINGLE_ADDRESSES, NOW);
    return `${offence}: ${blamed ?? "nobody"} denied`;
  }

  deny(kind: number, name: string, value: string, flag = denyFlag("manual")): void {
    const keys = new Int32Array(4);
    hashIdentifier(key, kind, name, value, keys, 0);
    this.lists.add(keys, 0, flag, 0, NOW);
  }

  denyRange(text: string, prefix: number, flag = denyFlag("manual")): void {
    const address = new Uint32Array(4);
    parseAddress(text, address);
    this.lists.addAddress(address, prefix, flag, 0, NOW);
  }
}

const withToken = (token: string): Lines => [["authorization", `Bearer ${token}`]];

describe("a request that reaches no API", () => {
  test.for<{ readonly name: string; readonly given: Given; readonly want: Verdict }>([
    { name: "an unknown path", given: { target: "/" }, want: UNKNOWN_API },
    {
      name: "a named host's API under another name",
      given: { target: "/bank" },
      want: UNKNOWN_API,
    },
    {
      name: "a path that begins like an API",
      given: { target: "/shopping" },
      want: UNKNOWN_API,
    },
    { name: "a malformed target", given: { target: "/shop/%2e%2e" }, want: MALFORMED },
    {
      name: "a malformed identifier",
      given: { target: "/shop", lines: withToken("a,b") },
      want: MALFORMED,
    },
  ])("$name", ({ given, want }) => {
    const { view, ...installation } = new Installation();
    readInto(view, given, installation.context.policy.headerCodes);
    expect(evaluate(view, installation.context, NOW)).toBe(want);
    expect(offenceOf(view, want)).toBeUndefined();
  });

  test("a host that no definition names, and none is for any host", () => {
    const installation = new Installation();
    const context = { ...installation.context, policy: policyOf({ bank: BANK }) };
    readInto(installation.view, { host: "x.example" }, context.policy.headerCodes);
    expect(evaluate(installation.view, context, NOW)).toBe(UNKNOWN_HOST);
  });

  test("what is malformed by its identifiers says so to whoever records it", () => {
    const installation = new Installation();
    installation.request({ target: "/shop", lines: withToken("a,b") });
    expect(installation.view).toMatchObject({ isMalformed: true, api: { id: "shop" } });
  });
});

describe("a path beyond the strict form", () => {
  const policy = policyOf({
    root: { url: "/", keep_encoded_slashes: true },
    shop: { ...SHOP, keep_encoded_slashes: true, merge_slashes: true },
    bank: { url: "/bank" },
    loose: { url: "/loose", merge_slashes: true },
  });
  const installation = new Installation();
  const view = new RequestView();
  const verdictOn = (target: string): Verdict => {
    readInto(view, { target }, policy.headerCodes);
    return evaluate(view, { ...installation.context, policy }, NOW);
  };

  test.for([
    { target: "/@scope%2fname", api: "root", path: "/@scope%2Fname" },
    { target: "/shop/a%2Fb", api: "shop", path: "/shop/a%2Fb" },
    { target: "//shop///a%2fb//", api: "shop", path: "/shop/a%2Fb/" },
    { target: "/shop/rooted%2Fa", api: "shop", path: "/shop/rooted%2Fa" },
    { target: "/loose//a", api: "loose", path: "/loose/a" },
  ])("$target passes where its API takes it", ({ target, api, path }) => {
    expect(verdictOn(target)).toMatchObject({ kind: "forward" });
    expect(view).toMatchObject({ isMalformed: false, path, api: { id: api } });
  });

  test.for([
    { name: "an encoded slash to an API that keeps none", target: "/bank/a%2Fb" },
    { name: "doubled slashes to an API that merges none", target: "/bank//a" },
    { name: "doubled slashes before its name", target: "//bank" },
    { name: "an encoded slash to an API that only merges", target: "/loose/a%2Fb" },
    { name: "doubled slashes to an API that only keeps", target: "//a%2Fb" },
    { name: "the slash that ends a base path, encoded", target: "/bank%2Fa" },
    { name: "the same for an API that keeps them", target: "/shop%2Fa" },
    { name: "a slash before a base path, encoded", target: "/%2Fbank/a" },
    { name: "a decoy's last slash, encoded", target: "/shop%2Froot" },
    { name: "a slash before a decoy's name, encoded", target: "/shop/%2Froot" },
    { name: "a slash behind a decoy's name, encoded", target: "/shop/root%2Fx" },
    { name: "a decoy's slashes, encoded and doubled", target: "/shop%2f//%2Froot%2f" },
  ])("$name is malformed", ({ target }) => {
    expect(verdictOn(target)).toBe(MALFORMED);
    expect(view.isMalformed).toBe(true);
    expect(offenceOf(view, MALFORMED)).toBeUndefined();
  });

  test("doubled slashes do not lead past a decoy", () => {
    expect(verdictOn("/shop//root//x")).toMatchObject({ kind: "decoy" });
  });

  test("where no API answers it is malformed, and not unknown", () => {
    const context = { ...installation.context, policy: policyOf({ shop: SHOP, bank: BANK }) };
    readInto(view, { target: "/a%2Fb" }, context.policy.headerCodes);
    expect(evaluate(view, context, NOW)).toBe(MALFORMED);
  });
});

describe("a client denied by any of its identifiers", () => {
  const given: Given = {
    lines: [
      ["authorization", "Bearer t1"],
      ["cookie", "SID=s1"],
      ["x-api-key", "k1"],
    ],
  };
  test.for<{ readonly name: string; readonly deny: (to: Installation) => void }>([
    { name: "its token", deny: (to) => to.deny(0, "", "t1") },
    { name: "its cookie", deny: (to) => to.deny(1, "SID", "s1") },
    { name: "its address", deny: (to) => to.denyRange("198.51.100.7", 128) },
    { name: "the range of its address", deny: (to) => to.denyRange("198.51.100.0", 96 + 24) },
    { name: "its API key", deny: (to) => to.deny(3, "x-api-key", "k1") },
    { name: "its user name", deny: (to) => to.deny(4, "", "alice") },
  ])("is blocked: $name", ({ deny }) => {
    const installation = new Installation();
    expect(installation.request(given).kind).toBe("forward");
    deny(installation);
    expect(installation.request(given)).toMatchObject({ kind: "block", reason: "deny-list" });
  });

  test.for<{ readonly name: string; readonly deny: (to: Installation) => void }>([
    { name: "another token", deny: (to) => to.deny(0, "", "t2") },
    { name: "its token's text as a user name", deny: (to) => to.deny(4, "", "t1") },
    { name: "its cookie under another name", deny: (to) => to.deny(1, "sid", "s1") },
    { name: "its neighbour's address", deny: (to) => to.denyRange("198.51.100.8", 128) },
  ])("and not by somebody else's: $name", ({ deny }) => {
    const installation = new Installation();
    deny(installation);
    expect(installation.request(given).kind).toBe("forward");
  });

  test("is let through by one allowed identifier, whatever else is denied", () => {
    const installation = new Installation();
    installation.deny(0, "", "t1");
    installation.denyRange("198.51.100.0", 96 + 24);
    installation.deny(1, "SID", "s1", ALLOW);
    expect(installation.request(given).kind).toBe("forward");
  });
});

describe("an offender", () => {
  test("is denied by the token on every API, and nobody else is", () => {
    const shop = new Installation();
    const there = { host: "bank.example", target: "/bank", lines: withToken("t9") };
    expect(shop.enforce(there)).toBe("forward");
    expect(shop.enforce({ method: "PUT", lines: withToken("t9") })).toBe("method: token denied");
    expect(shop.enforce(there)).toBe("deny-list");
    expect(shop.enforce({ ...there, ip: "203.0.113.9" })).toBe("deny-list");
    expect(shop.enforce({ ...there, lines: withToken("t1") })).toBe("forward");
  });

  test("is denied by the cookie without a token, and by the address without both", () => {
    const shop = new Installation();
    const cookie: Lines = [["cookie", "SID=s9"]];
    expect(shop.enforce({ method: "PUT", lines: cookie })).toBe("method: cookie denied");
    expect(shop.enforce({ lines: cookie })).toBe("deny-list");
    expect(shop.enforce({})).toBe("forward");
    expect(shop.enforce({ method: "PUT" })).toBe("method: ip denied");
    expect(shop.enforce({ lines: withToken("t1") })).toBe("deny-list");
  });

  test("does not shake off a denial by another spelling of the same identifier", () => {
    const shop = new Installation();
    shop.enforce({ method: "PUT", lines: [["cookie", "SID=s9"]] });
    shop.enforce({ method: "PUT", lines: withToken("t9") });
    expect(shop.enforce({ lines: [["cookie", 'a=1;SID= "s9" ']] })).toBe("deny-list");
    expect(shop.enforce({ lines: [["authorization", "bearer    t9"]] })).toBe("deny-list");
    expect(shop.enforce({ ip: "::ffff:198.51.100.7", method: "PUT" })).toBe("method: ip denied");
    expect(shop.enforce({ ip: "198.51.100.7" })).toBe("deny-list");
  });

  test("who touches a decoy gets its answer again, and 403 everywhere else", () => {
    const shop = new Installation();
    const decoy = { target: "/shop/root/etc", method: "DELETE", lines: withToken("t9") };
    expect(shop.enforce(decoy)).toBe("decoy: ip denied");
    expect(shop.request(decoy)).toMatchObject({ kind: "decoy", answer: { status: 200 } });
    expect(shop.request({ lines: withToken("t1") })).toMatchObject({
      kind: "block",
      answer: { status: 403, phrase: "Unauthorized", body: "Error: Unauthorized" },
    });
    expect(shop.enforce({ ip: "203.0.113.9", lines: withToken("t9") })).toBe("forward");
  });

  test("is not denied by an address that others come from as well", () => {
    const shop = new Installation();
    readInto(shop.view, { target: "/shop/root" }, shop.context.policy.headerCodes);
    shop.view.isSharedAddress = true;
    const verdict = evaluate(shop.view, shop.context, NOW);
    expect(verdict.kind).toBe("decoy");
    expect(denyOffender(shop.view, "decoy", shop.lists, SINGLE_ADDRESSES, NOW)).toBeUndefined();
    expect(shop.enforce({})).toBe("forward");
  });

  test("is not remembered by lists that are full, but blocked all the same", () => {
    const shop = new Installation();
    for (let token = 0; token < 200; token++) {
      expect(shop.enforce({ method: "PUT", lines: withToken(`flood${token}`) })).toBe(
        "method: token denied",
      );
    }
    expect(shop.lists.entries()).toBeLessThan(64);
    expect(shop.enforce({ method: "PUT", lines: withToken("t9") })).toBe("method: token denied");
    expect(shop.enforce({ lines: withToken("t9") })).toBe("forward");
    expect(shop.enforce({ lines: withToken("flood0") })).toBe("deny-list");
  });
});
