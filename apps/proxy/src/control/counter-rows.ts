import { API_ROWS, NO_API_ROW } from "@portcullis/engine";

/**
 * Which row of the counters belongs to which API: kept for the life of the process, so that an API
 * that goes and comes back goes on counting, and bounded, so that metrics are too.
 */
export class CounterRows {
  readonly #rows = new Map<string, number>();

  /** The row of each API, in the order given. APIs past the last row share it. */
  rowsOf(ids: readonly string[]): number[] {
    return ids.map((id) => this.#rowOf(id));
  }

  /** Every row in use with the API it counts for; requests that reached no API have an empty id. */
  entries(): (readonly [string, number])[] {
    return [["", NO_API_ROW], ...this.#rows];
  }

  #rowOf(id: string): number {
    const known = this.#rows.get(id);
    if (known !== undefined) return known;
    const row = Math.min(this.#rows.size + 1, API_ROWS);
    if (row < API_ROWS) this.#rows.set(id, row);
    else this.#rows.set("other APIs", row);
    return row;
  }
}
