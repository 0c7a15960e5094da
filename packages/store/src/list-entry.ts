import type { ClientIdentifier, DenySource } from "@portcullis/core";

export type ListName = "allow" | "deny";

/**
 * One identifier on one list, put there by one source.
 *
 * Unique by (list, kind, name, value, source): several sources may deny the same identifier, and
 * taking one away leaves the others. On the allow list the source is always `manual`. The name of
 * an API key has no case.
 */
export interface ListEntry extends ClientIdentifier, ListKey {
  /** Milliseconds since 1970. */
  readonly addedAt: number;
  readonly requestId?: string | undefined;
  /** Why the offence was laid to this identifier. */
  readonly reason?: string | undefined;
}

/** What the lists in memory are rebuilt from at start; reading it decrypts nothing. */
export interface ListKey {
  readonly list: ListName;
  readonly source: DenySource;
  readonly kind: ClientIdentifier["kind"];
  /** The 16 bytes under which the list in memory knows the identifier: a keyed hash, or an address. */
  readonly key: Uint8Array;
  /** Leading bits of `key` that count when it is an address, 0 to 128; 0 for every other kind. */
  readonly prefix: number;
  /** Seconds since 1970; 0 never. The store keeps expired entries until somebody removes them. */
  readonly expiresAt: number;
  /** The API that the offence was seen on. */
  readonly api?: string | undefined;
}

/** Which entries to go through; what is left out is not looked at. */
export interface ListFilter {
  readonly list?: ListName | undefined;
  readonly source?: DenySource | undefined;
}
