import { readFile } from "node:fs/promises";

import type { AddressWords } from "@portcullis/core";

import type { AddressKey } from "../server/address-key.ts";
import type { Excess } from "../server/connection-excess.ts";
import { countConnections } from "./connection-table.ts";

/** The connections of this process's network, as Linux tells them; the second is missing without IPv6. */
export const CONNECTION_TABLE = "/proc/self/net/tcp";
const IPV6_TABLE = "/proc/self/net/tcp6";
const EVERY_MS = 1_000;

export interface CensusOptions {
  /** Connections that one address may have. */
  readonly limit: number;
  readonly ports: () => readonly number[];
  readonly isExempt: (address: AddressWords) => boolean;
  /** Told of each count, but not of nobody twice in a row. */
  readonly publish: (excess: Excess) => void;
  readonly report: (what: string, error: unknown) => void;
}

/**
 * Counts the connections of each address once a second, over all edges. The engine does not say when a
 * connection begins or ends, so the kernel is asked.
 */
export class ConnectionCensus {
  readonly #options: CensusOptions;
  #timer: NodeJS.Timeout | undefined;
  #wasOver = false;
  #hasFailed = false;
  #isStopped = false;

  constructor(options: CensusOptions) {
    this.#options = options;
    this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      void this.#count().finally(() => this.#schedule());
    }, EVERY_MS);
    this.#timer.unref();
  }

  async #count(): Promise<void> {
    const { isExempt, limit, ports, publish, report } = this.#options;
    try {
      const tables = [await readFile(CONNECTION_TABLE, "latin1"), await readIpv6()];
      const counts = new Map<AddressKey, number>();
      for (const table of tables) countConnections(table, ports(), isExempt, counts);
      const excess = [...counts].flatMap(([address, count]): Excess =>
        count > limit ? [[address, count - limit]] : [],
      );
      if (!this.#isStopped && (excess.length > 0 || this.#wasOver)) publish(excess);
      this.#wasOver = excess.length > 0;
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) report("connections cannot be counted", error);
      this.#hasFailed = true;
    }
  }
}

async function readIpv6(): Promise<string> {
  try {
    return await readFile(IPV6_TABLE, "latin1");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}
