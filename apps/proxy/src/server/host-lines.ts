import type { RequestView } from "@portcullis/core";
import { ownText } from "@portcullis/engine";

/** Past this many they are all forgotten. */
const KEPT = 64;

/** What an upstream head says of the host that was asked for, and by what scheme. */
interface Lines {
  readonly scheme: string;
  /** The Host line, behind its CRLF. */
  readonly host: string;
  /** From behind the addresses of `x-forwarded-for` to the client's in `forwarded`. */
  readonly beforeNode: string;
  /** What comes behind that address. */
  readonly afterNode: string;
}

/** The lines of the hosts asked for last: most requests are for one of a few. */
export class HostLines {
  readonly #lines = new Map<string, Lines>();

  /** `rawHost`: the Host field whose host is in the view, and has passed. */
  of(view: RequestView, rawHost: string): Lines {
    const known = this.#lines.get(rawHost);
    if (known !== undefined && known.scheme === view.scheme) return known;
    const lines = linesOf(view, rawHost);
    if (this.#lines.size >= KEPT) this.#lines.clear();
    this.#lines.set(rawHost, lines);
    return lines;
  }
}

function linesOf({ host, scheme }: RequestView, rawHost: string): Lines {
  // A WebSocket begins as a request of HTTP, and gateways name it so in these headers.
  const isSecure = scheme === "https" || scheme === "wss";
  const proto = isSecure ? "https" : "http";
  const port = portOf(rawHost);
  const portNumber = port === "" ? (isSecure ? "443" : "80") : port.slice(1);
  // In one piece each: a text that is joined is put together in each head anew.
  return {
    scheme,
    host: ownText(`\r\nhost: ${host}${port}`),
    beforeNode: ownText(
      `\r\nx-forwarded-proto: ${proto}\r\nx-forwarded-host: ${host}` +
        `\r\nx-forwarded-port: ${portNumber}\r\nforwarded: for=`,
    ),
    afterNode: ownText(`;host=${quotedHost(host, port)};proto=${proto}`),
  };
}

/** RFC 7239, 4: what is no token is quoted. No host that passed has a quote or backslash in it. */
function quotedHost(host: string, port: string): string {
  return port === "" && !host.startsWith("[") ? host : `"${host}${port}"`;
}

/** The port of a Host field that `canonicalizeHost` has passed, with its colon; empty without one, which a colon alone is too. */
function portOf(rawHost: string): string {
  const colon = rawHost.lastIndexOf(":");
  if (colon === -1 || colon === rawHost.length - 1 || rawHost.endsWith("]")) return "";
  return rawHost.slice(colon);
}
