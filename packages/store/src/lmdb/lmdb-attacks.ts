import type { AttackRange, AttackRecord } from "../attack-record.ts";
import { checkAttack, clampTime, MAX_TIME } from "../check-attack.ts";
import { ATTACK_CODES, KINDS } from "../numbering.ts";
import type { Sealer } from "../sealer.ts";
import type { Attacks, OnCorrupt } from "../store.ts";
import type { Counters } from "./counters.ts";
import { decodeEach, decoding } from "./decode-each.ts";
import type { EntryCodec } from "./entry-codec.ts";
import type { Environment } from "./environment.ts";
import { attackKey, attackKeyName, MAX_WIDE, timeOfAttackKey } from "./keys.ts";
import { decodeTexts, type RecordCodec, type RecordFields } from "./record-codec.ts";
import type { Row, RowRange, Table } from "./table.ts";

const SEQUENCE = "attack-sequence";
/** Records that one transaction removes: a long log is pruned without keeping the writer. */
const PRUNE_BATCH = 2_000;

const CODE = 0;
const API = 1;
const KIND = 2;
const SEALED = 3;
const TEXTS = 6;
const MOST_TEXTS = 7;

interface OpenedRow {
  readonly key: Buffer;
  readonly fields: RecordFields;
}

/** The attack log, in one table by (time, sequence). */
export class LmdbAttacks implements Attacks {
  readonly #environment: Environment;
  readonly #table: Table;
  readonly #counters: Counters;
  readonly #records: RecordCodec;
  readonly #sealer: Sealer;
  readonly #entries: EntryCodec;

  constructor(
    environment: Environment,
    counters: Counters,
    codecs: {
      readonly records: RecordCodec;
      readonly entries: EntryCodec;
      readonly sealer: Sealer;
    },
  ) {
    this.#environment = environment;
    this.#table = environment.table("attacks");
    this.#counters = counters;
    this.#records = codecs.records;
    this.#sealer = codecs.sealer;
    this.#entries = codecs.entries;
  }

  async append(records: readonly AttackRecord[]): Promise<void> {
    records.forEach(checkAttack);
    const rows = records.map((record) => ({ at: record.at, value: this.#encode(record) }));
    await this.#environment.commit(() => {
      let sequence = this.#counters.add(SEQUENCE, rows.length);
      for (const { at, value } of rows) this.#table.put(attackKey(at, sequence++), value);
    });
  }

  *between(range: AttackRange, onCorrupt?: OnCorrupt): Generator<AttackRecord> {
    const { api, codes } = range;
    const from = Math.ceil(clampTime(range.from));
    const to = Math.floor(clampTime(range.to));
    if (from > to) return;
    const isWanted = ({ fields }: OpenedRow): boolean =>
      (api === undefined || fields.text(API) === api) &&
      (codes === undefined || codes.includes(ATTACK_CODES.wordOf(fields.number(CODE))));

    const rows = this.#table.range(rangeOf(from, to));
    const decode = (row: Row): AttackRecord | undefined =>
      decoding(
        () => attackKeyName(row.key),
        () => {
          const opened = { key: row.key, fields: this.#records.decode(row.value) };
          return isWanted(opened) ? this.#decode(opened) : undefined;
        },
      );
    for (const record of decodeEach(rows, decode, onCorrupt)) {
      if (record !== undefined) yield record;
    }
  }

  async prune(before: number, signal?: AbortSignal): Promise<number> {
    const end = attackKey(Math.ceil(clampTime(before)), 0);
    let pruned = 0;
    for (;;) {
      // One transaction after the other, on purpose: others write in between.
      const count = await this.#environment.commit(() => {
        const keys = [...this.#table.keys({ start: attackKey(0, 0), end, limit: PRUNE_BATCH })];
        for (const key of keys) this.#table.remove(key);
        return keys.length;
      });
      pruned += count;
      if (count < PRUNE_BATCH || signal?.aborted === true) return pruned;
    }
  }

  #encode(record: AttackRecord): Buffer {
    const { api, code, client, ip, method, path, reason, requestId } = record;
    const value = this.#entries.keptValueOf(client);
    const shown = [client.name, value, ip, method, path, requestId];
    if (reason !== undefined) shown.push(reason);
    const texts = JSON.stringify(shown);
    return this.#records.encode([
      ATTACK_CODES.numberOf(code),
      api,
      KINDS.numberOf(client.kind),
      this.#sealer.seal(texts, contextOf(record.at)),
    ]);
  }

  #decode({ key, fields }: OpenedRow): AttackRecord {
    const at = timeOfAttackKey(key);
    const sealed = this.#sealer.unseal(fields.bytes(SEALED), contextOf(at));
    const texts = decodeTexts(sealed, TEXTS, MOST_TEXTS);
    const [name = "", value = "", ip = "", method = "", path = "", requestId = "", reason] = texts;
    return {
      at,
      api: fields.text(API),
      code: ATTACK_CODES.wordOf(fields.number(CODE)),
      client: { kind: KINDS.wordOf(fields.number(KIND)), name, value },
      ip,
      method,
      path,
      requestId,
      ...(reason === undefined ? {} : { reason }),
    };
  }
}

/** What a sealed record belongs to: it does not open at another time. */
function contextOf(at: number): Buffer {
  return Buffer.from(`attacks/${at}`);
}

function rangeOf(from: number, to: number): RowRange {
  // The last millisecond has no next one; its last sequence number is never reached.
  const end = to === MAX_TIME ? attackKey(to, MAX_WIDE) : attackKey(to + 1, 0);
  return { start: attackKey(from, 0), end };
}
