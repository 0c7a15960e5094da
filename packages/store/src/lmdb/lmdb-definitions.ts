import type { DefinitionOverride, Definitions, OnCorrupt } from "../store.ts";
import { decodeEach, decoding } from "./decode-each.ts";
import type { Environment } from "./environment.ts";
import { nameKey } from "./keys.ts";
import type { RecordCodec } from "./record-codec.ts";
import type { Table } from "./table.ts";

const JSON_TEXT = 0;
const FILE_HASH = 1;
const UPDATED_AT = 2;

/** The changed definitions, in one table by id. */
export class LmdbDefinitions implements Definitions {
  readonly #environment: Environment;
  readonly #table: Table;
  readonly #records: RecordCodec;

  constructor(environment: Environment, records: RecordCodec) {
    this.#environment = environment;
    this.#table = environment.table("definitions");
    this.#records = records;
  }

  get(id: string): DefinitionOverride | undefined {
    const bytes = this.#table.get(nameKey(id));
    return bytes === undefined ? undefined : this.#decode(id, bytes);
  }

  *list(onCorrupt?: OnCorrupt): Generator<DefinitionOverride> {
    const rows = this.#table.range({});
    yield* decodeEach(rows, ({ key, value }) => this.#decode(key.toString(), value), onCorrupt);
  }

  async put({ id, json, fileHash, updatedAt }: DefinitionOverride): Promise<void> {
    const key = nameKey(id);
    const bytes = this.#records.encode([json ?? null, fileHash ?? null, updatedAt]);
    await this.#environment.commit(() => this.#table.put(key, bytes));
  }

  async remove(id: string): Promise<boolean> {
    const key = nameKey(id);
    return this.#environment.commit(() => {
      const isThere = this.#table.get(key) !== undefined;
      this.#table.remove(key);
      return isThere;
    });
  }

  #decode(id: string, bytes: Buffer): DefinitionOverride {
    return decoding(
      () => `definitions/${id}`,
      () => {
        const fields = this.#records.decode(bytes);
        return {
          id,
          json: fields.textOrNone(JSON_TEXT),
          fileHash: fields.textOrNone(FILE_HASH),
          updatedAt: fields.number(UPDATED_AT),
        };
      },
    );
  }
}
