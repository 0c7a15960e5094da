import { headerCode, type HeaderCodes } from "@portcullis/core";
import { ownText } from "@portcullis/engine";

/** With more names than this all are forgotten, and learned anew. */
const MOST_NAMES = 256;
/** Longer ones are not remembered. */
const MOST_CHARS = 64;

/** What is known of a field's name. */
export interface FieldName {
  readonly name: string;
  readonly code: number;
  /** What stands before its value in an upstream head: fewer pieces make it faster to put together. */
  readonly opening: string;
}

/**
 * The names of header fields that clients send, with their codes. Clients repeat themselves: the name in a
 * place of a head is compared with the one that was there last, which costs less than finding it in a table.
 */
export class FieldNames {
  #codes: HeaderCodes;
  readonly #places: number;
  readonly #byPlace: FieldName[] = [];
  readonly #byName = new Map<string, FieldName>();

  /** `places`: more fields than this no head may have, and nothing is learned of them. */
  constructor(codes: HeaderCodes, places: number) {
    this.#codes = codes;
    this.#places = places;
  }

  /** Takes the header codes of a new policy. */
  replaceCodes(codes: HeaderCodes): void {
    this.#codes = codes;
    this.#byPlace.length = 0;
    this.#byName.clear();
  }

  /** The name of the field in a place of a head, counted from 0. */
  at(place: number, name: string): FieldName {
    const last = this.#byPlace[place];
    if (last !== undefined && last.name === name) return last;
    if (place >= this.#places) return { name, code: headerCode(this.#codes, name), opening: "" };
    const known = this.#byName.get(name) ?? this.#learn(name);
    this.#byPlace[place] = known;
    return known;
  }

  #learn(name: string): FieldName {
    const known = { name, code: headerCode(this.#codes, name), opening: openingOf(name) };
    if (name.length > MOST_CHARS) return known;
    if (this.#byName.size >= MOST_NAMES) this.#byName.clear();
    this.#byName.set(name, known);
    return known;
  }
}

/** What stands before a field's value. */
export function openingOf(name: string): string {
  return ownText(`\r\n${name}: `);
}
