import {
  ALLOW,
  allocateLists,
  type ClientIdentifier,
  type ClientLists,
  denyFlag,
  type OffenceSource,
  SINGLE_ADDRESSES,
  type Verdict,
} from "@portcullis/core";
import { describe, expect, test } from "vitest";

import { ClientSpikes } from "../src/client-spikes.ts";
import { Enforcer, type EnforcerOptions, type Offence } from "../src/enforcer.ts";
import { OffenceBacklog } from "../src/offence-backlog.ts";
import {
  attachLists,
  evidenceOf,
  flagsOf,
  type Given,
  hashKey,
  ipOf,
  NOW,
  NOW_MS,
  policyOf,
  switchesOf,
  tokenOf,
  viewOf,
} from "./engine-fixture.ts";

const SHOP = {
  url: "/shop",
  oauth2_access_token: true,
  cookie: "SID",
  api_pattern_enforcement: { methods_allowed: ["GET"] },
  decoy_config: { decoy_enabled: true, decoy_subpaths: ["/shop/root"] },
};
const BANK = { url: "/bank", oauth2_access_token: true };
const VAULT = { url: "/vault", oauth2_access_token: true, is_token_mandatory: true };
const BUSY = { url: "/busy", flow_control: { client_spike_threshold: "2/minute" } };
const BUSY_WATCHED = { ...BUSY, url: "/busy-watched", enable_blocking: false };
const WATCHED = { ...SHOP, url: "/watched", enable_blocking: false, decoy_config: {} };

/** One edge thread, and another that shares its lists. */
class Edges {
  readonly policy = policyOf({
    shop: SHOP,
    bank: BANK,
    vault: VAULT,
    watched: WATCHED,
    busy: BUSY,
    "busy-watched": BUSY_WATCHED,
  });
  readonly switches;
  readonly offences: Offence[] = [];
  readonly buffers = allocateLists(1024);
  readonly lists = attachLists(this.buffers, 1);
  readonly backlog = new OffenceBacklog();
  readonly spikes = new ClientSpikes(hashKey()).buffer;
  readonly #edges;

  constructor(firewall = true, detection = true) {
    this.switches = switchesOf(firewall, detection);
    this.#edges = [this.lists, attachLists(this.buffers, 2)].map(
      (lists) =>
        new Enforcer({
          ...this.options(lists),
          onOffence: (offence) => this.offences.push(offence),
        }),
    );
  }

  /** What an edge is made of, but for where its offences go. */
  options(lists: ClientLists): Omit<EnforcerOptions, "onOffence"> {
    return {
      policy: this.policy,
      lists,
      hashKey: hashKey(),
      switches: this.switches,
      backlog: this.backlog,
      spikes: new ClientSpikes(hashKey(), this.spikes),
      denialScope: SINGLE_ADDRESSES,
      evidence: evidenceOf(),
      tokenCacheBytes: 100_000,
    };
  }

  /** What comes of one request: the reason, where there is one. */
  send(given: Given, edge = 0): string {
    const view = viewOf(given, this.policy);
    view.requestId = "r-1";
    const verdict = this.#decide(edge, view);
    return "reason" in verdict ? `${verdict.kind} ${verdict.reason}` : verdict.kind;
  }

  #decide(edge: number, view: ReturnType<typeof viewOf>): Verdict {
    const enforcer = this.#edges[edge];
    if (enforcer === undefined) throw new TypeError("no such edge");
    return enforcer.decide(view, NOW_MS + 5);
  }
}

