import { type Credentials, parseAuthorization } from "../headers/authorization.ts";
import { findCookie } from "../headers/cookie.ts";
import type { FoundValue, Lookup } from "../headers/lookup.ts";

/**
 * Reads what identifies a client out of the values of header fields. A client sends the same ones again and
 * again: whoever remembers what came of them need not read them anew.
 */
export interface HeaderReader {
  /** As `parseAuthorization`. Asked first of each request; `value` is empty where it has no such field. */
  authorization(
    value: string,
    schemes: readonly string[],
    out: Credentials,
  ): Exclude<Lookup, "repeated">;
  /** As `findCookie`. */
  cookie(header: string, name: string, out: FoundValue): Lookup;
}

/** Remembers nothing. */
export const PLAIN_HEADERS: HeaderReader = {
  authorization: parseAuthorization,
  cookie: findCookie,
};
