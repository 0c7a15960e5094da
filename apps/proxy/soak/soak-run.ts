import { setTimeout as pause } from "node:timers/promises";

import type { ProxyProcess } from "../test/support/proxy-process.ts";
import type { HttpClient, SoakAnswer, SoakRequest } from "./http-client.ts";
import type { Expectation, Ledger, Outage } from "./ledger.ts";

/** What every load of the soak works with. */
export interface SoakRun {
  readonly proxy: ProxyProcess;
  readonly client: HttpClient;
  readonly ledger: Ledger;
  readonly outages: Outage[];
  /** The upstream that the APIs name. */
  readonly upstreamPort: number;
  /** What went wrong that is no request's. */
  readonly troubles: string[];
  readonly lengthMs: number;
  isOver: boolean;
}

/** One kind of traffic: `act` is repeated, with a rest, as long as the soak lasts. */
export interface Load {
  readonly name: string;
  /** Between the end of one and the beginning of the next. */
  readonly restMs: number;
  /** `turn` counts from 0. */
  readonly act: (run: SoakRun, turn: number) => Promise<unknown>;
}

/** Repeats a load until the soak is over; what it throws is a trouble, and ends it not. */
export async function keepUp(run: SoakRun, load: Load): Promise<void> {
  for (let turn = 0; !run.isOver && !run.proxy.isOver; turn++) {
    try {
      await load.act(run, turn);
    } catch (error) {
      const isExpected = run.outages.some(({ until }) => Date.now() < until + 1000);
      if (!isExpected) run.troubles.push(`${load.name}: ${String(error)}`);
    }
    await pause(load.restMs);
  }
}

/** A request as the ledger has it: its number goes to the end of the path. */
export interface Booked extends SoakRequest, Partial<Expectation> {
  readonly kind: string;
  readonly query?: string;
  /** What is wrong with the answer; empty: nothing. */
  readonly look?: (answer: SoakAnswer) => string;
}

/**
 * Sends one request and enters it: 200 and read once by the upstream, unless `booked` says otherwise.
 * Resolves to the status; 0: there was no whole answer.
 */
export async function book(run: SoakRun, booked: Booked): Promise<number> {
  const { kind, look, path, query = "" } = booked;
  const statuses = booked.statuses ?? [200];
  const isLeft = booked.leavesAt !== undefined;
  const { loggedAs, upstream = [1, 1] } = booked;
  const number = run.ledger.open(kind, {
    statuses,
    upstream,
    isLeft,
    ...(loggedAs !== undefined && { loggedAs }),
  });
  try {
    const answer = await run.client.send({ ...booked, path: `${path}/n${number}${query}` });
    run.ledger.close(number, answer.status, look?.(answer) ?? "");
    return answer.status;
  } catch (error) {
    run.ledger.close(number, 0, statuses.includes(0) || isLeft ? "" : String(error));
    return 0;
  }
}
