import {
  type CompiledApi,
  formatAddress,
  type HopSource,
  isSingleHop,
  type RequestView,
} from "@portcullis/core";
import { CHUNKED_BODY, NO_BODY } from "@portcullis/upstream";

import { type RequestReader } from "./request-reader.ts";

/** What an upstream head takes from the record of the request. */
interface HeadFacts {
  readonly requestId: string;
  /** The client's address as text; empty if nobody has written it yet. */
  readonly ip: string;
}

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
 * The head that goes upstream: the canonical target, the headers that were checked, one framing,
 * and what only a proxy may say about where the request came from.
 */
export function upstreamHead(
  reader: RequestReader,
  api: CompiledApi,
  facts: HeadFacts,
  settings: HeadSettings,
): string {
  const { view } = reader;
  return (
    `${view.method} ${upstreamTarget(view, api)} HTTP/1.1\r\n` +
    `${framingOf(view)}${owesHost(api) ? "" : hostLine(reader)}` +
    `${upstreamFields(reader, facts, settings)}\r\n`
  );
}

/** Whether the Host field is that of the server that gets the request, whichever it will be. */
export function owesHost({ definition }: CompiledApi): boolean {
  return definition.hostHeader === "server";
}

/** The Host field that the client sent, in canonical form, with its CRLF. */
export function hostLine({ rawHost, view }: RequestReader): string {
  return `host: ${view.host}${portOf(rawHost)}\r\n`;
}

/**
 * Every header line that goes upstream but Host, those of framing and of a WebSocket handshake, each
 * with its CRLF.
 */
export function upstreamFields(
  reader: RequestReader,
  facts: HeadFacts,
  { hops, via }: HeadSettings,
): string {
  const { view } = reader;
  const port = portOf(reader.rawHost);
  const client = facts.ip === "" ? formatAddress(view.address) : facts.ip;
  const proto = forwardedProto(view);
  return (
    `${reader.fields}x-forwarded-for: ${forwardedFor(view, hops, client)}\r\n` +
    `x-forwarded-proto: ${proto}\r\nx-forwarded-host: ${view.host}\r\n` +
    `x-forwarded-port: ${port === "" ? defaultPort(view) : port.slice(1)}\r\n` +
    `forwarded: for=${nodeOf(client)};host=${quotedHost(view.host, port)};proto=${proto}\r\n` +
    (isSingleHop(hops.header) ? `${hops.header}: ${client}\r\n` : "") +
    `${via === "" ? "" : `via: 1.1 ${via}\r\n`}x-request-id: ${facts.requestId}\r\n`
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

/** A WebSocket begins as a request of HTTP, and gateways name it so in this header. */
function forwardedProto({ scheme }: RequestView): "http" | "https" {
  return scheme === "https" || scheme === "wss" ? "https" : "http";
}

/** RFC 9110, 8.6: a method that usually has a body says so when it has none. */
function framingOf(view: RequestView): string {
  if (view.isChunked) return "transfer-encoding: chunked\r\n";
  if (view.contentLength !== "") return `content-length: ${view.contentLength}\r\n`;
  const { method } = view;
  return method === "POST" || method === "PUT" || method === "PATCH" ? "content-length: 0\r\n" : "";
}

/**
 * What an untrusted peer said of other hops is dropped: it is its own word only. So is what nobody
 * has checked, where the client is named in another header.
 */
function forwardedFor(view: RequestView, hops: HopSource, client: string): string {
  // The client of an untrusted peer is that peer.
  if (!hops.trusted.has(view.peer)) return client;
  const peer = formatAddress(view.peer);
  if (hops.header !== "x-forwarded-for") return client === peer ? peer : `${client}, ${peer}`;
  return view.hops === "" ? peer : `${view.hops}, ${peer}`;
}

/** RFC 7239, 6: an IPv6 address stands in brackets, and because of its colons in quotes. */
function nodeOf(address: string): string {
  return address.includes(":") ? `"[${address}]"` : address;
}

/** RFC 7239, 4: what is no token is quoted. No host that passed has a quote or backslash in it. */
function quotedHost(host: string, port: string): string {
  return port === "" && !host.startsWith("[") ? host : `"${host}${port}"`;
}

function defaultPort(view: RequestView): string {
  return view.scheme === "https" || view.scheme === "wss" ? "443" : "80";
}

/** The port of a Host field that `canonicalizeHost` has passed, with its colon; empty without one, which a colon alone is too. */
function portOf(rawHost: string): string {
  const colon = rawHost.lastIndexOf(":");
  if (colon === -1 || colon === rawHost.length - 1 || rawHost.endsWith("]")) return "";
  return rawHost.slice(colon);
}
