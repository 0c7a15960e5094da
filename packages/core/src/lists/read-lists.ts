import type { CompiledApi } from "../policy/compiled-api.ts";
import type { RequestView } from "../request/request-view.ts";
import { ALLOW } from "./list-flags.ts";

/** The lists as a decision asks them. All answers are `ALLOW` and deny bits, 0 for «not listed». */
export interface ListReader {
  /** Looks up the address itself and every listed range that holds it. Asked first of a request. */
  addressFlags(address: Uint32Array, nowSeconds: number): number;
  /**
   * Looks up one identifier. `kind` counts as in `IDENTIFIER_KINDS`. The 128-bit key it is listed
   * under is written to `keys` from `kind * 4` on. The token comes before the others.
   */
  identifierFlags(
    kind: number,
    name: string,
    value: string,
    nowSeconds: number,
    keys: Int32Array,
  ): number;
  /**
   * Looks up the user that the token or cookie of `request` belongs to, asked last and only where the
   * request names none. Left out: nobody knows more of a user than requests say.
   */
  learnedUserFlags?(request: RequestView, nowSeconds: number): number;
}

export const TOKEN = 0;
export const COOKIE = 1;
export const API_KEY = 3;
export const USERNAME = 4;

/** What the lists say of any identifier of an identified request: blocked by one is blocked. */
export function readLists(
  request: RequestView,
  api: CompiledApi,
  lists: ListReader,
  nowSeconds: number,
): number {
  const { keys } = request;
  let flags = lists.addressFlags(request.address, nowSeconds);
  if (request.token !== "") {
    flags |= lists.identifierFlags(TOKEN, "", request.token, nowSeconds, keys);
  }
  if (request.session !== "") {
    flags |= lists.identifierFlags(COOKIE, api.cookie, request.session, nowSeconds, keys);
  }
  if (request.apiKey !== "") {
    flags |= lists.identifierFlags(API_KEY, api.apiKeyName, request.apiKey, nowSeconds, keys);
  }
  if (request.username !== "") {
    const named = lists.identifierFlags(USERNAME, "", request.username, nowSeconds, keys);
    // Whoever may write any name into a token of his own could write that of an allowed user.
    flags |= request.usernameVerified ? named : named & ~ALLOW;
  } else if (request.token !== "" || request.session !== "") {
    flags |= lists.learnedUserFlags?.(request, nowSeconds) ?? 0;
  }
  return flags;
}
