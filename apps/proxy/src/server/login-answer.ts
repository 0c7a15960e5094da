import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";

import { type CompiledApi, COOKIE, matchesMediaType } from "@portcullis/core";
import { type IssuedIdentity, LearnedUsers } from "@portcullis/engine";
import { claimText, readJsonObject } from "@portcullis/token-pool";
import type { AnswerHead } from "@portcullis/upstream";

import { removesCookie } from "./removes-cookie.ts";

/** Of an answer in JSON, as it comes and decoded. */
const MOST_BYTES = 64 * 1024;
const DECODED = { maxOutputLength: MOST_BYTES };

type Head = Pick<AnswerHead, "count" | "pairs" | "status">;

/** What the answer to a login gives its client to be known by. */
export class LoginAnswer {
  readonly #api: CompiledApi;
  /** The cookie that the client came with: a server may go on with it. */
  readonly #session: string;
  #isGood = false;
  #cookie = "";
  #coding = "";
  #pieces: Uint8Array[] | undefined = undefined;
  #bytes = 0;

  constructor(api: CompiledApi, session: string) {
    this.#api = api;
    this.#session = session;
  }

  /** Takes the head; returns the cookie that is the user's from then on. */
  takeHead(head: Head): IssuedIdentity | undefined {
    this.#isGood = head.status >= 200 && head.status < 400;
    if (!this.#isGood) return undefined;
    this.#readFields(head);
    const value = this.#cookie === "" ? this.#session : this.#cookie;
    const seconds = this.#api.definition.cookieIdleTimeoutSeconds;
    return value === "" ? undefined : { kind: COOKIE, name: this.#api.cookie, value, seconds };
  }

  /** Takes a copy of a piece of the body; returns the token that is the user's, with the last one. */
  takeBody(piece: Uint8Array, isLast: boolean): IssuedIdentity | undefined {
    if (this.#pieces === undefined) return undefined;
    this.#bytes += piece.length;
    if (this.#bytes > MOST_BYTES) this.#pieces = undefined;
    else this.#pieces.push(new Uint8Array(piece));
    if (!isLast || this.#pieces === undefined) return undefined;
    const token = tokenIn(decoded(Buffer.concat(this.#pieces), this.#coding));
    return token === "" ? undefined : LearnedUsers.token(token);
  }

  #readFields({ count, pairs }: Head): void {
    let isJson = false;
    for (let at = 0; at < 2 * count; at += 2) {
      const value = pairs[at + 1] ?? "";
      if (pairs[at] === "set-cookie") this.#readCookie(value);
      else if (pairs[at] === "content-encoding") this.#coding = value.trim().toLowerCase();
      else if (pairs[at] === "content-type") isJson = matchesMediaType(value, "application/json");
    }
    if (isJson) this.#pieces = [];
  }

  /** RFC 6265, 5.2: the value is what stands between the first `=` and the first semicolon. */
  #readCookie(field: string): void {
    const { cookie } = this.#api;
    const [pair = ""] = field.split(";", 1);
    const equals = pair.indexOf("=");
    if (cookie === "" || pair.slice(0, Math.max(0, equals)).trim() !== cookie) return;
    if (!removesCookie(field, cookie, Date.now()))
      this.#cookie = unquoted(pair.slice(equals + 1).trim());
  }
}

/** The token of an OAuth 2 answer (RFC 6749, 5.1); empty where there is none. */
function tokenIn(body: Buffer | undefined): string {
  const members = body && readJsonObject(body.toString("utf8"));
  return (members && claimText(members, "access_token", false)) ?? "";
}

/** `undefined`: in a coding that is not known, or more than a login is answered with. */
function decoded(body: Buffer, coding: string): Buffer | undefined {
  try {
    if (coding === "" || coding === "identity") return body;
    if (coding === "gzip" || coding === "x-gzip") return gunzipSync(body, DECODED);
    if (coding === "br") return brotliDecompressSync(body, DECODED);
    return coding === "deflate" ? inflateSync(body, DECODED) : undefined;
  } catch {
    return undefined;
  }
}

/** As clients send it back: the quotes are no part of the session. */
function unquoted(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"')
    ? value.slice(1, -1)
    : value;
}
