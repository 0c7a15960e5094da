import { API_KEY, COOKIE, KEY_WORDS, type RequestView, TOKEN, USERNAME } from "@portcullis/core";

/** What the lists say of a client whose connection is open. */
export type Standing = "allowed" | "denied" | "unlisted";

/**
 * Who is at the other end of an open connection: copied out of the request that opened it, so that
 * the lists can be asked again as long as it lasts. Holds keyed hashes and no values.
 */
export class OpenClient {
  readonly address: Uint32Array = new Uint32Array(4);
  /** The keys of the identifiers it named, `KEY_WORDS` words each. */
  readonly keys: Int32Array;

  /** `request` has been decided. */
  constructor(request: RequestView) {
    this.address.set(request.address);
    const kinds: number[] = [];
    if (request.token !== "") kinds.push(TOKEN);
    if (request.session !== "") kinds.push(COOKIE);
    if (request.apiKey !== "") kinds.push(API_KEY);
    if (request.username !== "" || request.hasLearnedUsername) kinds.push(USERNAME);
    this.keys = new Int32Array(kinds.length * KEY_WORDS);
    kinds.forEach((kind, at) => {
      const from = kind * KEY_WORDS;
      this.keys.set(request.keys.subarray(from, from + KEY_WORDS), at * KEY_WORDS);
    });
  }
}
