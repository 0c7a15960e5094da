import type { EntryCells } from "./entry-cells.ts";
import type { ListControl } from "./list-control.ts";
import { DIRECTORY_SIZE, HEADER, RANGES_KIND } from "./list-layout.ts";
import { ListTable, placeOf } from "./list-table.ts";
import { ListsDetachedError } from "./lists-error.ts";
import { RangeTree } from "./range-tree.ts";

/** So many posted parts are gone through for one that is missing. */
const MAX_POSTED = 16_384;

/**
 * The parts of the lists as one thread knows them: the tables by their place in the directory, and
 * the tree of ranges. Which are in force, the control block says.
 */
export class ListParts {
  readonly #control: ListControl;
  readonly #replaced: () => SharedArrayBuffer | undefined;
  readonly #tables: ListTable[] = [];
  #ranges: RangeTree | undefined = undefined;
  /** The newest in force, and what was posted and was not in force when it came. */
  #pending: EntryCells[] = [];

  constructor(
    control: ListControl,
    buffers: readonly SharedArrayBuffer[],
    replaced: () => SharedArrayBuffer | undefined,
  ) {
    this.#control = control;
    this.#replaced = replaced;
    this.#pending = buffers.map(partOf);
    this.#install();
  }

  /** The table in force for a key. */
  tableOf(keys: Int32Array, offset: number): ListTable {
    return this.table(placeOf(keys, offset));
  }

  /** The table in force for a place of the directory. */
  table(place: number): ListTable {
    const table = this.#tables[place];
    if (table !== undefined && table.id === this.#control.tableId(place)) return table;
    this.#attachTable(place);
    return this.table(place);
  }

  /** The tree of ranges in force. */
  ranges(): RangeTree {
    const ranges = this.#ranges;
    if (ranges !== undefined && ranges.id === this.#control.rangesId()) return ranges;
    this.#attach(
      () => this.#control.rangesId(),
      (id) => this.#ranges?.id === id,
    );
    return this.ranges();
  }

  /** By itself, because a function whose parameter a closure needs allocates whenever it is called. */
  #attachTable(place: number): void {
    this.#attach(
      () => this.#control.tableId(place),
      (id) => this.#tables[place]?.id === id,
    );
  }

  /** Every part in force, once. */
  all(): EntryCells[] {
    const parts: EntryCells[] = [];
    for (let place = 0; place < DIRECTORY_SIZE; place = this.#control.endOfTable(place)) {
      parts.push(this.table(place));
    }
    return [...parts, this.ranges()];
  }

  /** Takes up what was posted, so that a thread that looks nobody up keeps nothing waiting. */
  refresh(): void {
    for (let posted = 0; posted < MAX_POSTED; posted++) {
      const buffer = this.#replaced();
      if (buffer === undefined) return;
      this.#receive(partOf(buffer));
    }
  }

  /** Makes a part known that this thread is about to bring into force. */
  expect(part: EntryCells): void {
    this.#pending.push(part);
  }

  /**
   * Takes up what was posted until what is in force is there. A part is posted before its id is in force, so
   * one that is missing after all, and whose id was in force before, will never come. Where another id is in
   * force by then, its part may have been posted behind what was found.
   */
  #attach(idInForce: () => number, has: (id: number) => boolean): void {
    const id = idInForce();
    this.#install();
    for (let posted = 0; posted < MAX_POSTED && !has(id); posted++) {
      const buffer = this.#replaced();
      if (buffer === undefined) break;
      this.#receive(partOf(buffer));
    }
    if (!has(id) && idInForce() === id) throw new ListsDetachedError();
  }

  #receive(part: EntryCells): void {
    this.#pending.push(part);
    if (this.#put(part)) this.#install();
  }

  /** Puts what is pending and in force in its places. */
  #install(): void {
    let newest = 0;
    for (const part of this.#pending) if (this.#put(part)) newest = Math.max(newest, part.id);
    if (newest === 0) return;
    // Parts come into force in the order of their ids. One that has a later one in force beside it is in
    // force by now, or was left by a grower that failed, or has been replaced already. The newest stays:
    // it comes into force place by place, and may not be in all of its places yet.
    this.#pending = this.#pending.filter((part) => {
      if (part.id < newest) this.#put(part);
      return part.id >= newest;
    });
  }

  #put(part: EntryCells): boolean {
    if (part instanceof RangeTree) {
      const isInForce = part.id === this.#control.rangesId();
      if (isInForce) this.#ranges = part;
      return isInForce;
    }
    let isInForce = false;
    for (let place = 0; place < DIRECTORY_SIZE; place++) {
      if (part.id !== this.#control.tableId(place) || !(part instanceof ListTable)) continue;
      this.#tables[place] = part;
      isInForce = true;
    }
    return isInForce;
  }
}

function partOf(buffer: SharedArrayBuffer): EntryCells {
  const kind = new Int32Array(buffer, 0, HEADER.words)[HEADER.kind];
  return kind === RANGES_KIND ? new RangeTree(buffer) : new ListTable(buffer);
}
