import type { BlockReason, RejectReason, Verdict } from "@portcullis/core";
import type { Identities } from "@portcullis/engine";
import type { UpstreamFault } from "@portcullis/upstream";

import type { AddressKey } from "./address-key.ts";
import type { LoginAttempt } from "./login-attempt.ts";

/** What became of a forwarded request: the columns of `UPSTREAM_OUTCOMES`. */
export const OUTCOME = { answered: 0, badGateway: 1, timeout: 2, gone: 3, overload: 4 } as const;

const NO_KEYS: readonly number[] = Object.freeze([]);

/**
 * What one request leaves behind: the one record that the access log and the metrics are made of.
 *
 * Copied out of the request view at once, because the view is the next request's long before a
 * forwarded request is over.
 */
export class RequestFacts {
  atMs = 0;
  /** Of the clock that never jumps, in milliseconds. */
  startedAt = 0;
  decidedAt = 0;
  requestId = "";
  addressKey: AddressKey = "";
  ip = "";
  method = "";
  host = "";
  path = "";
  api = "";
  /** Row of the API's counters. */
  row = 0;
  verdict: Verdict["kind"] = "forward";
  reason: BlockReason | RejectReason | "" = "";
  status = 0;
  bytesIn = 0;
  bytesOut = 0;
  /** Label of what went wrong at the upstream. */
  fault = "";
  /** What is to be learned from the answer: token and cookie that no upstream has taken yet. */
  identities: Identities | undefined = undefined;
  /** What comes in and goes out while a user logs in. */
  login: LoginAttempt | undefined = undefined;
  /** The client got less than was announced. */
  isCut = false;
  /** Which identifiers the client showed, and their keyed hashes: as in an `AccessRecord`. */
  identified = 0;
  keys: readonly number[] = NO_KEYS;
}

/** What becomes of a request whose upstream has failed. */
export function outcomeOf({ status }: UpstreamFault): number {
  if (status === 504) return OUTCOME.timeout;
  return status === 503 ? OUTCOME.overload : OUTCOME.badGateway;
}
