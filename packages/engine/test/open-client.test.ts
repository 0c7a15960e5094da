import { allocateLists, type ClientIdentifier, denyFlag, type RequestView } from "@portcullis/core";
import { describe, expect, test } from "vitest";

import { keyOf } from "../src/list-key.ts";
import { OpenClient } from "../src/open-client.ts";
import {
  attachLists,
  enforcerOf,
  hashKey,
  ipOf,
  NOW,
  NOW_MS,
  policyOf,
  switchesOf,
  tokenOf,
  viewOf,
} from "./engine-fixture.ts";

const MANUAL = denyFlag("manual");
const ALLOW = 1;

const policy = policyOf({
  shop: { url: "/shop", oauth2_access_token: true, cookie: "SID", apikey_qs: "key" },
  watched: { url: "/watched", oauth2_access_token: true, enable_blocking: false },
});

/** An enforcer, and a client that it has let in. */
class Installation {
  readonly switches = switchesOf(true, true);
  readonly lists = attachLists(allocateLists(1024));
  readonly enforcer = enforcerOf(policy, { lists: this.lists, switches: this.switches });
  readonly view: RequestView;
  readonly client: OpenClient;

  constructor(path: string = "/shop/cart?key=k-1") {
    this.view = viewOf({ path, token: "t-1", cookie: "SID=s-1", ip: "198.51.100.7" }, policy);
    this.enforcer.decide(this.view, NOW_MS);
    this.client = new OpenClient(this.view);
  }

  list(identifier: ClientIdentifier, flag: number): void {
    const key = keyOf(identifier, hashKey());
    if (key.isAddress) this.lists.addAddress(key.words, key.prefix, flag, 0, NOW);
    else this.lists.add(key.words, 0, flag, 0, NOW);
  }

  standing(): string {
    const { api } = this.view;
    if (api === undefined) throw new TypeError("the request reached no API");
    return this.enforcer.standingOf(this.client, api, NOW);
  }
}

describe("a client whose connection is open", () => {
  test.for<{ name: string; listed: ClientIdentifier; want: string }>([
    { name: "its token", listed: tokenOf("t-1"), want: "denied" },
    { name: "its cookie", listed: { kind: "cookie", name: "SID", value: "s-1" }, want: "denied" },
    { name: "its key", listed: { kind: "api-key", name: "key", value: "k-1" }, want: "denied" },
    { name: "its address", listed: ipOf("198.51.100.7"), want: "denied" },
    { name: "a range with its address", listed: ipOf("198.51.100.0/24"), want: "denied" },
    { name: "another's token", listed: tokenOf("t-2"), want: "unlisted" },
    { name: "another's address", listed: ipOf("198.51.100.8"), want: "unlisted" },
    {
      name: "a user of the token's name",
      listed: { kind: "username", name: "", value: "t-1" },
      want: "unlisted",
    },
  ])("is $want after $name is denied", ({ listed, want }) => {
    const installation = new Installation();
    expect(installation.standing()).toBe("unlisted");
    const before = installation.enforcer.listsGeneration;
    installation.list(listed, MANUAL);
    expect(installation.enforcer.listsGeneration).not.toBe(before);
    expect(installation.standing()).toBe(want);
  });

  test("is remembered when the view is another request's long since", () => {
    const installation = new Installation();
    const { api } = installation.view;
    installation.view.reset();
    installation.view.address.fill(0);
    installation.view.keys.fill(0);
    installation.view.api = api;
    installation.list(tokenOf("t-1"), MANUAL);
    expect(installation.standing()).toBe("denied");
  });

  test("is allowed by one identifier though denied by another", () => {
    const installation = new Installation();
    installation.list(ipOf("198.51.100.7"), MANUAL);
    installation.list(tokenOf("t-1"), ALLOW);
    expect(installation.standing()).toBe("allowed");
  });

  test("is not denied while the firewall is off, nor on an API that does not block", () => {
    const installation = new Installation();
    installation.list(tokenOf("t-1"), MANUAL);
    installation.switches.set("firewall", false);
    expect(installation.standing()).toBe("unlisted");
    installation.switches.set("firewall", true);
    expect(installation.standing()).toBe("denied");
    const watched = new Installation("/watched/a");
    watched.list(tokenOf("t-1"), MANUAL);
    expect(watched.standing()).toBe("unlisted");
  });

  test("named nothing but its address: that alone counts", () => {
    const enforcer = new Installation().enforcer;
    const view = viewOf({ ip: "198.51.100.9" }, policy);
    enforcer.decide(view, NOW_MS);
    expect(new OpenClient(view).keys.length).toBe(0);
  });
});

test("the counter of an address is told apart by API and direction", () => {
  const { enforcer } = new Installation();
  const [shop, watched] = policy.apis;
  if (shop === undefined || watched === undefined) throw new TypeError("two APIs are needed");
  const keys = [
    enforcer.meterKey(shop, "in", "198.51.100.7"),
    enforcer.meterKey(shop, "out", "198.51.100.7"),
    enforcer.meterKey(watched, "in", "198.51.100.7"),
    enforcer.meterKey(shop, "in", "198.51.100.8"),
  ].map(String);
  expect(new Set(keys).size).toBe(keys.length);
  expect(String(enforcer.meterKey(shop, "in", "198.51.100.7"))).toBe(keys[0]);
});
