import { blameOf } from "../identity/blame.ts";
import {
  IDENTIFIER_KINDS,
  type IdentifierKind,
  type OffenceSource,
} from "../identity/client-identifier.ts";
import { KEY_WORDS, type RequestView } from "../request/request-view.ts";
import { type ClientLists } from "./client-lists.ts";
import { denyFlag } from "./list-flags.ts";

const WHOLE_ADDRESS = 128;
const NEVER_EXPIRES = 0;

/**
 * Denies whoever takes the blame for `offence`, on every thread that shares `lists`, and returns
 * what he was denied by; `undefined` if nobody can be blamed.
 *
 * `request` is one that `evaluate` has just decided over these lists. Lists that are full or locked
 * stay as they are: the offender is blocked each time he offends, but not remembered.
 */
export function denyOffender(
  request: RequestView,
  offence: OffenceSource,
  lists: ClientLists,
  nowSeconds: number,
): IdentifierKind | undefined {
  const kind = blameOf(request, offence);
  if (kind === undefined) return undefined;
  const flag = denyFlag(offence);
  if (kind === "ip") {
    lists.addAddress(request.address, WHOLE_ADDRESS, flag, NEVER_EXPIRES, nowSeconds);
  } else {
    const offset = IDENTIFIER_KINDS.indexOf(kind) * KEY_WORDS;
    lists.add(request.keys, offset, flag, NEVER_EXPIRES, nowSeconds);
  }
  return kind;
}
