import type { Reader } from "./read.ts";

/** One field of the API JSON: how it is read, and what the reference page says about it. */
export interface Field<T> {
  /** Completes "expected ..." in issues and on the reference page. */
  readonly expects: string;
  /** The same for one element, where the field is a list. */
  readonly expectsEach?: string;
  /** Whether leaving the field out is an issue. */
  readonly isRequired?: boolean;
  /**
   * What `read` gets when the field is left out, and in the place of a value that cannot be read,
   * so that reading goes on. `read` accepts it without a warning.
   */
  readonly fallback: unknown;
  /** What the default comes to, where `fallback` does not say it. */
  readonly fallbackNote?: string;
  readonly meaning: string;
  readonly read: Reader<T>;
}

/** A key that holds an object, or a list of objects, with a section of its own. */
export interface Child {
  readonly isRequired?: boolean;
  readonly expects: "an object" | "an array of objects";
  readonly meaning: string;
}

/** One object of the API JSON: its fields by key, in the order of the reference page. */
export interface Section<T, C extends string = never> {
  /** JSON path, `[]` for every element: `api_metadata.servers[]`. */
  readonly path: string;
  readonly fields: { readonly [K in keyof T]: Field<T[K]> };
  readonly children: { readonly [K in C]: Child };
}

/** Any section, for whoever asks about keys and words but not about types. */
export interface AnySection {
  readonly path: string;
  readonly fields: Readonly<Record<string, Field<unknown>>>;
  readonly children: Readonly<Record<string, Child>>;
}
