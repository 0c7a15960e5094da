import {
  allocateLists,
  ClientLists,
  type ClientIdentifier,
  compileHashKey,
  type HashKey,
  hashIdentifier,
  IDENTIFIER_KINDS,
  type ListBuffers,
  parseAddress,
  parsePolicy,
  type Policy,
  readNodeRequest,
  RequestView,
  SINGLE_ADDRESSES,
} from "@portcullis/core";

import { AddressRecords } from "../src/address-records.ts";
import { ClientSpikes } from "../src/client-spikes.ts";
import { Enforcer, type EnforcerOptions, type Offence } from "../src/enforcer.ts";
import { Evidence, type EvidenceRules } from "../src/evidence.ts";
import { OffenceBacklog } from "../src/offence-backlog.ts";
import { SeenIdentities } from "../src/seen-identities.ts";
import { SharedSwitches } from "../src/shared-switches.ts";

export const NOW_MS = 1_800_000_000_000;
export const NOW = NOW_MS / 1000;

/** The same on every thread of an installation; its scratch memory is each thread's own. */
export function hashKey(): HashKey {
  return compileHashKey(Uint8Array.from({ length: 16 }, (_, i) => i * 11));
}

/** One thread's hand on the lists in `buffers`. */
export function attachLists(buffers: ListBuffers = allocateLists(1024), writerId = 1): ClientLists {
  return new ClientLists({ key: hashKey(), buffers, writerId });
}

/** The rules of a new installation. */
export const RULES: EvidenceRules = {
  unprovenLimit: 5,
  listedLimit: 100,
  sharedIdentities: 10,
  sharedOffences: 20,
  sharedSeconds: 300,
  sparesCrossSite: true,
};

/** What one thread knows of identities and addresses. */
export function evidenceOf(
  rules: Partial<EvidenceRules> = {},
  seen = new SeenIdentities(),
  addresses = new AddressRecords(hashKey(), SINGLE_ADDRESSES),
): Evidence {
  return new Evidence({ ...RULES, ...rules }, seen, addresses);
}

export function switchesOf(firewall: boolean, detection: boolean): SharedSwitches {
  const switches = new SharedSwitches();
  switches.set("firewall", firewall);
  switches.set("ase_detected_attack", detection);
  return switches;
}

/** A policy of these APIs, each with what its `api_metadata` says. */
/** One that enforces and detects, with memory of its own but for what is `given`. */
export function enforcerOf(policy: Policy, given: Partial<EnforcerOptions> = {}): Enforcer {
  return new Enforcer({
    policy,
    lists: attachLists(),
    hashKey: hashKey(),
    switches: switchesOf(true, true),
    backlog: new OffenceBacklog(),
    spikes: new ClientSpikes(hashKey()),
    denialScope: SINGLE_ADDRESSES,
    evidence: evidenceOf(),
    tokenCacheBytes: 100_000,
    onOffence: () => undefined,
    ...given,
  });
}

export function policyOf(
  apis: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): Policy {
  const servers = [{ host: "127.0.0.1", port: 8080 }];
  const definitions = Object.entries(apis).map(([id, metadata]) => [
    id,
    { api_metadata: { hostname: "*", servers, ...metadata } },
  ]);
  const policy = parsePolicy(Object.fromEntries(definitions));
  if (!policy.ok) throw new TypeError(JSON.stringify(policy.issues));
  return policy.value;
}

/** One request; what is left out is that of an ordinary GET. */
export interface Given {
  readonly method?: string;
  readonly path?: string;
  readonly ip?: string;
  readonly token?: string;
  readonly cookie?: string;
}

export function viewOf(given: Given, policy: Policy): RequestView {
  const view = new RequestView();
  const rawHeaders = ["Host", "shop.example"];
  if (given.token !== undefined) rawHeaders.push("Authorization", `Bearer ${given.token}`);
  if (given.cookie !== undefined) rawHeaders.push("Cookie", given.cookie);
  const request = {
    method: given.method ?? "GET",
    url: given.path ?? "/shop/cart",
    rawHeaders,
    socket: { remoteAddress: given.ip ?? "198.51.100.7" },
  };
  readNodeRequest(view, request, "http", policy.headerCodes);
  return view;
}

/** What the lists in memory say of one identifier: `ALLOW` and deny bits. */
export function flagsOf(lists: ClientLists, { kind, name, value }: ClientIdentifier): number {
  if (kind === "ip") {
    const address = new Uint32Array(4);
    parseAddress(value, address);
    return lists.addressFlags(address, NOW);
  }
  const keys = new Int32Array(4);
  hashIdentifier(hashKey(), IDENTIFIER_KINDS.indexOf(kind), name, value, keys, 0);
  return lists.flagsOf(keys, 0, NOW);
}

export const tokenOf = (value: string): ClientIdentifier => ({ kind: "token", name: "", value });
export const ipOf = (value: string): ClientIdentifier => ({ kind: "ip", name: "", value });

/** A wrong method by a token; a row says what differs. */
export function offence(given: Partial<Offence> = {}): Offence {
  return {
    at: NOW_MS,
    api: "shop",
    source: "method",
    client: tokenOf("mallory"),
    ip: "198.51.100.7",
    method: "PUT",
    path: "/shop/cart",
    requestId: "r-1",
    isDenied: true,
    expiresAt: 0,
    reason: "never-seen",
    ...given,
  };
}
