import type { Switches, SwitchValue } from "../store.ts";
import { decoding } from "./decode-each.ts";
import type { Environment } from "./environment.ts";
import { nameKey } from "./keys.ts";
import type { RecordCodec } from "./record-codec.ts";
import type { Table } from "./table.ts";

/** The switches, in one table by name. */
export class LmdbSwitches implements Switches {
  readonly #environment: Environment;
  readonly #table: Table;
  readonly #records: RecordCodec;

  constructor(environment: Environment, records: RecordCodec) {
    this.#environment = environment;
    this.#table = environment.table("switches");
    this.#records = records;
  }

  get(name: string): SwitchValue | undefined {
    const bytes = this.#table.get(nameKey(name));
    if (bytes === undefined) return undefined;
    return decoding(
      () => `switches/${name}`,
      () => this.#records.decode(bytes).scalar(0),
    );
  }

  async set(name: string, value: SwitchValue): Promise<void> {
    const key = nameKey(name);
    const bytes = this.#records.encode([value]);
    await this.#environment.commit(() => this.#table.put(key, bytes));
  }
}
