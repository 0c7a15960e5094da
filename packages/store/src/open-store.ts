import { StoreCorruptError, StoreKeyError, StoreVersionError } from "./errors.ts";
import { Counters } from "./lmdb/counters.ts";
import { decoding } from "./lmdb/decode-each.ts";
import { EntryCodec } from "./lmdb/entry-codec.ts";
import { Environment } from "./lmdb/environment.ts";
import { LmdbAttacks } from "./lmdb/lmdb-attacks.ts";
import { LmdbDefinitions } from "./lmdb/lmdb-definitions.ts";
import { LmdbLists } from "./lmdb/lmdb-lists.ts";
import { LmdbSwitches } from "./lmdb/lmdb-switches.ts";
import { RecordCodec } from "./lmdb/record-codec.ts";
import type { Table } from "./lmdb/table.ts";
import { Sealer } from "./sealer.ts";
import type { Store, StoreOptions } from "./store.ts";

/** The version of what this release writes. A change that an older release misreads raises it. */
const VERSION = 1;
const META = "meta";
const SCHEMA = Buffer.from("schema");
const PRODUCT = "portcullis";
const CHECK = "the key is the right one";

/**
 * Opens the store in `directory`, and makes one if there is none.
 *
 * Throws a `StoreError` and touches no record unless what is there is a store of this release or
 * an older one, whole, and written under the same key.
 */
export function openStore({ directory, key, values }: StoreOptions): Store {
  const sealer = new Sealer(key);
  const records = new RecordCodec();
  const environment = new Environment(directory);
  try {
    const meta = openMeta(environment, records, sealer);
    const counters = new Counters(meta, records);
    const entries = new EntryCodec(records, sealer, values);
    return {
      lists: new LmdbLists(environment, counters, entries),
      attacks: new LmdbAttacks(environment, counters, { records, entries, sealer }),
      switches: new LmdbSwitches(environment, records),
      definitions: new LmdbDefinitions(environment, records),
      releasePages: () => environment.releasePages(),
      close: () => environment.close(),
    };
  } catch (error) {
    void environment.close();
    throw error;
  }
}

function openMeta(environment: Environment, records: RecordCodec, sealer: Sealer): Table {
  const found = environment.existingTable(META);
  if (found !== undefined && found.get(SCHEMA) !== undefined) {
    checkSchema(found, environment.path, records, sealer);
    return found;
  }
  // Killed during its first start, a store has no more than an empty table.
  if (!environment.isEmpty && (found === undefined || !isEmpty(found))) {
    throw new StoreCorruptError(environment.path, new TypeError("it holds something else"));
  }
  const meta = found ?? environment.table(META);
  const schema = records.encode([PRODUCT, VERSION, sealer.seal(CHECK, SCHEMA)]);
  environment.commitNow(() => meta.put(SCHEMA, schema));
  return meta;
}

function isEmpty(table: Table): boolean {
  return table.range({ limit: 1 }).next().done === true;
}

function checkSchema(meta: Table, path: string, records: RecordCodec, sealer: Sealer): void {
  const fields = decoding(
    () => path,
    () => {
      const schema = records.decode(meta.get(SCHEMA) ?? Buffer.alloc(0));
      if (schema.text(0) !== PRODUCT) throw new TypeError("it holds something else");
      return { version: schema.number(1), check: schema.bytes(2) };
    },
  );
  if (fields.version > VERSION) throw new StoreVersionError(fields.version, VERSION);
  try {
    sealer.unseal(fields.check, SCHEMA);
  } catch {
    throw new StoreKeyError(`the store in ${JSON.stringify(path)} was written under another key`);
  }
}
