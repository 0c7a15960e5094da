import type { AttackDetail } from "./attack-report.ts";

const MIN_BUCKETS = 16;
const MAX_LOAD = 0.75;

/** The offences of each client of one section, grouped as they come in. */
export class ClientDetails {
  /** A Map, because clients choose their own names, `__proto__` among them. */
  readonly #clients = new Map<
    string,
    { readonly shown: string; readonly details: AttackDetail[] }
  >();

  /** `id` tells clients apart; `shown` is what the report calls this one. */
  add(id: string, shown: string, detail: AttackDetail): void {
    const known = this.#clients.get(id);
    if (known === undefined) this.#clients.set(id, { shown, details: [detail] });
    else known.details.push(detail);
  }

  /**
   * The clients in the order in which the product's reports have them.
   *
   * Neither time nor name nor number of offences gives the order of its published reports; that of
   * a hash table does, for both: 16 buckets or as many more as are needed, a client's bucket taken
   * from the 31-polynomial hash of its value, and within a bucket the order of first appearance.
   */
  toElements<Element>(
    elementOf: (shown: string, details: readonly AttackDetail[]) => Element,
  ): Element[] {
    const buckets = bucketsFor(this.#clients.size);
    return [...this.#clients.values()]
      .map(({ shown, details }) => ({ bucket: bucketOf(shown, buckets), shown, details }))
      .toSorted((a, b) => a.bucket - b.bucket)
      .map(({ shown, details }) => elementOf(shown, details));
  }
}

function bucketsFor(count: number): number {
  let buckets = MIN_BUCKETS;
  while (count > buckets * MAX_LOAD) buckets *= 2;
  return buckets;
}

function bucketOf(text: string, buckets: number): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0;
  return (hash ^ (hash >>> 16)) & (buckets - 1);
}
