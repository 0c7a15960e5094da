import { performance } from "node:perf_hooks";

import {
  API_KEY,
  COOKIE,
  KEY_WORDS,
  type RequestView,
  TOKEN,
  USERNAME,
  type Verdict,
} from "@portcullis/core";
import { type Counters, NO_API_ROW } from "@portcullis/engine";
import { type AccessLog, AccessRecord } from "@portcullis/logs";

import { AddressTexts } from "./address-texts.ts";
import { OUTCOME, RequestFacts } from "./request-facts.ts";

/** Records every request of one edge once: in the counters, and as a line of the access log. */
export class Recorder {
  readonly addresses: AddressTexts = new AddressTexts();
  readonly #counters: Counters;
  readonly #log: AccessLog | undefined;
  readonly #record = new AccessRecord();
  #rows: readonly number[];

  /** `rows`: the counter row of each API of the policy. Without `log` only the counters are kept. */
  constructor(counters: Counters, log: AccessLog | undefined, rows: readonly number[]) {
    this.#counters = counters;
    this.#log = log;
    this.#rows = rows;
  }

  /** Takes the rows of a new policy. */
  replaceRows(rows: readonly number[]): void {
    this.#rows = rows;
  }

  /** Counts a decision and copies what is worth remembering out of the view. */
  decided(view: RequestView, verdict: Verdict, atMs: number, startedAt: number): RequestFacts {
    const facts = new RequestFacts();
    const { api } = view;
    facts.atMs = atMs;
    facts.startedAt = startedAt;
    facts.decidedAt = performance.now();
    facts.requestId = view.requestId;
    facts.method = view.method;
    facts.verdict = verdict.kind;
    facts.reason = "reason" in verdict ? verdict.reason : "";
    facts.row = api === undefined ? NO_API_ROW : (this.#rows[api.index] ?? NO_API_ROW);
    if (this.#log !== undefined) noteForLog(facts, view, this.addresses);
    this.#counters.countVerdict(facts.row, verdict, (facts.decidedAt - startedAt) * 1000);
    return facts;
  }

  /** A request that was answered here is over. */
  answered(facts: RequestFacts): void {
    this.#counters.countBytes(facts.bytesIn, facts.bytesOut);
    this.#write(facts, 0, performance.now());
  }

  /** A request that was sent upstream is over; `outcome` is one of `OUTCOME`. */
  forwarded(facts: RequestFacts, outcome: number): void {
    const now = performance.now();
    const upstreamUs = (now - facts.decidedAt) * 1000;
    this.#counters.countUpstream(facts.row, outcome, upstreamUs);
    this.#counters.countBytes(facts.bytesIn, facts.bytesOut);
    // nginx's code for a client that left: there is no answer whose status it could be.
    if (outcome === OUTCOME.gone) facts.status = 499;
    this.#write(facts, upstreamUs, now);
  }

  /** The upstream of a WebSocket has agreed: the answer to its request is complete. */
  socketOpened(facts: RequestFacts): void {
    const handshakeUs = (performance.now() - facts.decidedAt) * 1000;
    this.#counters.countUpstream(facts.row, OUTCOME.answered, handshakeUs);
  }

  /** A WebSocket is over; its messages have been counted as they came. */
  socketClosed(facts: RequestFacts): void {
    const now = performance.now();
    this.#write(facts, (now - facts.decidedAt) * 1000, now);
  }

  #write(facts: RequestFacts, upstreamUs: number, now: number): void {
    const log = this.#log;
    if (log === undefined) return;
    const record = this.#record;
    record.timeMs = facts.atMs;
    record.requestId = facts.requestId;
    record.ip = facts.ip;
    record.method = facts.method;
    record.host = facts.host;
    record.path = facts.path;
    record.api = facts.api;
    record.verdict = facts.verdict;
    record.reason = facts.reason === "" ? facts.fault : facts.reason;
    record.status = facts.status;
    record.bytesIn = facts.bytesIn;
    record.bytesOut = facts.bytesOut;
    record.durationUs = Math.round((now - facts.startedAt) * 1000);
    record.decisionUs = Math.round((facts.decidedAt - facts.startedAt) * 1000);
    record.upstreamUs = Math.round(upstreamUs);
    record.identified = facts.identified;
    record.keys = facts.keys;
    log.append(record);
    this.#counters.setLostLines(log.lostLines);
  }
}

function noteForLog(facts: RequestFacts, view: RequestView, addresses: AddressTexts): void {
  facts.ip = addresses.textOf(view.address);
  facts.host = view.host;
  facts.path = view.path;
  facts.api = view.api?.id ?? "";
  // Refused before its identifiers were looked up: the keys in the view are another request's.
  if (view.isMalformed) return;
  facts.identified =
    (view.token === "" ? 0 : 1) |
    (view.session === "" ? 0 : 2) |
    (view.apiKey === "" ? 0 : 4) |
    (view.username === "" && !view.hasLearnedUsername ? 0 : 8);
  if (facts.identified !== 0) facts.keys = loggedKeys(view.keys);
}

/** Two words of each key. An array: one that is typed costs more to make than all else here. */
function loggedKeys(keys: Int32Array): readonly number[] {
  return [
    keys[TOKEN * KEY_WORDS] ?? 0,
    keys[TOKEN * KEY_WORDS + 1] ?? 0,
    keys[COOKIE * KEY_WORDS] ?? 0,
    keys[COOKIE * KEY_WORDS + 1] ?? 0,
    keys[API_KEY * KEY_WORDS] ?? 0,
    keys[API_KEY * KEY_WORDS + 1] ?? 0,
    keys[USERNAME * KEY_WORDS] ?? 0,
    keys[USERNAME * KEY_WORDS + 1] ?? 0,
  ];
}
