import {
  attachPolicy,
  compilePolicy,
  type DecisionContext,
  denyFlag,
  evaluate,
  hashIdentifier,
  IDENTIFIER_KINDS,
  KEY_WORDS,
  NO_CLAIMS,
  parseApiDefinition,
  type Policy,
  type RequestView,
  SINGLE_ADDRESSES,
  type Verdict,
} from "@portcullis/core";
import {
  AddressRecords,
  ClientSpikes,
  Enforcer,
  Evidence,
  type EvidenceRules,
  OffenceBacklog,
  SeenIdentities,
  SharedSwitches,
} from "@portcullis/engine";

import { apiDefinitions } from "../workload/api-definitions.ts";
import type { FilledLists } from "../workload/filled-lists.ts";
import type { Scenario } from "./scenarios.ts";

const UPSTREAM = { host: "127.0.0.1", port: 9100 };
const TOKEN_CACHE_BYTES = 16 * 1024 * 1024;
const NOW_SECONDS = 1_800_000_000;

/** A way of deciding that is measured. */
export interface Decider {
  readonly name: string;
  decide(view: RequestView): Verdict;
}

/** The 64 APIs of the workload, all of them with a decoy. */
export function workloadPolicy(): Policy {
  const definitions = apiDefinitions(UPSTREAM, Number.POSITIVE_INFINITY).map(({ id, json }) => {
    const parsed = parseApiDefinition(id, json);
    if (!parsed.ok) throw new TypeError(parsed.issues[0]?.problem);
    return parsed.value;
  });
  const compiled = compilePolicy(definitions);
  if (!compiled.ok) throw new TypeError(compiled.issues[0]?.problem);
  return attachPolicy(compiled.value);
}

/** `core` alone: every identifier is hashed and looked up anew. */
export function coreDecider(policy: Policy, filled: FilledLists): Decider {
  const { lists } = filled;
  const context: DecisionContext = { policy, lists, claims: NO_CLAIMS, firewall: true };
  return { name: "core evaluate", decide: (view) => evaluate(view, context, NOW_SECONDS) };
}

/** Nobody offends here. */
const NO_RULES: EvidenceRules = {
  unprovenLimit: 0,
  listedLimit: 1,
  sharedIdentities: 0,
  sharedOffences: 0,
  sharedSeconds: 0,
  sparesCrossSite: true,
};

/** As an edge thread decides: with the token cache, and the user name out of the JWT. */
export function engineDecider(policy: Policy, filled: FilledLists): Decider {
  const switches = new SharedSwitches();
  switches.set("firewall", true);
  const enforcer = new Enforcer({
    policy,
    lists: filled.lists,
    hashKey: filled.key,
    switches,
    backlog: new OffenceBacklog(),
    spikes: new ClientSpikes(filled.key),
    denialScope: SINGLE_ADDRESSES,
    evidence: new Evidence(
      NO_RULES,
      new SeenIdentities(),
      new AddressRecords(filled.key, SINGLE_ADDRESSES),
    ),
    tokenCacheBytes: TOKEN_CACHE_BYTES,
    onOffence: () => undefined,
  });
  return {
    name: "engine Enforcer",
    decide: (view) => enforcer.decide(view, NOW_SECONDS * 1000),
  };
}

/** Puts on the lists whom `scenario` wants there. */
export function denyFor(
  scenario: Scenario,
  filled: FilledLists,
  views: readonly RequestView[],
): void {
  const flag = denyFlag("manual");
  const keys = new Int32Array(KEY_WORDS);
  views.forEach((view, index) => {
    if (scenario.denied === "ip") filled.lists.addAddress(view.address, 128, flag, 0, 0);
    if (scenario.denied !== "token") return;
    const token = scenario.clients[index]?.token ?? "";
    hashIdentifier(filled.key, IDENTIFIER_KINDS.indexOf("token"), "", token, keys, 0);
    filled.add(keys);
  });
}
