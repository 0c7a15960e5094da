import type { DenySource, IdentifierKind } from "@portcullis/core";

import type { AttackCode } from "./attack-record.ts";
import type { ListName } from "./list-entry.ts";

/** The numbers that stand for words on disk. A number once given never means another word. */
export class Numbering<T extends string> {
  readonly words: readonly T[];
  readonly #numbers: ReadonlyMap<string, number>;

  /** The words in the order of their numbers, from 0; all of them, which `Record` makes sure of. */
  constructor(words: Readonly<Record<T, true>>) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a Record's keys are its words
    this.words = Object.keys(words) as T[];
    this.#numbers = new Map(this.words.map((word, number) => [word, number]));
  }

  /** Throws a `RangeError` for a word that is none of them. */
  numberOf(word: T): number {
    const number = this.#numbers.get(word);
    if (number === undefined) throw new RangeError(`unknown word, not one of ${this.words.join()}`);
    return number;
  }

  /** Throws a `RangeError` for a number that was not given. */
  wordOf(number: number): T {
    const word = this.words[number];
    if (word === undefined) throw new RangeError(`unknown number ${number}`);
    return word;
  }
}

export const LISTS: Numbering<ListName> = new Numbering({ allow: true, deny: true });

export const SOURCES: Numbering<DenySource> = new Numbering({
  manual: true,
  decoy: true,
  protocol: true,
  method: true,
  "content-type": true,
  "missing-token": true,
  analytics: true,
});

export const KINDS: Numbering<IdentifierKind> = new Numbering({
  token: true,
  cookie: true,
  ip: true,
  "api-key": true,
  username: true,
});

export const ATTACK_CODES: Numbering<AttackCode> = new Numbering({
  protocol: true,
  method: true,
  "content-type": true,
  "missing-token": true,
  decoy: true,
});
