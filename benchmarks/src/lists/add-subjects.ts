import {
  type ClientLists,
  denyFlag,
  hashIdentifier,
  KEY_WORDS,
  type ListBuffers,
} from "@portcullis/core";

import type { TimedSubject } from "../timing/rounds.ts";
import { attachLists, FilledLists } from "../workload/filled-lists.ts";
import { FreshTexts } from "./fresh-texts.ts";
import { LARGEST_MAP } from "./look-up-subjects.ts";

const ADDED = 128;

/** Adding entries that are new to a list of `size`. */
export function addSubjects(size: number): TimedSubject[] {
  const own = listSubject(size);
  return size > LARGEST_MAP ? [own] : [own, mapSubject(size)];
}

/** Each pass adds to a list as it was before the first one. */
function listSubject(size: number): TimedSubject {
  const filled = new FilledLists(size - ADDED, ADDED);
  const texts = new FreshTexts(ADDED, 13);
  const keys = new Int32Array(KEY_WORDS);
  const flag = denyFlag("manual");
  const pristine = {
    control: filled.buffers.control.slice(0),
    parts: filled.buffers.parts.map((part) => part.slice(0)),
  };
  let fresh: string[] = [];
  let lists: ClientLists = filled.lists;
  const prepare = (): void => {
    restore(pristine, filled.buffers);
    lists = attachLists(filled.key, filled.buffers);
    fresh = texts.make();
  };
  const pass = (): number => {
    let added = 0;
    for (const text of fresh) {
      hashIdentifier(filled.key, 0, "", text, keys, 0);
      if (lists.add(keys, 0, flag, 0, 1) === "added") added++;
    }
    return added;
  };
  prepare();
  const got = pass();
  if (got !== ADDED) throw new TypeError(`${got} of ${ADDED} entries were added`);
  return { name: "add, hash and insert", calls: ADDED, prepare, pass };
}

function mapSubject(size: number): TimedSubject {
  const map = new Map<string, number>();
  for (let index = 0; index < size - ADDED; index++) map.set(`filler${index}`, 2);
  const texts = new FreshTexts(ADDED, 13);
  let fresh: string[] = [];
  const prepare = (): void => {
    for (const text of fresh) map.delete(text);
    fresh = texts.make();
  };
  const pass = (): number => {
    for (const text of fresh) map.set(text, 2);
    return map.size;
  };
  return { name: "add, naive Map<string>", calls: ADDED, prepare, pass };
}

function restore(from: ListBuffers, to: ListBuffers): void {
  new Uint8Array(to.control).set(new Uint8Array(from.control));
  from.parts.forEach((part, at) => new Uint8Array(to.parts[at] ?? part).set(new Uint8Array(part)));
}
