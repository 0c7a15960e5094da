import { KeySet, type KeySetSource } from "./key-set.ts";

/** Key sets that a thread keeps: those of two generations of 64 issuers. */
const MOST_SETS = 128;

/** The key sets that one thread has read, by version, so that each is read once. */
export class KeyRing {
  readonly #sets = new Map<number, Promise<KeySet>>();

  /** The keys of `source`. Rejects with `KeySetError`, each time, for one that cannot be used. */
  get(source: KeySetSource): Promise<KeySet> {
    const known = this.#sets.get(source.version);
    if (known !== undefined) return known;
    const oldest = this.#sets.keys().next();
    if (this.#sets.size >= MOST_SETS && oldest.done !== true) this.#sets.delete(oldest.value);
    const fresh = KeySet.read(source);
    // Whoever asked is told; without this line nobody may have asked any more when it fails.
    fresh.catch(() => undefined);
    this.#sets.set(source.version, fresh);
    return fresh;
  }
}
