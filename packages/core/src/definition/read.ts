/** Something a reader has to say about a value, or about the element `at` (`[2]`) of it. */
export interface Remark {
  readonly at: string;
  readonly text: string;
}

/**
 * What reading one JSON value gave.
 *
 * `got` completes "expected ..., got ..." and never holds a value that may be a secret. `rest` is
 * what could be read nonetheless, for checks that look at several fields.
 */
export type Read<T> = Accepted<T> | Refused<T>;

export interface Accepted<T> {
  readonly ok: true;
  readonly value: T;
  readonly warnings: readonly Remark[];
}

export interface Refused<T> {
  readonly ok: false;
  readonly got: readonly Remark[];
  readonly rest: T | undefined;
}

/** Reads one JSON value. Never throws. */
export type Reader<T> = (value: unknown) => Read<T>;

const NONE: readonly Remark[] = [];

/** The value is good, and `warning` (if any) is worth a line to its author. */
export function accept<T>(value: T, warning?: string): Read<T> {
  const warnings = warning === undefined ? NONE : [{ at: "", text: warning }];
  return { ok: true, value, warnings };
}

/** The same remarks about a value made of the one that was read; what was refused stays refused. */
export function mapRead<T, U>(read: Read<T>, make: (value: T) => U): Read<U> {
  return read.ok ? { ...read, value: make(read.value) } : { ...read, rest: undefined };
}

/** The value is not what was expected: `got` says what it is. */
export function refuse(got: string): Refused<never> {
  return { ok: false, got: [{ at: "", text: got }], rest: undefined };
}
