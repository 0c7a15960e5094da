import { type RequestView, SINGLE_ADDRESSES } from "@portcullis/core";
import { describe, expect, test } from "vitest";

import { AddressRecords } from "../src/address-records.ts";
import type { Enforcer, Offence } from "../src/enforcer.ts";
import type { EvidenceRules, Identities } from "../src/evidence.ts";
import { SeenIdentities } from "../src/seen-identities.ts";
import {
  attachLists,
  enforcerOf,
  evidenceOf,
  type Given,
  hashKey,
  NOW_MS,
  policyOf,
  RULES,
  viewOf,
} from "./engine-fixture.ts";

const policy = policyOf({
  shop: {
    url: "/shop",
    oauth2_access_token: true,
    cookie: "SID",
    cookie_idle_timeout: "10m",
    logout_api_enabled: true,
    api_pattern_enforcement: { methods_allowed: ["GET"] },
    decoy_config: { decoy_enabled: true, decoy_subpaths: ["/shop/root"] },
  },
});

/** Two edges over shared memory. */
class Installation {
  readonly offences: Offence[] = [];
  readonly seen = new SeenIdentities();
  readonly records = new AddressRecords(hashKey(), SINGLE_ADDRESSES);
  readonly lists = attachLists();
  readonly #edges;
  nowMs = NOW_MS;

  constructor(rules: Partial<EvidenceRules> = {}) {
    this.#edges = [0, 1].map(() =>
      enforcerOf(policy, {
        lists: this.lists,
        evidence: evidenceOf(
          rules,
          new SeenIdentities(this.seen.buffer),
          new AddressRecords(hashKey(), SINGLE_ADDRESSES, this.records.buffer),
        ),
        onOffence: (offence) => this.offences.push(offence),
      }),
    );
  }

  edge(number: number): Enforcer {
    const edge = this.#edges[number];
    if (edge === undefined) throw new TypeError("no such edge");
    return edge;
  }

  /** A request that is let in, and what is to be remembered of it. */
  admit(given: Given, edge = 0): Identities | undefined {
    const view = viewOf(given, policy);
    const { kind } = this.edge(edge).decide(view, this.nowMs);
    if (kind !== "forward") throw new Error(`not let in: ${kind}`);
    return this.edge(edge).noteRequest(view, this.nowMs);
  }

  /** A request that the upstream takes. */
  serve(given: Given, edge = 0): void {
    const identities = this.admit(given, edge);
    if (identities !== undefined) this.edge(edge).succeeded(identities, this.nowMs);
  }

  /** What comes of an offence: who is denied for it, and why. */
  offend(given: Given, edge = 0, change: (view: RequestView) => void = () => undefined): string {
    const before = this.offences.length;
    const view = viewOf({ method: "PUT", ...given }, policy);
    change(view);
    const verdict = this.edge(edge).decide(view, this.nowMs);
    const offence = this.offences[before];
    if (offence === undefined) return "reason" in verdict ? verdict.reason : verdict.kind;
    const { client, expiresAt, isDenied, reason } = offence;
    const who = isDenied ? client.kind : "nobody";
    return expiresAt === 0 ? `${who} ${reason}` : `${who} ${reason} until ${expiresAt}`;
  }
}

const COOKIE = "SID=s-1";
const probe: Given = { method: "GET", path: "/shop/root" };

const sharedBy = (users: number, rules: Partial<EvidenceRules> = {}): Installation => {
  const given = new Installation({ sharedIdentities: 10, sharedOffences: 3, ...rules });
  for (let i = 0; i < users; i++) given.serve({ token: `user-${i}` }, i % 2);
  return given;
};

const byProxy = (view: RequestView): void => {
  view.isSharedAddress = true;
};
const crossSite = (view: RequestView): void => {
  view.isCrossSite = true;
};

