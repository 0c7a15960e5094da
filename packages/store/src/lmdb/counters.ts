import type { RecordCodec } from "./record-codec.ts";
import type { Table } from "./table.ts";

/** Numbers that change in the transaction of what they count. */
export class Counters {
  readonly #table: Table;
  readonly #codec: RecordCodec;

  constructor(table: Table, codec: RecordCodec) {
    this.#table = table;
    this.#codec = codec;
  }

  get(name: string): number {
    const bytes = this.#table.get(Buffer.from(name));
    return bytes === undefined ? 0 : this.#codec.decode(bytes).number(0);
  }

  /** Only inside of a transaction. Returns what the counter was before. */
  add(name: string, amount: number): number {
    const before = this.get(name);
    if (amount !== 0) this.#table.put(Buffer.from(name), this.#codec.encode([before + amount]));
    return before;
  }
}
