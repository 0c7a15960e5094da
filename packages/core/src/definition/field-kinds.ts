import type { Threshold } from "./api-definition.ts";
import type { Field } from "./field.ts";
import { MAX_PHRASE_LENGTH, readPhrase, statusOr } from "./read-answer.ts";
import { readClaimName } from "./read-name.ts";
import { optional, readBoolean } from "./read-primitives.ts";
import { readThreshold } from "./read-quantity.ts";

/** What every field with a path expects. */
export const PATH =
  'a path as requests are compared with it: "/" first, no query, dot segment or doubled slash, escapes in upper case and only where needed';

/** What every field with the name of a header expects. */
export const HEADER_NAME = "the name of a header without a meaning of its own";

/** A status of an answer. */
export function status(byDefault: number, meaning: string): Field<number> {
  return {
    expects:
      'a status from 200 to 599 as a number or a string of three digits, or "" for the default',
    fallback: byDefault,
    meaning,
    read: statusOr(byDefault),
  };
}

/** A reason phrase of an answer. */
export function phrase(meaning: string): Field<string | undefined> {
  return {
    expects: `a line of at most ${MAX_PHRASE_LENGTH} visible ASCII characters and blanks`,
    fallback: "",
    fallbackNote: "the standard phrase of the status",
    meaning,
    read: optional(readPhrase),
  };
}

/** A switch. */
export function flag(byDefault: boolean, meaning: string): Field<boolean> {
  return {
    expects: "true or false",
    fallback: byDefault,
    meaning,
    read: readBoolean,
  };
}

/** A limit per period; off unless it is set. */
export function threshold(meaning: string): Field<Threshold> {
  return {
    expects: 'a whole number, "/" and a period: second, minute or hour',
    fallback: "0/second",
    meaning: `${meaning} A count of 0 is no limit.`,
    read: readThreshold,
  };
}

/** The name of a claim of a JSON Web Token; empty for none. */
export function claim(meaning: string): Field<string | undefined> {
  return {
    expects: "the name of a claim",
    fallback: "",
    meaning,
    read: optional(readClaimName),
  };
}
