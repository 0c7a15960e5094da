import type { Scheme } from "../definition/api-definition.ts";
import { isFieldValue, isToken } from "../headers/header-syntax.ts";
import { parseAddress } from "../identity/ip-address.ts";
import { isWellFormedQuery } from "../target/query.ts";
import type { HeaderCodes } from "./header-codes.ts";
import { finishHead, readHeader } from "./read-header.ts";
import { readPath } from "./read-path.ts";
import type { RequestView } from "./request-view.ts";

/** What is read of a request: Node's `IncomingMessage` of HTTP/1.1 has this form. */
export interface NodeRequest {
  readonly method?: string | undefined;
  /** The request target as it was sent. */
  readonly url?: string | undefined;
  /** Names and values in turn, one pair for each field line, in the order they came. */
  readonly rawHeaders: readonly string[];
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/**
 * Reads a whole request head into `view`, for `evaluate`. What can be understood in two ways sets
 * `view.isMalformed`.
 *
 * The client is whoever is at the other end of the socket. Behind a proxy set `view.address` anew
 * with `clientAddress`, and `view.isSharedAddress` where that finds no client.
 */
export function readNodeRequest(
  view: RequestView,
  request: NodeRequest,
  scheme: Scheme,
  codes: HeaderCodes,
): void {
  view.reset();
  view.scheme = scheme;
  view.method = request.method ?? "";
  if (!isToken(view.method)) view.isMalformed = true;
  readTarget(view, request.url ?? "");
  readPeer(view, request.socket.remoteAddress ?? "");
  const { rawHeaders } = request;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const value = rawHeaders[i + 1] ?? "";
    if (!isFieldValue(value)) view.isMalformed = true;
    readHeader(view, codes, (rawHeaders[i] ?? "").toLowerCase(), value);
  }
  finishHead(view, codes);
}

/** Origin form only (RFC 9112, 3.2): a target that names a host is a second opinion on the Host field. */
function readTarget(view: RequestView, target: string): void {
  const mark = target.indexOf("?");
  readPath(view, mark === -1 ? target : target.slice(0, mark));
  view.query = mark === -1 ? "" : target.slice(mark + 1);
  if (!isWellFormedQuery(view.query)) view.isMalformed = true;
}

/** A socket without an address is gone, or no network socket: nobody could be blamed or listed. */
function readPeer(view: RequestView, remoteAddress: string): void {
  // A link-local address carries the name of its interface, which says nothing of the client.
  const zone = remoteAddress.indexOf("%");
  const address = zone === -1 ? remoteAddress : remoteAddress.slice(0, zone);
  if (!parseAddress(address, view.peer)) view.isMalformed = true;
  view.address.set(view.peer);
}
