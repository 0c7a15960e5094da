import { canonicalizeHost } from "../target/canonical-host.ts";
import { textual } from "./read-primitives.ts";
import { accept, type Reader, refuse } from "./read.ts";

/** A host in the form that the `Host` field of requests is put in, or `*`. */
export const readHostname: Reader<string> = textual((text) => {
  const host = text === "*" ? text : canonicalName(text);
  return host === undefined ? refuse(describeHost(text)) : accept(host);
});

/** Where an upstream server is: a name, an IPv4 or an IPv6 address, the latter without brackets. */
export const readServerHost: Reader<string> = textual((text) => {
  const isBareIpv6 = text.includes(":") && !text.startsWith("[");
  const host = canonicalName(isBareIpv6 ? `[${text}]` : text);
  return host === undefined ? refuse(describeHost(text)) : accept(host.replaceAll(/[[\]]/g, ""));
});

/** The canonical form of a host without a port: one that has a port does not bear a second. */
function canonicalName(text: string): string | undefined {
  return canonicalizeHost(`${text}:1`);
}

/** Says what is wrong without showing it: passwords stand before hosts in URLs. */
function describeHost(host: string): string {
  if (host === "") return "an empty string";
  if (host.includes("://")) return "a URL";
  if (host.includes("@")) return "user information before the host";
  if (host.includes("*")) return 'a pattern: "*" stands alone or not at all';
  if (/[^!-~]/.test(host)) return "a blank or a character beyond ASCII";
  return host.includes(":") ? "a port, or a malformed address" : "a malformed name or address";
}
