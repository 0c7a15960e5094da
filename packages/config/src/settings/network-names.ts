import { isIP } from "node:net";

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";

/** Letters of a host name; an all-numeric last label is left to the address check. */
const HOST_NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`, "i");

const NUMERIC_TAIL = /(?:^|\.)[0-9]+$/;

/** Whether one can listen on `host`: an IP address or a host name, without port or brackets. */
export function isListenHost(host: string): boolean {
  if (isIP(host) !== 0) return true;
  return host.length <= 253 && HOST_NAME.test(host) && !NUMERIC_TAIL.test(host);
}

/** Whether only this machine can reach a listener on `host`. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/** Whether keys may be fetched from `url`: nobody on the way could put others in their place. */
export function isKeyUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hash, hostname, password, protocol, username } = new URL(url);
  if (hash !== "" || password !== "" || username !== "") return false;
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  return protocol === "https:" || (protocol === "http:" && isLoopback(host));
}

/** Whether a listener on `host` takes every address of the machine. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/**
 * Whether `range` is an address or a CIDR range of trusted peers.
 *
 * `/0` is refused: it trusts every client to name its own address. Zone ids are refused, since no
 * peer address carries one.
 */
export function isTrustedRange(range: string): boolean {
  const slash = range.indexOf("/");
  const address = slash === -1 ? range : range.slice(0, slash);
  const version = address.includes("%") ? 0 : isIP(address);
  if (version === 0 || slash === -1) return version !== 0;
  const prefix = range.slice(slash + 1);
  return /^[1-9][0-9]{0,2}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128);
}
