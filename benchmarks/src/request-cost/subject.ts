import type { Child } from "../servers/child.ts";
import type { DeniedIdentifiers } from "../workload/denied-identifiers.ts";

/**
 * What a subject does with the table of requests: the whole policy, nothing but forwarding,
 * nothing but refusing, or the general rules of a web application firewall.
 */
export type SubjectPolicy = "full" | "none" | "refuse-all" | "crs";

/** A server with the policy of the workload or a part of it, running. */
export interface RunningSubject {
  readonly name: string;
  readonly description: string;
  readonly policy: SubjectPolicy;
  readonly port: number;
  readonly child: Child;
  /** Where its log is, to be looked at after the correctness test; `undefined`: it keeps none. */
  readonly log: string | undefined;
}

/** What every subject is started with. */
export interface SubjectOptions {
  /** Exists, is empty, and is removed afterwards. */
  readonly directory: string;
  readonly upstreamPort: number;
  readonly denied: DeniedIdentifiers;
}

/** A subject that may be missing on this machine. */
export interface SubjectSource {
  readonly name: string;
  /** Why it cannot be started here; `undefined`: it can. */
  readonly missing: string | undefined;
  start(options: SubjectOptions): Promise<RunningSubject>;
}
