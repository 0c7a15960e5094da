import {
  type ClientIdentifier,
  formatAddress,
  type IdentifierKind,
  parseCidr,
  isIpv4Range,
} from "@portcullis/core";

import { BadRequestError } from "../errors.ts";

/** A client identifier in the words of the ASE's commands. */
export interface LegacyIdentifier {
  readonly type: string;
  readonly name: string | undefined;
  readonly value: string;
}

const KINDS: ReadonlyMap<string, IdentifierKind> = new Map([
  ["ip", "ip"],
  ["cookie", "cookie"],
  ["token", "token"],
  ["api_key", "api-key"],
  ["username", "username"],
]);

const MAX_VALUE_LENGTH = 65_536;
/** The shortest prefixes that one denial may cover: a slip of the pen must not deny half the net. */
const SHORTEST_IPV4_PREFIX = 8;
const SHORTEST_IPV6_PREFIX = 16;
/** IPv4 addresses stand in `::ffff:0:0/96`, so `::` with a prefix up to this one holds them all. */
const LAST_PREFIX_OVER_IPV4 = 80;

export function toLegacy(identifier: ClientIdentifier): LegacyIdentifier {
  return {
    type: identifier.kind === "api-key" ? "api_key" : identifier.kind,
    name: identifier.name === "" ? undefined : identifier.name,
    value: identifier.value,
  };
}

/**
 * Reads `{type, name?, value}` as it comes over REST. Throws `BadRequestError` that says what was
 * expected and never echoes a value. IP addresses come back in their canonical form.
 */
export function readIdentifier(json: unknown, list: "allow" | "deny" | "any"): ClientIdentifier {
  const { type, name, value } = readFields(json);
  const kind = KINDS.get(type);
  if (kind === undefined) {
    throw new BadRequestError(`type: expected one of ${[...KINDS.keys()].join(", ")}`);
  }
  const isNamed = kind === "cookie" || kind === "api-key";
  if (isNamed && name === "") throw new BadRequestError(`name: expected the name of the ${type}`);
  if (!isNamed && name !== "") throw new BadRequestError(`name: expected none for type ${type}`);
  if (value === "" || value.length > MAX_VALUE_LENGTH) {
    throw new BadRequestError(`value: expected 1 to ${MAX_VALUE_LENGTH} characters`);
  }
  if (hasControl(value) || hasControl(name)) {
    throw new BadRequestError("name and value: expected no control characters");
  }
  return { kind, name, value: kind === "ip" ? canonicalRange(value, list) : value };
}

function readFields(json: unknown): { type: string; name: string; value: string } {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new BadRequestError("body: expected an object with type, value and, by type, name");
  }
  const fields = new Map<string, unknown>(Object.entries(json));
  const text = (key: string, fallback: string | undefined): string => {
    const field = fields.get(key) ?? fallback;
    if (typeof field !== "string") throw new BadRequestError(`${key}: expected a string`);
    return field;
  };
  return { type: text("type", undefined), name: text("name", ""), value: text("value", undefined) };
}

function canonicalRange(text: string, list: "allow" | "deny" | "any"): string {
  const parsed = parseCidr(text);
  if (!parsed.ok) {
    throw new BadRequestError(
      "value: expected an IP address or a range without host bits, like 192.0.2.7 or 192.0.2.0/24",
    );
  }
  const range = parsed.value;
  if (range.prefix <= LAST_PREFIX_OVER_IPV4 && range.address.every((word) => word === 0)) {
    throw new BadRequestError("value: expected no range that covers all of IPv4");
  }
  const isIpv4 = isIpv4Range(range);
  const bits = isIpv4 ? range.prefix - 96 : range.prefix;
  const shortest = isIpv4 ? SHORTEST_IPV4_PREFIX : SHORTEST_IPV6_PREFIX;
  if (list === "deny" && bits < shortest) {
    throw new BadRequestError(
      `value: expected a range no wider than /${shortest} on the deny list`,
    );
  }
  const address = formatAddress(range.address);
  return range.prefix === 128 ? address : `${address}/${bits}`;
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}
