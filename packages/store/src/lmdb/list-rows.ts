import type { DenySource } from "@portcullis/core";

import type { ListFilter, ListName } from "../list-entry.ts";
import { LISTS, SOURCES } from "../numbering.ts";
import { prefixRange } from "./keys.ts";
import { mergeOrdered } from "./merge-ordered.ts";
import type { PlainKey } from "./read-plain-key.ts";
import type { RowRange } from "./table.ts";

export interface EntryRow {
  readonly list: ListName;
  readonly source: DenySource;
  readonly sequence: number;
}

export interface StoredEntry extends EntryRow {
  readonly value: Buffer;
}

export interface PlainRow extends EntryRow {
  readonly plain: PlainKey | undefined;
}

/** The rows of every list and source that the filter names, in the order in which they were added. */
export function inOrder<R extends EntryRow>(
  { list, source }: ListFilter,
  rowsOf: (list: ListName, source: DenySource, range: RowRange) => Generator<R>,
): Generator<R> {
  const lists = list === undefined ? LISTS.words : [list];
  const sources = source === undefined ? SOURCES.words : [source];
  const rows = lists.flatMap((oneList) =>
    sources.map((oneSource) => {
      const range = prefixRange(LISTS.numberOf(oneList), SOURCES.numberOf(oneSource));
      return rowsOf(oneList, oneSource, range);
    }),
  );
  return mergeOrdered(rows, (row) => row.sequence);
}

export function recordName({ list, source, sequence }: EntryRow): string {
  return `lists/${list}/${source}/${sequence}`;
}

export function counterName(list: number, source: number): string {
  return `count/${list}/${source}`;
}