describe("an offender", () => {
  test.for<{
    readonly name: string;
    readonly given: Given;
    readonly api?: string;
    readonly source?: OffenceSource;
    readonly denied: ClientIdentifier;
  }>([
    {
      name: "is denied by the token",
      given: { method: "PUT", token: "t1", cookie: "SID=s1" },
      denied: tokenOf("t1"),
    },
    {
      name: "is denied by the cookie, where there is no token",
      given: { method: "PUT", cookie: "SID=s1" },
      denied: { kind: "cookie", name: "SID", value: "s1" },
    },
    {
      name: "is denied by the address, where there is neither",
      given: { method: "PUT" },
      denied: ipOf("198.51.100.7"),
    },
    {
      name: "is denied by the address for a decoy, whatever else he sends",
      given: { path: "/shop/root", token: "t1", cookie: "SID=s1" },
      source: "decoy",
      denied: ipOf("198.51.100.7"),
    },
    {
      name: "is denied by the address for a missing token",
      given: { path: "/vault/1" },
      api: "vault",
      source: "missing-token",
      denied: ipOf("198.51.100.7"),
    },
    {
      name: "is denied where blocking is off as well: other APIs block",
      given: { method: "PUT", path: "/watched", token: "t1" },
      api: "watched",
      denied: tokenOf("t1"),
    },
  ])("$name", ({ api = "shop", denied, given, source = "method" }) => {
    const edges = new Edges();
    edges.send(given);
    expect(flagsOf(edges.lists, denied)).toBe(denyFlag(source));
    expect(edges.lists.entries()).toBe(1);
    expect(edges.offences).toEqual([
      {
        at: NOW_MS + 5,
        api,
        source,
        client: denied,
        ip: "198.51.100.7",
        method: given.method ?? "GET",
        path: given.path ?? "/shop/cart",
        requestId: "r-1",
        isDenied: true,
        expiresAt: 0,
        reason: denied.kind === "ip" ? "address" : "never-seen",
      },
    ]);
  });

  test("is refused at once on every API and by every edge, and others are not", () => {
    const edges = new Edges();
    expect(edges.send({ path: "/bank", token: "t1" }, 1)).toBe("forward");
    expect(edges.send({ method: "PUT", token: "t1" })).toBe("block method");
    expect(edges.send({ path: "/bank", token: "t1" }, 1)).toBe("block deny-list");
    expect(edges.send({ path: "/bank", token: "t1", ip: "203.0.113.9" }, 1)).toBe(
      "block deny-list",
    );
    expect(edges.send({ path: "/bank", token: "t2" }, 1)).toBe("forward");
    expect(edges.send({ path: "/watched", token: "t1" }, 1)).toBe("monitor deny-list");
  });

  test("commits no further offence by coming back", () => {
    const edges = new Edges();
    for (let i = 0; i < 3; i++) edges.send({ method: "PUT", token: "t1" });
    expect(edges.offences).toHaveLength(1);
  });
});

describe("nobody is denied", () => {
  test.for([
    { name: "with detection off", edges: new Edges(true, false), verdict: "block method" },
    { name: "with the firewall off", edges: new Edges(false, true), verdict: "forward" },
  ])("$name", ({ edges, verdict }) => {
    expect(edges.send({ method: "PUT", token: "t1" })).toBe(verdict);
    expect(edges.send({ path: "/shop/root" })).toBe("decoy");
    expect([edges.offences.length, edges.lists.entries()]).toEqual([0, 0]);
    expect(edges.send({ token: "t1" })).toBe("forward");
  });

  test("who is on the allow list, with any of his identifiers", () => {
    const edges = new Edges();
    const address = Uint32Array.of(0, 0, 0xffff, 0xc633_6407);
    edges.lists.addAddress(address, 128, 1, 0, NOW);
    expect(edges.send({ method: "PUT", token: "t1" })).toBe("forward");
    expect(edges.send({ path: "/shop/root" })).toBe("decoy");
    expect([edges.offences.length, edges.lists.entries()]).toEqual([0, 1]);
  });

  test.for([
    {
      name: "a malformed request",
      given: { method: "PUT", token: "a,b" },
      want: "reject malformed",
    },
    { name: "an unknown API", given: { path: "/elsewhere" }, want: "reject unknown-api" },
  ])("for $name", ({ given, want }) => {
    const edges = new Edges();
    expect(edges.send(given)).toBe(want);
    expect([edges.offences.length, edges.lists.entries()]).toEqual([0, 0]);
  });

  test("at an address that others come from as well", () => {
    const edges = new Edges();
    const enforcer = new Enforcer({
      ...edges.options(edges.lists),
      onOffence: (offence) => edges.offences.push(offence),
    });
    const view = viewOf({ path: "/shop/root" }, edges.policy);
    view.isSharedAddress = true;
    expect(enforcer.decide(view, NOW_MS).kind).toBe("decoy");
    expect([edges.offences.length, edges.lists.entries()]).toEqual([0, 0]);
  });
});

