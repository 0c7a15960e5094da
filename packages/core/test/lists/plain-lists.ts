import { ALLOW, DENY_MASK } from "../../src/lists/list-flags.ts";

interface Entry {
  flags: number;
  expiry: number;
}

/** The lists as one would write them without threads. */
export class PlainLists {
  readonly entries = new Map<string, Entry>();

  live(name: string, now: number): Entry {
    const { flags, expiry } = this.entries.get(name) ?? { flags: 0, expiry: 0 };
    const isOver = expiry !== 0 && now >= expiry;
    return isOver ? { flags: flags & ALLOW, expiry: 0 } : { flags, expiry };
  }

  add(name: string, flag: number, expiry: number, now: number): string {
    const { flags, expiry: old } = this.live(name, now);
    const ends: number[] = [];
    if ((flags & DENY_MASK) !== 0) ends.push(old);
    if ((flag & DENY_MASK) !== 0) ends.push(expiry);
    const latest = ends.includes(0) ? 0 : Math.max(0, ...ends);
    this.entries.set(name, { flags: flags | flag, expiry: latest });
    return (flags & flag) === flag ? "present" : "added";
  }

  remove(name: string, mask: number, now: number): boolean {
    const entry = this.entries.get(name);
    if (entry === undefined || (this.live(name, now).flags & mask) === 0) return false;
    entry.flags &= ~mask;
    return true;
  }

  purge(now: number): number {
    let purged = 0;
    for (const [name, entry] of this.entries) {
      const { flags } = this.live(name, now);
      if (flags !== entry.flags) purged++;
      entry.flags = flags;
    }
    return purged;
  }

  removeFlags(mask: number): number {
    let removed = 0;
    for (const entry of this.entries.values()) {
      if ((entry.flags & mask) !== 0) removed++;
      entry.flags &= ~mask;
    }
    return removed;
  }

  count(flag: number): number {
    return [...this.entries.values()].filter((entry) => (entry.flags & flag) !== 0).length;
  }
}
