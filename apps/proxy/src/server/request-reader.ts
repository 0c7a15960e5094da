import { Buffer } from "node:buffer";

import {
  finishHead,
  type HeaderCodes,
  isNamedIn,
  isPassedOn,
  isWellFormedQuery,
  namesOtherHeaders,
  PASS,
  readAddressBytes,
  readCodedHeader,
  readPath,
  RequestView,
  sameMethod,
} from "@portcullis/core";

import { FieldNames, openingOf } from "./field-names.ts";
import type { UwsRequest } from "./uws.ts";

const DELETE = "\u007f";

/** Of a header line: a colon, a blank and the line's end. */
const SEPARATORS = 4;

/** What a request's head may have. */
export interface HeadLimits {
  /** Header fields. */
  readonly fields: number;
  /** Request line and headers together. */
  readonly bytes: number;
}

/**
 * Reads one request head at a time: fills a request view and, in the same pass over the headers,
 * keeps what goes upstream. Everything it holds is overwritten by the next `read`.
 */
export class RequestReader {
  readonly view: RequestView = new RequestView();
  /** The Host field as it was sent, for its port. */
  rawHost = "";
  /**
   * What goes upstream of the head, one char a byte; written by `complete`. Of the client's own header lines
   * those of framing, Host and hops are left out.
   */
  head = "";

  readonly #limits: HeadLimits;
  readonly #readField: (name: string, value: string) => void;
  readonly #rereadField: (name: string, value: string) => void;
  #codes: HeaderCodes;
  #request: UwsRequest | undefined = undefined;
  #count = 0;
  /** Of the head; a char past ASCII counts as one. The engine of one build sets no limit of its own. */
  #bytes = 0;
  readonly #names: FieldNames;
  /** The openings and values of the fields to pass on, in turn; what is past `#kept` is another request's. */
  readonly #pairs: string[] = [];
  #kept = 0;
  /** Whether a value came empty because it is not UTF-8. */
  #hasBytes = false;
  /** Names whose values are not ASCII, met while reading again. */
  #exactNames: string[] = [];

  constructor(codes: HeaderCodes, limits: HeadLimits) {
    this.#codes = codes;
    this.#limits = limits;
    this.#names = new FieldNames(codes, limits.fields);
    this.#readField = (name, value) => this.#read(name, value);
    this.#rereadField = (name, value) => this.#reread(name, value);
  }

  /** Takes the header codes of a new policy. */
  replaceCodes(codes: HeaderCodes): void {
    this.#codes = codes;
    this.#names.replaceCodes(codes);
  }

  /** Reads what a decision needs of a request of `peer`, an address's bytes. What is ambiguous by then stands in `view.isMalformed`. */
  read(peer: ArrayBuffer, req: UwsRequest): void {
    const { view } = this;
    view.reset();
    // First of all: getMethod would lower-case the method in the request's own buffer.
    view.method = sameMethod(req.getCaseSensitiveMethod());
    this.#readTarget(req);
    readAddressBytes(new Uint8Array(peer), view.peer);
    this.rawHost = "";
    this.#count = 0;
    this.#bytes += view.method.length + view.query.length;
    this.#kept = 0;
    this.#hasBytes = false;
    this.#request = req;
    req.forEach(this.#readField);
    this.#request = undefined;
    const { bytes, fields } = this.#limits;
    if (this.#count > fields || this.#bytes > bytes) view.isMalformed = true;
    finishHead(view, this.#codes);
  }

  /**
   * Writes the `head` of a request that is to be forwarded, in the tick that read it: the client's lines, each
   * behind its CRLF, between `start` and `end`. `false`: they cannot be passed on exactly, so the request is refused.
   */
  complete(req: UwsRequest, start: string, end: string): boolean {
    const pairs = this.#pairs;
    const name = this.#withheld();
    const withheld = name === undefined ? undefined : openingOf(name);
    let head = start;
    for (let at = 0; at < this.#kept; at += 2) {
      if (pairs[at] === withheld) continue;
      head = head + (pairs[at] ?? "") + (pairs[at + 1] ?? "");
    }
    this.head = head + end;
    if (this.#hasDelete()) {
      this.view.isMalformed = true;
      return false;
    }
    return this.#needsSecondPass() ? this.#completeExactly(req, start, end) : true;
  }

  /** The header that only a trusted proxy may name the user in: an upstream must not read anybody else's. */
  #withheld(): string | undefined {
    const { api, isFromProxy } = this.view;
    return isFromProxy ? undefined : api?.definition.usernameHeader;
  }

  #readTarget(req: UwsRequest): void {
    const { view } = this;
    const url = req.getUrl();
    this.#bytes = url.length;
    readPath(view, url);
    view.query = req.getQuery() ?? "";
    if (view.query !== "" && !isWellFormedQuery(view.query)) view.isMalformed = true;
  }

  #read(name: string, value: string): void {
    let text = value;
    if (value === "") {
      // The engine gives "" for a value that is not UTF-8; its bytes are to be had one by one.
      text = this.#request?.getHeader(name) ?? "";
      if (text !== "") this.#hasBytes = true;
    }
    this.#bytes += name.length + text.length + SEPARATORS;
    if (name === "host") this.rawHost = text;
    const known = this.#names.at(this.#count++, name);
    if (readCodedHeader(this.view, known.code, text) === PASS) {
      this.#pairs[this.#kept++] = known.opening;
      this.#pairs[this.#kept++] = text;
    }
  }

  /** RFC 9110, 5.5: the one control character that the engine lets through; strict upstreams do not. */
  #hasDelete(): boolean {
    return this.head.includes(DELETE) || this.view.hops.includes(DELETE);
  }

  /** Values past ASCII must reach the upstream byte for byte, and Connection may name more to drop. */
  #needsSecondPass(): boolean {
    return (
      this.#hasBytes ||
      Buffer.byteLength(this.head, "utf8") !== this.head.length ||
      namesOtherHeaders(this.view.connection)
    );
  }

  #completeExactly(req: UwsRequest, start: string, end: string): boolean {
    this.head = start;
    this.#exactNames = [];
    this.#request = req;
    req.forEach(this.#rereadField);
    this.#request = undefined;
    this.head += end;
    return !this.view.isMalformed;
  }

  #reread(name: string, value: string): void {
    if (!isPassedOn(this.#codes, name) || isNamedIn(this.view.connection, name)) return;
    if (name === this.#withheld()) return;
    if (value !== "" && Buffer.byteLength(value, "utf8") === value.length) {
      this.head += openingOf(name) + value;
      return;
    }
    const exact = this.#request?.getHeader(name) ?? "";
    // `getHeader` gives exact bytes, but only of the first field of that name.
    if (exact !== "" && this.#exactNames.includes(name)) this.view.isMalformed = true;
    this.#exactNames.push(name);
    this.head += openingOf(name) + exact;
  }
}
