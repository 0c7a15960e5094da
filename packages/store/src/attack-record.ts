import type { ClientIdentifier, DenySource } from "@portcullis/core";

/** What a client did to get into the attack log. */
export type AttackCode = Exclude<DenySource, "analytics" | "manual">;

/** One offence, as it goes into the attack log. */
export interface AttackRecord {
  /** Milliseconds since 1970, a whole number. */
  readonly at: number;
  readonly api: string;
  readonly code: AttackCode;
  /** The identifier that takes the blame. */
  readonly client: ClientIdentifier;
  /** Where the request came from, whichever identifier takes the blame. */
  readonly ip: string;
  readonly method: string;
  readonly path: string;
  readonly requestId: string;
  /** Why it was laid to `client`, or to nobody. */
  readonly reason?: string | undefined;
}

/** A part of the attack log; both bounds belong to it. */
export interface AttackRange {
  readonly from: number;
  readonly to: number;
  readonly api?: string | undefined;
  readonly codes?: readonly AttackCode[] | undefined;
}
