import type { ApiDefinition } from "@portcullis/core";
import {
  allocateServerStates,
  HealthChecker,
  type HealthTarget,
  SeatDirectory,
  SeatsTakenError,
  ServerStates,
  type UpstreamTlsOptions,
} from "@portcullis/upstream";

import { ConflictError } from "../errors.ts";

/** Servers over all APIs; what is past them is refused with the definition that names it. */
export const MOST_SERVERS = 4096;
/** The control plane's number among the writers of the server states; edges are 1 and up. */
const CONTROL = 0;

export interface ServerWatchOptions {
  readonly edges: number;
  /** For servers with `server_ssl`. */
  readonly tls: UpstreamTlsOptions;
  readonly report: (what: string, error: unknown) => void;
}

/** Which servers there are, where their state stands in shared memory, and whether they are well. */
export class ServerWatch {
  readonly buffer: SharedArrayBuffer;
  readonly #states: ServerStates;
  readonly #seats: SeatDirectory;
  readonly #checker: HealthChecker;
  readonly #tls: UpstreamTlsOptions;

  constructor({ edges, report, tls }: ServerWatchOptions) {
    this.buffer = allocateServerStates({ seats: MOST_SERVERS, edges });
    this.#states = new ServerStates(this.buffer, CONTROL);
    this.#seats = new SeatDirectory(this.#states);
    this.#tls = tls;
    this.#checker = new HealthChecker(this.#states, ({ host, port }, isUp, reason) => {
      report(`server ${host}:${port} is ${isUp ? "up" : "down"}: ${reason}`, undefined);
    });
  }

  /** Gives the servers of `definitions` their seats. Throws `ConflictError` if there are too many. */
  assign(definitions: readonly ApiDefinition[]): number[][] {
    try {
      return this.#seats.assign(definitions);
    } catch (error) {
      if (error instanceof SeatsTakenError)
        throw new ConflictError(tooManyServers(), { cause: error });
      throw error;
    }
  }

  /** As if the last `assign` had not been. */
  undoAssign(): void {
    this.#seats.undo();
  }

  /** Checks the servers of `definitions` from now on. Call once every edge has taken them. */
  check(definitions: readonly ApiDefinition[], seats: readonly (readonly number[])[]): void {
    this.#checker.replace(
      definitions.flatMap((definition, index) => this.#targetsOf(definition, seats[index] ?? [])),
    );
  }

  /** An edge has died: what it had open is not open any more. */
  releaseEdge(edge: number): void {
    this.#states.releaseEdge(edge);
  }

  /** Servers whose last checks failed. */
  countDown(): number {
    let down = 0;
    for (let seat = 0; seat < MOST_SERVERS; seat++) if (this.#states.isDown(seat)) down++;
    return down;
  }

  stop(): void {
    this.#checker.stop();
  }

  /** A server without a fellow is not asked: whatever it answered, there is nowhere else to send to. */
  #targetsOf(definition: ApiDefinition, seats: readonly number[]): HealthTarget[] {
    const { health, servers, serverSsl } = definition;
    if (!health.enabled || servers.length < 2) return [];
    const tls = this.#tls;
    return servers.map(({ host, port }, at) => ({
      seat: seats[at] ?? 0,
      host,
      port,
      ...(serverSsl ? { tls } : {}),
      path: health.url,
      intervalMs: health.intervalSeconds * 1000,
      retries: Math.max(1, health.retries),
    }));
  }
}

/** Says what there is room for. */
export function tooManyServers(): string {
  return `expected at most ${MOST_SERVERS} servers over all APIs, got more`;
}