test("while the disk is far behind, an offence is blocked, and neither listed nor reported", () => {
  const edges = new Edges();
  edges.backlog.open(50_000);
  expect(edges.send({ method: "PUT", token: "t1" })).toBe("block method");
  expect(edges.send({ token: "t1" })).toBe("forward");
  expect([edges.offences.length, edges.lists.entries(), edges.backlog.lost]).toEqual([0, 0, 1]);
  new OffenceBacklog(edges.backlog.buffer).settle(1);
  edges.send({ method: "PUT", token: "t1" });
  expect(edges.send({ token: "t1" })).toBe("block deny-list");
  expect([edges.offences.length, edges.backlog.lost]).toEqual([1, 1]);
});

describe("what is switched at run time", () => {
  test("holds from the next request on", () => {
    const edges = new Edges(true, false);
    expect(edges.send({ method: "PUT", token: "t1" })).toBe("block method");
    edges.switches.set("ase_detected_attack", true);
    edges.send({ method: "PUT", token: "t1" });
    expect(edges.send({ token: "t1" })).toBe("block deny-list");
    edges.switches.set("firewall", false);
    expect(edges.send({ token: "t1" })).toBe("forward");
  });

  test("a replaced policy holds from the next request on, and keeps the denials", () => {
    const edges = new Edges();
    const enforcer = new Enforcer({
      ...edges.options(edges.lists),
      onOffence: () => undefined,
    });
    const decide = (given: Given): Verdict =>
      enforcer.decide(viewOf(given, enforcer.policy), NOW_MS);
    expect(decide({ method: "PUT", token: "t1" })).toMatchObject({ reason: "method" });
    const replaced = policyOf({ shop: { ...SHOP, api_pattern_enforcement: {} } });
    enforcer.replacePolicy(replaced);
    expect(enforcer.policy).toBe(replaced);
    expect(decide({ method: "PUT", token: "t2" }).kind).toBe("forward");
    expect(decide({ token: "t1" })).toMatchObject({ reason: "deny-list" });
  });
});

/** The two requests that the threshold allows. */
function spend(edges: Edges, given: Given): void {
  expect([edges.send(given), edges.send(given, 1)]).toEqual(["forward", "forward"]);
}

describe("a client that is over the threshold of an API", () => {
  const busy = { path: "/busy/a" };
  test("is refused there by every edge, and nowhere else", () => {
    const edges = new Edges();
    spend(edges, busy);
    expect([edges.send(busy), edges.send(busy, 1)]).toEqual([
      "block client-spike",
      "block client-spike",
    ]);
    expect(edges.send({ path: "/bank" })).toBe("forward");
    expect(edges.send({ ...busy, ip: "198.51.100.8" })).toBe("forward");
  });

  test("is denied nowhere and has committed no offence", () => {
    const edges = new Edges();
    spend(edges, busy);
    edges.send(busy);
    expect([edges.offences.length, edges.lists.entries()]).toEqual([0, 0]);
  });

  test("is forwarded and told of where blocking is off", () => {
    const edges = new Edges();
    const given = { path: "/busy-watched/a" };
    spend(edges, given);
    expect(edges.send(given)).toBe("monitor client-spike");
  });

  test("does not get past it with other tokens, cookies, methods or paths", () => {
    const edges = new Edges();
    spend(edges, busy);
    for (const other of [{ token: "t9" }, { cookie: "SID=9" }, { method: "POST" }]) {
      expect(edges.send({ ...busy, ...other })).toBe("block client-spike");
    }
    expect(edges.send({ path: "/busy" })).toBe("block client-spike");
  });

  test("is let through while it is on the allow list, or the firewall is off", () => {
    const edges = new Edges();
    spend(edges, busy);
    edges.switches.set("firewall", false);
    expect(edges.send(busy)).toBe("forward");
    edges.switches.set("firewall", true);
    const address = new Uint32Array([0, 0, 0xffff, 0xc633_6407]);
    edges.lists.addAddress(address, 128, ALLOW, 0, NOW);
    expect(edges.send(busy)).toBe("forward");
  });
});
