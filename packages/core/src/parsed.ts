/** One thing wrong with an input, in the words of whoever wrote the input. */
export interface Issue {
  /** Where, as a JSON path: `api_metadata.servers[0].port`; empty for the whole input. */
  readonly path: string;
  /** What was expected and what is there. Never echoes a value that may be a secret. */
  readonly problem: string;
}

/**
 * The outcome of reading an untrusted value: the typed value, or every issue at once.
 *
 * `warnings` do not stop anything but are worth a line to whoever wrote the input.
 */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly Issue[] }
  | { readonly ok: false; readonly issues: readonly Issue[] };
