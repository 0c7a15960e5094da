import type { EntryCells } from "./entry-cells.ts";
import type { ListControl } from "./list-control.ts";
import {
  allocateRanges,
  allocateTable,
  DIRECTORY_SIZE,
  pieceOf,
  piecesFor,
} from "./list-layout.ts";
import type { ListLock } from "./list-lock.ts";
import type { ListParts } from "./list-parts.ts";
import { ListTable } from "./list-table.ts";
import { ListsLockedError } from "./lists-error.ts";
import { RangeTree } from "./range-tree.ts";

/** Posts a part to every other thread before it returns. */
export type PublishPart = (part: SharedArrayBuffer) => void;

/** What a rebuilt part has room for besides what it holds, so that a few more do not rebuild it again. */
const SPARE = 4;

/** Builds parts of the lists anew: larger, smaller, or in several. Each takes the lock for itself. */
export class ListGrowth {
  readonly #control: ListControl;
  readonly #lock: ListLock;
  readonly #parts: ListParts;

  constructor(control: ListControl, lock: ListLock, parts: ListParts) {
    this.#control = control;
    this.#lock = lock;
    this.#parts = parts;
  }

  /** Builds every table anew that asks for it, or has no room for its share of `room` more entries. */
  growTables(nowSeconds: number, publish: PublishPart, room: number): void {
    for (let place = 0; place < DIRECTORY_SIZE; place = this.#control.endOfTable(place)) {
      const table = this.#parts.table(place);
      const share = Math.ceil((room * this.#widthAt(place)) / DIRECTORY_SIZE);
      const isTooSmall = share > 0 && !table.hasRoomFor(share);
      if (table.isDue() || isTooSmall) this.#rebuildTable(table, place, share, nowSeconds, publish);
    }
  }

  /** Builds the tree of ranges anew if it asks for it, or has no room for `room` more ranges. */
  growRanges(nowSeconds: number, publish: PublishPart, room: number): void {
    const ranges = this.#parts.ranges();
    if (!ranges.isDue() && ranges.hasRoomFor(room)) return;
    this.#locked(() => {
      if (this.#parts.ranges() !== ranges) return;
      const id = this.#control.takePartId();
      const next = new RangeTree(allocateRanges(ranges.live() + room + SPARE, id));
      ranges.copyInto(next, nowSeconds);
      publish(next.buffer);
      this.#parts.expect(next);
      this.#control.setRangesId(id);
      this.#recount(ranges, [next]);
    });
  }

  #widthAt(place: number): number {
    return this.#control.endOfTable(place) - place;
  }

  #rebuildTable(
    table: ListTable,
    first: number,
    room: number,
    nowSeconds: number,
    publish: PublishPart,
  ): void {
    this.#locked(() => {
      // Another thread may have built it anew meanwhile.
      if (this.#parts.table(first) !== table) return;
      const width = this.#widthAt(first);
      const entries = table.live() + room;
      const pieces = piecesFor(entries, width);
      const next = Array.from({ length: pieces }, () => this.#newTable(entries, pieces));
      const targets: (ListTable | undefined)[] = Array.from({ length: DIRECTORY_SIZE });
      for (let at = 0; at < width; at++) targets[first + at] = next[pieceOf(at, width, pieces)];
      table.copyInto(targets, nowSeconds);
      for (const one of next) {
        publish(one.buffer);
        this.#parts.expect(one);
      }
      targets.forEach((target, place) => {
        if (target !== undefined) this.#control.setTableId(place, target.id);
      });
      this.#recount(table, next);
    });
  }

  #newTable(entries: number, pieces: number): ListTable {
    // The share of one of several tables varies by some roots.
    const spread = pieces === 1 ? 0 : 4 * Math.sqrt(entries / pieces);
    const share = Math.ceil(entries / pieces + spread) + SPARE;
    return new ListTable(allocateTable(share, this.#control.takePartId()));
  }

  /** Counts what came into force in place of what was; first, so that no count is ever too low. */
  #recount(before: EntryCells, after: readonly EntryCells[]): void {
    for (const part of after) this.#control.countPart(part, 1);
    this.#control.countPart(before, -1);
  }

  #locked(action: () => void): void {
    if (!this.#lock.acquire()) throw new ListsLockedError(this.#lock.owner());
    try {
      action();
    } finally {
      this.#lock.release();
    }
  }
}
