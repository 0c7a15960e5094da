import type { Client } from "./client.ts";
import type { Terminal } from "./terminal.ts";

/** What a command runs with. */
export interface Context {
  readonly terminal: Terminal;
  /** `-y`: questions are answered with yes. */
  readonly yes: boolean;
  /** Finds proxy and secret, at the first call. Arguments are checked before. */
  open(): Promise<Client>;
}

/** One verb: its arguments for the help text, and what it does. */
export interface Command {
  readonly verb: string;
  /** `API_ID [FILE]`, or empty. */
  readonly usage: string;
  readonly summary: string;
  /** The lines to print. */
  run(words: readonly string[], context: Context): Promise<readonly string[]>;
}
