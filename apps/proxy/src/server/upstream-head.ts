import {
  type CompiledApi,
  formatAddress,
  type HopSource,
  isSingleHop,
  type RequestView,
} from "@portcullis/core";
import { CHUNKED_BODY, NO_BODY } from "@portcullis/upstream";

import { HostLines } from "./host-lines.ts";
import type { Recorder } from "./recorder.ts";
import type { RequestReader } from "./request-reader.ts";
import type { UwsRequest } from "./uws.ts";

/** Of this thread. */
const LINES = new HostLines();

/** What holds for the heads of every request of an edge. */
export interface HeadSettings {
  /** Whose word on the client's address is believed. */
  readonly hops: HopSource;
  /** Our name in `Via`; empty: none is written. */
  readonly via: string;
}

/** The body's length as the upstream client wants it: bytes, `NO_BODY` or `CHUNKED_BODY`. */
export function bodyLengthOf(view: RequestView): number {
  if (view.isChunked) return CHUNKED_BODY;
  return view.contentLength === "" ? NO_BODY : Number(view.contentLength);
}

/**
 * Has the reader write what goes upstream: the canonical target, one framing, the headers that were checked,
 * and what only a proxy may say about where the request came from. Of a request for a WebSocket, only the header
 * lines, without the Host. `false`: they cannot be passed on exactly.
 */
export function completeHead(
  reader: RequestReader,
  req: UwsRequest,
  isUpgrade: boolean,
  settings: HeadSettings & { readonly recorder: Pick<Recorder, "addresses"> },
): boolean {
  const { address, api } = reader.view;
  const client = settings.recorder.addresses.textOf(address);
  const lines = proxyLines(reader, client, settings);
  if (isUpgrade || api === undefined) return reader.complete(req, "", lines);
  return reader.complete(req, headStart(reader, api), `${lines}\r\n\r\n`);
}

function headStart(reader: RequestReader, api: CompiledApi): string {
  const { view } = reader;
  return (
    `${view.method} ${upstreamTarget(view, api)} HTTP/1.1${framingOf(view)}` +
    (owesHost(api) ? "" : hostLine(reader))
  );
}

/** Whether the Host field is that of the server that gets the request, whichever it will be. */
export function owesHost({ definition }: CompiledApi): boolean {
  return definition.hostHeader === "server";
}

/** The Host field that the client sent, in canonical form, behind its CRLF. */
export function hostLine({ rawHost, view }: RequestReader): string {
  return LINES.of(view, rawHost).host;
}

/** What only a proxy may say, each line behind its CRLF. */
function proxyLines(
  { rawHost, view }: RequestReader,
  client: string,
  { hops, via }: HeadSettings,
): string {
  const lines = LINES.of(view, rawHost);
  return (
    `\r\nx-forwarded-for: ${forwardedFor(view, hops, client)}` +
    lines.beforeNode +
    nodeOf(client) +
    lines.afterNode +
    (isSingleHop(hops.header) ? `\r\n${hops.header}: ${client}` : "") +
    (via === "" ? "\r\nx-request-id: " : `\r\nvia: 1.1 ${via}\r\nx-request-id: `) +
    view.requestId
  );
}

/** The canonical path, with the API's public prefix replaced by its internal one, and the query. */
export function upstreamTarget(view: RequestView, api: CompiledApi): string {
  const { internalUrl, url } = api.definition;
  const path = internalUrl === undefined ? view.path : mapped(view.path, url, internalUrl);
  return view.query === "" ? path : `${path}?${view.query}`;
}

function mapped(path: string, url: string, internalUrl: string): string {
  const rest = url === "/" ? path : path.slice(url.length);
  if (internalUrl === "/") return rest === "" ? "/" : rest;
  return internalUrl + rest;
}

/** RFC 9110, 8.6: a method that usually has a body says so when it has none. */
function framingOf(view: RequestView): string {
  if (view.isChunked) return "\r\ntransfer-encoding: chunked";
  if (view.contentLength !== "") return `\r\ncontent-length: ${view.contentLength}`;
  const { method } = view;
  return method === "POST" || method === "PUT" || method === "PATCH" ? "\r\ncontent-length: 0" : "";
}

/**
 * What an untrusted peer said of other hops is dropped: it is its own word only. So is what nobody
 * has checked, where the client is named in another header.
 */
function forwardedFor(view: RequestView, hops: HopSource, client: string): string {
  // The client of an untrusted peer is that peer.
  if (!view.isFromProxy) return client;
  const peer = formatAddress(view.peer);
  if (hops.header !== "x-forwarded-for") return client === peer ? peer : `${client}, ${peer}`;
  return view.hops === "" ? peer : `${view.hops}, ${peer}`;
}

/** RFC 7239, 6: an IPv6 address stands in brackets, and because of its colons in quotes. */
function nodeOf(address: string): string {
  return address.includes(":") ? `"[${address}]"` : address;
}
