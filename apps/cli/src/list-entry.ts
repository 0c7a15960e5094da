import { isIP } from "node:net";

import { BadInputError } from "./errors.ts";

/** A client identifier as the management API takes it. */
export interface ListEntry {
  readonly type: string;
  /** Of cookies and API keys only. */
  readonly name?: string;
  readonly value: string;
}

/** How an entry is typed, for help and error texts. */
export const ENTRY_USAGE =
  "ip IP | cookie NAME VALUE | token TOKEN | api_key NAME KEY | username NAME";

/** Reads the words after the verb; throws {@link BadInputError} for what can never match a client. */
export function parseListEntry(words: readonly string[]): ListEntry {
  const [type = "", ...rest] = words;
  if (words.some((word) => /[\p{Cc}\p{Cs}]/u.test(word))) {
    throw new BadInputError("an identifier holds no control characters");
  }
  if (rest.some((word) => word === "")) throw new BadInputError("an identifier is not empty");
  switch (type) {
    case "ip":
      return { type, value: checkAddress(one(type, rest)) };
    case "token":
      return { type, value: one(type, rest) };
    case "cookie":
    case "api_key":
      return named(type, rest);
    case "username":
      // User names may hold blanks, quoted or not.
      if (rest.length === 0) throw new BadInputError("username takes a name");
      return { type, value: rest.join(" ") };
    default:
      throw new BadInputError(`expected ${ENTRY_USAGE}`);
  }
}

/** `ip 1.1.1.1` or `cookie NAME VALUE`. */
export function renderListEntry(entry: ListEntry): string {
  return [entry.type, entry.name, entry.value].filter((part) => part !== undefined).join(" ");
}

function one(type: string, rest: readonly string[]): string {
  const [value] = rest;
  if (value === undefined || rest.length !== 1) throw new BadInputError(`${type} takes one value`);
  return value;
}

function named(type: string, rest: readonly string[]): ListEntry {
  const [name, value] = rest;
  if (name === undefined || value === undefined || rest.length !== 2) {
    throw new BadInputError(`${type} takes a name and a value`);
  }
  return { type, name, value };
}

function checkAddress(text: string): string {
  const [address = "", prefix, ...more] = text.split("/");
  const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  const isWhole = prefix === undefined && longest > 0;
  const isRange = /^(?:0|[1-9][0-9]{0,2})$/.test(prefix ?? "") && Number(prefix) <= longest;
  if (more.length > 0 || address.includes("%") || !(isWhole || isRange)) {
    throw new BadInputError(
      "expected an IP address such as 192.0.2.1, or a range such as 192.0.2.0/24",
    );
  }
  if (isRange && Number(prefix) === 0) {
    throw new BadInputError(
      "a range with /0 is every client there is; use enable_firewall or disable_firewall",
    );
  }
  return text;
}
