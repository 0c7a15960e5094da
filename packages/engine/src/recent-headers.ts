import {
  type Credentials,
  findCookie,
  type FoundValue,
  type HeaderReader,
  type Lookup,
  parseAuthorization,
} from "@portcullis/core";

import type { TokenCache, TokenEntry } from "./token-cache.ts";

/**
 * Knows the fields again that came with a token before: to compare one with what it was costs a fraction of
 * reading it. What it says of a field is what reading it would say.
 */
export class RecentHeaders implements HeaderReader {
  readonly #tokens: TokenCache;
  /** Of the token that the request under way has shown, if it is known. */
  #entry: TokenEntry | undefined = undefined;

  constructor(tokens: TokenCache) {
    this.#tokens = tokens;
  }

  authorization(
    value: string,
    schemes: readonly string[],
    out: Credentials,
  ): Exclude<Lookup, "repeated"> {
    const shown = value === "" ? undefined : this.#tokens.entryShownBy(value, schemes);
    this.#entry = shown;
    if (shown !== undefined) {
      out.scheme = shown.shown.schemeIn(value, schemes) ?? "";
      // Not the text that was just read: the same one each time is compared without a look at it.
      out.token = shown.token;
      return "found";
    }
    const outcome = parseAuthorization(value, schemes, out);
    if (outcome === "found") this.#note(value, schemes, out);
    return outcome;
  }

  cookie(header: string, name: string, out: FoundValue): Lookup {
    const entry = this.#entry;
    const known = entry?.shown.cookieIn(header, name);
    if (known !== undefined) {
      out.value = known;
      return "found";
    }
    const outcome = findCookie(header, name, out);
    if (entry !== undefined && outcome === "found") {
      const before = entry.bytes;
      entry.shown.noteCookie(header, name, out.value);
      this.#tokens.grown(entry.bytes - before);
    }
    return outcome;
  }

  /** A token that nobody has asked for yet is not remembered on account of its field. */
  #note(value: string, schemes: readonly string[], { scheme, token }: Credentials): void {
    const entry = this.#tokens.knownEntry(token);
    this.#entry = entry;
    if (entry === undefined) return;
    const before = entry.bytes;
    entry.showBy(value, schemes, scheme, token);
    this.#tokens.grown(entry.bytes - before);
  }
}
