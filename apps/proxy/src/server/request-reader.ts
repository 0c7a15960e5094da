import {
  canonicalizePath,
  finishHead,
  type HeaderCodes,
  isNamedIn,
  isPassedOn,
  isWellFormedQuery,
  namesOtherHeaders,
  PASS,
  readAddressBytes,
  readHeader,
  RequestView,
  STRICT_PATH,
} from "@portcullis/core";

import { type UwsRequest, type UwsResponse } from "./uws.ts";

/**
 * Reads one request head at a time: fills a request view and, in the same pass over the headers,
 * collects the lines that go upstream. Everything it holds is overwritten by the next `read`.
 */
export class RequestReader {
  readonly view: RequestView = new RequestView();
  /** Header lines for the upstream, each with its CRLF; one char a byte. Framing, Host and hop headers are left out. */
  fields = "";
  /** The Host field as it was sent, for its port. */
  rawHost = "";

  readonly #maxFields: number;
  #count = 0;
  #codes: HeaderCodes;
  #request: UwsRequest | undefined = undefined;
  readonly #readField: (name: string, value: string) => void;
  readonly #rereadField: (name: string, value: string) => void;
  /** Names whose values are not ASCII, met while reading again. */
  #exactNames: string[] = [];

  /** `maxFields`: how many header fields a request may have. */
  constructor(codes: HeaderCodes, maxFields: number) {
    this.#codes = codes;
    this.#maxFields = maxFields;
    this.#readField = (name, value) => this.#read(name, value);
    this.#rereadField = (name, value) => this.#reread(name, value);
  }

  /** Takes the header codes of a new policy. */
  replaceCodes(codes: HeaderCodes): void {
    this.#codes = codes;
  }

  read(res: UwsResponse, req: UwsRequest): void {
    const { view } = this;
    view.reset();
    // First of all: getMethod would lower-case the method in the request's own buffer.
    view.method = req.getCaseSensitiveMethod();
    this.#readTarget(req);
    readAddressBytes(new Uint8Array(res.getRemoteAddress()), view.peer);
    this.fields = "";
    this.rawHost = "";
    this.#count = 0;
    this.#request = req;
    req.forEach(this.#readField);
    if (this.#count > this.#maxFields) view.isMalformed = true;
    finishHead(view, this.#codes);
    if (!view.isMalformed && this.#needsSecondPass()) {
      this.fields = "";
      this.#exactNames = [];
      req.forEach(this.#rereadField);
    }
    this.#request = undefined;
  }

  #readTarget(req: UwsRequest): void {
    const { view } = this;
    const path = canonicalizePath(req.getUrl(), STRICT_PATH);
    if (path === undefined) view.isMalformed = true;
    view.path = path ?? "";
    view.query = req.getQuery() ?? "";
    if (view.query !== "" && !isWellFormedQuery(view.query)) view.isMalformed = true;
  }

  #read(name: string, value: string): void {
    this.#count++;
    let text = value;
    if (value === "") {
      // The engine gives "" for a value that is not UTF-8; its bytes are to be had one by one.
      text = this.#request?.getHeader(name) ?? "";
      // A mark past ASCII sends the whole head through the second pass.
      if (text !== "") this.fields += "\u0080";
    }
    if (name === "host") this.rawHost = text;
    if (readHeader(this.view, this.#codes, name, text) === PASS) {
      this.fields += `${name}: ${text}\r\n`;
    }
  }

  /** Values past ASCII must reach the upstream byte for byte, and Connection may name more to drop. */
  #needsSecondPass(): boolean {
    return (
      Buffer.byteLength(this.fields, "utf8") !== this.fields.length ||
      namesOtherHeaders(this.view.connection)
    );
  }

  #reread(name: string, value: string): void {
    if (!isPassedOn(this.#codes, name) || isNamedIn(this.view.connection, name)) return;
    if (value !== "" && Buffer.byteLength(value, "utf8") === value.length) {
      this.fields += `${name}: ${value}\r\n`;
      return;
    }
    const exact = this.#request?.getHeader(name) ?? "";
    // `getHeader` gives exact bytes, but only of the first field of that name.
    if (exact !== "" && this.#exactNames.includes(name)) this.view.isMalformed = true;
    this.#exactNames.push(name);
    this.fields += `${name}: ${exact}\r\n`;
  }
}
