import { type ClientLists, hashIdentifier, KEY_WORDS } from "@portcullis/core";

import { Random } from "../random.ts";
import type { TimedSubject } from "../timing/rounds.ts";
import { bytesOf, FilledLists, isDenied } from "../workload/filled-lists.ts";
import { FreshTexts } from "./fresh-texts.ts";

const CALLS = 4096;
/** Entries of the lists that the hits find; the rest of a list is other entries. */
const LISTED = 512;
const CACHE_LINE_WORDS = 16;
/** Ten times as many strings take more than the heap that Node allows by itself. */
export const LARGEST_MAP = 1_000_000;

/** A hit and a miss for each way of looking up in a list of `size` entries. */
export function lookUpSubjects(size: number): TimedSubject[] {
  const filled = new FilledLists(size - LISTED, LISTED);
  const known = new FreshTexts(LISTED, 3);
  const strange = new FreshTexts(LISTED, 5);
  const keys = new Int32Array(KEY_WORDS);
  for (const text of known.make()) {
    hashIdentifier(filled.key, 0, "", text, keys, 0);
    filled.add(keys);
  }
  return [
    floorSubject(bytesOf(filled.buffers)),
    keySubject("hit, by key", filled, known, true),
    keySubject("miss, by key", filled, strange, false),
    textSubject("hit, hash and look up", filled.lists, known, true),
    textSubject("miss, hash and look up", filled.lists, strange, false),
    ...(size > LARGEST_MAP ? [] : mapSubjects(size, known, strange)),
  ];
}

function mapSubjects(size: number, known: FreshTexts, strange: FreshTexts): TimedSubject[] {
  const map = mapLike(size - LISTED, known);
  return [
    mapSubject("hit, naive Map<string>", map, known, true),
    mapSubject("miss, naive Map<string>", map, strange, false),
  ];
}

function keySubject(
  name: string,
  filled: FilledLists,
  texts: FreshTexts,
  isHit: boolean,
): TimedSubject {
  const { lists } = filled;
  const keys = new Int32Array(texts.count * KEY_WORDS);
  texts.make().forEach((text, at) => {
    hashIdentifier(filled.key, 0, "", text, keys, at * KEY_WORDS);
  });
  const pass = (): number => {
    let denied = 0;
    for (let call = 0; call < CALLS; call++) {
      if (isDenied(lists.flagsOf(keys, (call % LISTED) * KEY_WORDS, 1))) denied++;
    }
    return denied;
  };
  return checked({ name, calls: CALLS, pass }, isHit ? CALLS : 0);
}

function textSubject(
  name: string,
  lists: ClientLists,
  texts: FreshTexts,
  isHit: boolean,
): TimedSubject {
  const keys = new Int32Array(KEY_WORDS);
  let fresh: string[] = [];
  const prepare = (): void => {
    fresh = texts.make();
  };
  const pass = (): number => {
    let denied = 0;
    for (const text of fresh) {
      if (isDenied(lists.identifierFlags(0, "", text, 1, keys))) denied++;
    }
    return denied;
  };
  return checked({ name, calls: LISTED, prepare, pass }, isHit ? LISTED : 0);
}

function mapSubject(
  name: string,
  map: ReadonlyMap<string, number>,
  texts: FreshTexts,
  isHit: boolean,
): TimedSubject {
  let fresh: string[] = [];
  const prepare = (): void => {
    fresh = texts.make();
  };
  const pass = (): number => {
    let denied = 0;
    for (const text of fresh) {
      if (isDenied(map.get(text) ?? 0)) denied++;
    }
    return denied;
  };
  return checked({ name, calls: LISTED, prepare, pass }, isHit ? LISTED : 0);
}

/** One load at a place nobody could foresee: what no table in memory can beat. */
function floorSubject(bytes: number): TimedSubject {
  const words = new Int32Array(new SharedArrayBuffer(Math.ceil(bytes / 4) * 4)).fill(1);
  const random = new Random(11);
  const places = Int32Array.from({ length: CALLS }, () =>
    random.below(Math.floor(words.length / CACHE_LINE_WORDS)),
  );
  const pass = (): number => {
    let sum = 0;
    for (let call = 0; call < CALLS; call++) {
      sum = (sum + (words[(places[call] ?? 0) * CACHE_LINE_WORDS] ?? 0)) | 0;
    }
    return sum;
  };
  return { name: "floor: one load of a typed array", calls: CALLS, pass };
}

function mapLike(size: number, known: FreshTexts): ReadonlyMap<string, number> {
  const map = new Map<string, number>();
  for (let index = 0; index < size; index++) map.set(`filler${index}`, 2);
  for (const text of known.make()) map.set(text, 2);
  return map;
}

function checked(subject: TimedSubject, want: number): TimedSubject {
  subject.prepare?.();
  const got = subject.pass();
  if (got !== want) throw new TypeError(`${subject.name}: ${String(got)} denied, not ${want}`);
  return subject;
}
