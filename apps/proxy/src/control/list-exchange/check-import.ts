import type { AddressRange, ClientIdentifier } from "@portcullis/core";
import type { ListName } from "@portcullis/store";

import { BadRequestError } from "../../errors.ts";
import { guardedRanges, isGuarded } from "../guarded-ranges.ts";
import { readIdentifier } from "../legacy-identifier.ts";
import type { ListRow } from "./list-row.ts";

/** What a store that keeps no values writes in their place. */
const HASHED_VALUE = /^sha256:[0-9a-f]{16}$/;

/** An entry that is to be imported. */
export interface ImportedEntry {
  readonly identifier: ClientIdentifier;
  readonly expiresAt: number;
}

export interface ImportRules {
  readonly list: ListName;
  /** Ranges that a denial should not reach. */
  readonly trustedProxies: readonly string[];
  /** Whether wide ranges, and those that reach a trusted proxy or this machine, are meant. */
  readonly isConfirmed: boolean;
}

export interface CheckedImport {
  readonly entries: readonly ImportedEntry[];
  readonly problems: readonly string[];
}

/** Makes entries of rows by the rules for a single one; all that is wrong comes back, by line. */
export function checkImport(rows: readonly ListRow[], rules: ImportRules): CheckedImport {
  const entries: ImportedEntry[] = [];
  const problems: string[] = [];
  const guarded = guardedRanges(rules.trustedProxies);
  for (const row of rows) {
    const checked = checkRow(row, rules, guarded);
    if (typeof checked === "string") problems.push(`line ${row.line}: ${checked}`);
    else entries.push(checked);
  }
  return { entries, problems };
}

function checkRow(
  { expiresAt, name, type, value }: ListRow,
  { isConfirmed, list }: ImportRules,
  guarded: readonly AddressRange[],
): ImportedEntry | string {
  if (list === "allow" && expiresAt !== 0) {
    return "expires: expected none, an allow entry stays until it is deleted";
  }
  if (type !== "ip" && HASHED_VALUE.test(value)) {
    return "value: expected the value itself, this is the hash that a listing shows";
  }
  let identifier: ClientIdentifier;
  try {
    // A range that is too wide to be denied is too wide to be allowed unasked.
    identifier = readIdentifier({ type, name, value }, isConfirmed ? "any" : "deny");
  } catch (error) {
    if (error instanceof BadRequestError) return error.message;
    throw error;
  }
  if (!isConfirmed && list === "deny" && isGuarded(identifier, guarded)) {
    return "value: expected no address of this machine or of a trusted proxy; confirm the import if it is meant";
  }
  return { identifier, expiresAt };
}
