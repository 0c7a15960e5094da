import { blameOf } from "../identity/blame.ts";
import {
  IDENTIFIER_KINDS,
  type IdentifierKind,
  type OffenceSource,
} from "../identity/client-identifier.ts";
import type { DenialScope } from "../identity/denial-scope.ts";
import { KEY_WORDS, type RequestView } from "../request/request-view.ts";
import type { ClientLists } from "./client-lists.ts";
import { denyFlag } from "./list-flags.ts";

const NEVER_EXPIRES = 0;

/**
 * Denies whoever takes the blame for `offence`, on every thread that shares `lists`, and returns
 * what he was denied by; `undefined` if nobody can be blamed.
 *
 * `scope` says how much of an address is denied. `request` is one that `evaluate` has just decided
 * over these lists. Lists that are full or locked stay as they are: the offender is blocked each time
 * he offends, but not remembered.
 */
export function denyOffender(
  request: RequestView,
  offence: OffenceSource,
  lists: ClientLists,
  scope: DenialScope,
  nowSeconds: number,
): IdentifierKind | undefined {
  const kind = blameOf(request, offence);
  if (kind !== undefined) {
    denyIdentifier(request, kind, offence, lists, scope, NEVER_EXPIRES, nowSeconds);
  }
  return kind;
}

/** Denies one identifier of `request` for `offence` until `expiry`, a unix second or 0 for ever. */
export function denyIdentifier(
  request: RequestView,
  kind: IdentifierKind,
  offence: OffenceSource,
  lists: ClientLists,
  scope: DenialScope,
  expiry: number,
  nowSeconds: number,
): void {
  const flag = denyFlag(offence);
  if (kind === "ip") {
    const { address } = request;
    lists.addAddress(address, scope.prefixOf(address), flag, expiry, nowSeconds);
  } else {
    const offset = IDENTIFIER_KINDS.indexOf(kind) * KEY_WORDS;
    lists.add(request.keys, offset, flag, expiry, nowSeconds);
  }
}