describe("an identity is denied on its own evidence", () => {
  test("that it was seen to succeed is written down, whichever edge saw it", () => {
    const given = new Installation();
    given.serve({ token: "t-1" }, 0);
    expect(given.offend({ token: "t-1" }, 1)).toBe("token seen");
    expect(given.offend({ token: "t-2" }, 1)).toBe("token never-seen");
  });

  test("what the upstream did not take is not seen", () => {
    const given = new Installation();
    expect(given.admit({ token: "t-1" })).toBeDefined();
    expect(given.offend({ token: "t-1" })).toBe("token never-seen");
  });

  test("what has been seen is not to be remembered again", () => {
    const given = new Installation();
    given.serve({ token: "t-1" });
    expect(given.admit({ token: "t-1" }, 1)).toBeUndefined();
  });

  test("a cookie is forgotten after its idle time, and not before", () => {
    const given = new Installation();
    given.serve({ cookie: COOKIE });
    for (let minutes = 0; minutes < 30; minutes += 9) {
      given.nowMs += 9 * 60_000;
      given.serve({ cookie: COOKIE });
    }
    given.nowMs += 599_000;
    expect(given.offend({ cookie: COOKIE })).toBe("cookie seen");
    const other = new Installation();
    other.serve({ cookie: COOKIE });
    other.nowMs += 600_000;
    expect(other.offend({ cookie: COOKIE })).toBe("cookie never-seen");
  });

  test("a cookie is forgotten at logout, its token is not", () => {
    const given = new Installation();
    given.serve({ cookie: COOKIE, token: "t-1" });
    const identities = given.admit({ cookie: COOKIE, token: "t-1" });
    if (identities === undefined) throw new Error("a logout would go unseen");
    given.edge(0).loggedOut(identities, given.nowMs);
    expect(given.offend({ cookie: COOKIE }, 1)).toBe("cookie never-seen");
    expect(given.offend({ token: "t-1" }, 1)).toBe("token seen");
  });
});

describe("a client that changes its identity with every request (I16, I17)", () => {
  test("is denied by its address", () => {
    const given = new Installation();
    const came = Array.from({ length: 8 }, (_, i) => given.offend({ token: `t-${i}` }, i % 2));
    expect(came).toEqual([
      ...Array.from({ length: RULES.unprovenLimit }, () => "token never-seen"),
      "ip rotating",
      "deny-list",
      "deny-list",
    ]);
  });

  test("is denied by its address though it changes between tokens and cookies", () => {
    const given = new Installation({ unprovenLimit: 2 });
    expect(given.offend({ token: "t-1" })).toBe("token never-seen");
    expect(given.offend({ cookie: "SID=s-1" })).toBe("cookie never-seen");
    expect(given.offend({ token: "t-2" })).toBe("ip rotating");
  });

  test("is not taken for another one at the next address, nor in the next hour", () => {
    const given = new Installation({ unprovenLimit: 1 });
    expect(given.offend({ token: "t-1" })).toBe("token never-seen");
    expect(given.offend({ token: "t-2", ip: "198.51.100.8" })).toBe("token never-seen");
    given.nowMs += 3_600_000;
    expect(given.offend({ token: "t-3" })).toBe("token never-seen");
    expect(given.offend({ token: "t-4" })).toBe("ip rotating");
  });

  test("cannot fill the lists, though an upstream takes every identity it invents", () => {
    const given = new Installation({ listedLimit: 3, sharedIdentities: 0 });
    const offend = (i: number): string => {
      given.serve({ token: `t-${i}` });
      return given.offend({ token: `t-${i}` });
    };
    expect([0, 1, 2, 3].map(offend)).toEqual([
      "token seen",
      "token seen",
      "token seen",
      "ip rotating",
    ]);
  });

  test("takes nobody with it who comes by the same trusted proxy", () => {
    const given = new Installation({ unprovenLimit: 1 });
    expect(given.offend({ token: "t-1" }, 0, byProxy)).toBe("token never-seen");
    expect(given.offend({ token: "t-2" }, 0, byProxy)).toBe("nobody rotating");
  });

  test("is not denied by its address where that is switched off", () => {
    const given = new Installation({ unprovenLimit: 0 });
    for (let i = 0; i < 20; i++) expect(given.offend({ token: `t-${i}` })).toBe("token never-seen");
  });
});

