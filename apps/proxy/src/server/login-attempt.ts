import type { CompiledApi, RequestView } from "@portcullis/core";

import { LoginAnswer } from "./login-answer.ts";
import { type MediaKind, mediaKindOf, readLoginName } from "./login-body.ts";
import type { RequestReader } from "./request-reader.ts";

/** In the lines of a head. */
const CONTENT_CODING = /^content-encoding:(?![ \t]*identity[ \t]*\r$)/im;
/** A login names a user and a password. */
const MOST_BYTES = 16 * 1024;

/** What is to be done with a piece of a login's body: wait for more, refuse the request, or send all of it. */
export type LoginStep = "more" | "too-large" | "unreadable" | "complete";

/**
 * One login under way: its body is kept back until the user's name has been read in the one way that
 * it can be read, and its answer is watched for what it gives the client.
 */
export class LoginAttempt {
  readonly answer: LoginAnswer;
  /** The name as it was typed; empty: the body names nobody. */
  username = "";
  readonly #kind: MediaKind | undefined;
  readonly #field: string;
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;

  private constructor(view: RequestView, api: CompiledApi, field: string, isEncoded: boolean) {
    this.#kind = isEncoded ? undefined : mediaKindOf(view.contentType);
    this.#field = field;
    this.answer = new LoginAnswer(api, view.session);
  }

  /** `undefined`: the request in the reader is no login. */
  static of({ head, view }: Pick<RequestReader, "head" | "view">): LoginAttempt | undefined {
    const { api } = view;
    if (api === undefined || !view.hasBody()) return undefined;
    const { loginUrl, loginUsername } = api.definition;
    if (loginUrl === undefined || loginUsername === undefined) return undefined;
    if (!isSamePage(view.path, loginUrl)) return undefined;
    const isEncoded = CONTENT_CODING.test(head);
    return new LoginAttempt(view, api, loginUsername, isEncoded);
  }

  /** The body, once it is complete. */
  get body(): Uint8Array {
    return Buffer.concat(this.#pieces);
  }

  /** Takes a copy of a piece of the body. */
  take(chunk: ArrayBuffer, isLast: boolean): LoginStep {
    this.#bytes += chunk.byteLength;
    if (this.#bytes > MOST_BYTES) return "too-large";
    this.#pieces.push(new Uint8Array(chunk.slice(0)));
    if (!isLast) return "more";
    const name = this.#kind && readLoginName(this.body, this.#kind, this.#field);
    if (name === undefined) return "unreadable";
    this.username = name;
    return "complete";
  }
}

/** Many servers take a path in other case, or with a slash at its end, for the same. */
function isSamePage(path: string, loginUrl: string): boolean {
  const plain = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
  return plain.toLowerCase() === loginUrl.toLowerCase();
}
