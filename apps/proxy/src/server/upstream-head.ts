import {
  type AddressRanges,
  type CompiledApi,
  formatAddress,
  type RequestView,
} from "@portcullis/core";
import { CHUNKED_BODY, NO_BODY } from "@portcullis/upstream";

import { type RequestReader } from "./request-reader.ts";

/** What an upstream head takes from the record of the request. */
interface HeadFacts {
  readonly requestId: string;
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
  trusted: AddressRanges,
): string {
  const { view } = reader;
  return (
    `${view.method} ${upstreamTarget(view, api)} HTTP/1.1\r\n` +
    `${framingOf(view)}${upstreamFields(reader, facts, trusted)}\r\n`
  );
}

/** Every header line that goes upstream but those of framing and of a WebSocket handshake, each with its CRLF. */
export function upstreamFields(
  reader: RequestReader,
  facts: HeadFacts,
  trusted: AddressRanges,
): string {
  const { view } = reader;
  return (
    `host: ${view.host}${portOf(reader.rawHost)}\r\n${reader.fields}` +
    `x-forwarded-for: ${forwardedFor(view, trusted)}\r\nx-forwarded-proto: ${forwardedProto(view)}\r\n` +
    `x-forwarded-host: ${view.host}\r\nx-request-id: ${facts.requestId}\r\n`
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

/** What an untrusted peer said of other hops is dropped: it is its own word only. */
function forwardedFor(view: RequestView, trusted: AddressRanges): string {
  const peer = formatAddress(view.peer);
  return view.forwardedFor !== "" && trusted.has(view.peer)
    ? `${view.forwardedFor}, ${peer}`
    : peer;
}

/** The port of a Host field that `canonicalizeHost` has passed, with its colon; empty without one. */
function portOf(rawHost: string): string {
  const colon = rawHost.lastIndexOf(":");
  return colon === -1 || rawHost.endsWith("]") ? "" : rawHost.slice(colon);
}
