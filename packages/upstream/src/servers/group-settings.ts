import { wholeNumber, type UpstreamTlsOptions } from "../settings.ts";

/** One server of a group, as the API's definition has it, and its seat in the shared memory. */
export interface GroupServer {
  readonly host: string;
  readonly port: number;
  readonly seat: number;
  /** Exchanges that all edges together may have open with it; 0: as many as come. */
  readonly connectionQuota: number;
  /** Requests that all edges together may send it in a period; a count of 0: as many as come. */
  readonly spike: { readonly count: number; readonly seconds: number };
}

/** What a caller may say about the servers of one API; times in milliseconds. */
export interface ServerGroupOptions {
  readonly servers: readonly GroupServer[];
  readonly tls?: UpstreamTlsOptions;
  readonly balancing?: "least-connections" | "round-robin";
  /** Requests wait when every server is at its quota, rather than fail. */
  readonly queues?: boolean;
  readonly maxQueued?: number;
  readonly queueTimeoutMs?: number;
  /** After how many faults in a row a server is left alone for a while. */
  readonly ejectAfterFaults?: number;
  /** For how long at first; twice as long each time that it fails as it returns. */
  readonly ejectMs?: number;
  readonly ejectMaxMs?: number;
  /** How long its share grows after that, from a tenth to the whole. */
  readonly returnMs?: number;
}

/** Every option given or defaulted. */
export interface ServerGroupSettings {
  readonly servers: readonly GroupServer[];
  readonly tls: UpstreamTlsOptions | undefined;
  readonly isRoundRobin: boolean;
  readonly queues: boolean;
  readonly maxQueued: number;
  readonly queueTimeoutMs: number;
  readonly ejectAfterFaults: number;
  readonly ejectMs: number;
  readonly ejectMaxMs: number;
  readonly returnMs: number;
}

const MAX_MS = 86_400_000;
const MAX_COUNT = 2 ** 30;

/**
 * Applies the defaults.
 *
 * @throws UpstreamOptionsError for a number that would switch a limit off.
 */
export function fillGroupSettings(options: ServerGroupOptions): ServerGroupSettings {
  const ejectMs = wholeNumber("ejectMs", options.ejectMs, 1_000, MAX_MS);
  for (const { connectionQuota, seat, spike } of options.servers) {
    wholeNumber("seat", seat, 0, MAX_COUNT, 0);
    wholeNumber("connectionQuota", connectionQuota, 0, MAX_COUNT, 0);
    wholeNumber("spike.count", spike.count, 0, MAX_COUNT, 0);
    wholeNumber("spike.seconds", spike.seconds, 1, MAX_MS);
  }
  return {
    servers: options.servers,
    tls: options.tls,
    isRoundRobin: options.balancing === "round-robin",
    queues: options.queues ?? false,
    maxQueued: wholeNumber("maxQueued", options.maxQueued, 1_024, 1_000_000, 0),
    queueTimeoutMs: wholeNumber("queueTimeoutMs", options.queueTimeoutMs, 5_000, MAX_MS),
    ejectAfterFaults: wholeNumber("ejectAfterFaults", options.ejectAfterFaults, 3, MAX_COUNT),
    ejectMs,
    ejectMaxMs: wholeNumber("ejectMaxMs", options.ejectMaxMs, 60_000, MAX_MS),
    returnMs: wholeNumber("returnMs", options.returnMs, 10_000, MAX_MS),
  };
}