describe("an address that many share (I5)", () => {
  test("is spared first, and then denied for a while", () => {
    const given = sharedBy(20);
    const until = NOW_MS / 1000 + RULES.sharedSeconds;
    expect([1, 2, 3, 4].map(() => given.offend(probe))).toEqual([
      "nobody shared-address",
      "nobody shared-address",
      "nobody shared-address",
      `ip shared-address until ${until}`,
    ]);
    expect(given.offend({})).toBe("deny-list");
    given.nowMs += RULES.sharedSeconds * 1000;
    given.serve({ token: "user-1" });
  });

  test("does not spare the identity that offends from it", () => {
    const given = sharedBy(20);
    expect(given.offend({ token: "user-1" })).toBe("token seen");
    given.serve({ token: "user-2" });
  });

  test.for([
    { name: "of a few users", given: () => sharedBy(3), want: "ip address" },
    {
      name: "of users that no upstream takes",
      given: () => {
        const installation = sharedBy(0);
        for (let i = 0; i < 20; i++) installation.admit({ token: `user-${i}` });
        return installation;
      },
      want: "ip address",
    },
    {
      name: "of one user who comes again and again",
      given: () => {
        const installation = sharedBy(0);
        for (let i = 0; i < 20; i++) installation.serve({ token: "user-1" });
        return installation;
      },
      want: "ip address",
    },
    {
      name: "of many users, where none is shared",
      given: () => sharedBy(20, { sharedIdentities: 0 }),
      want: "ip address",
    },
    {
      name: "of many users, yesterday",
      given: () => {
        const installation = sharedBy(20);
        installation.nowMs += 86_400_000;
        return installation;
      },
      want: "ip address",
    },
  ])("is no address $name", ({ given, want }) => {
    expect(given().offend(probe)).toBe(want);
  });
});

describe("a decoy that somebody else's page asks for (D2)", () => {
  test("is recorded and denies nobody", () => {
    const given = new Installation();
    expect(given.offend(probe, 0, crossSite)).toBe("nobody cross-site");
    expect(
      given.offend(probe, 0, (view) => {
        view.isPrefetch = true;
      }),
    ).toBe("nobody cross-site");
  });

  test.for<{ name: string; request: Given; rules?: Partial<EvidenceRules>; want: string }>([
    {
      name: "by a method that no link has",
      request: { ...probe, method: "POST" },
      want: "ip address",
    },
    {
      name: "where that is switched off",
      request: probe,
      rules: { sparesCrossSite: false },
      want: "ip address",
    },
    { name: "for what is no decoy", request: { token: "t-1" }, want: "token never-seen" },
  ])("denies all the same $name", ({ request, rules = {}, want }) => {
    expect(new Installation(rules).offend(request, 0, crossSite)).toBe(want);
  });
});

test("memory is bounded: of more identities than there is room for, the oldest are forgotten", () => {
  const seen = new SeenIdentities();
  const keys = new Int32Array(4);
  const key = (i: number): Int32Array => {
    keys.set([Math.imul(i, 0x9e37_79b1), i, ~i, 7]);
    return keys;
  };
  const count = 200_000;
  for (let i = 0; i < count; i++) seen.remember(key(i), 0, 1000, 2000 + i);
  const found = (from: number, to: number): number => {
    let hits = 0;
    for (let i = from; i < to; i++) if (seen.has(key(i), 0, 1000)) hits++;
    return hits;
  };
  expect(found(0, 10_000)).toBe(0);
  expect(found(count - 10_000, count)).toBe(10_000);
});
