import { type DeniedIdentifiers } from "../workload/denied-identifiers.ts";
import { type Child } from "./child.ts";

/** A proxy with the policy of the workload, running. */
export interface RunningSubject {
  readonly name: string;
  readonly description: string;
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
