/** What a client is known by. */
export type IdentifierKind = "token" | "cookie" | "ip" | "api-key" | "username";

/** What can be denied without anybody's doing. */
export type BlamedKind = "token" | "cookie" | "ip";

/** Every kind once, in the order of their numbers. */
export const IDENTIFIER_KINDS: readonly IdentifierKind[] = [
  "token",
  "cookie",
  "ip",
  "api-key",
  "username",
];

/** One client identifier. `name` is a cookie's or API key's name, and empty for the other kinds. */
export interface ClientIdentifier {
  readonly kind: IdentifierKind;
  readonly name: string;
  readonly value: string;
}

/** Who put an identifier on the deny list. */
export type DenySource =
  | "manual"
  | "decoy"
  | "protocol"
  | "method"
  | "content-type"
  | "missing-token"
  | "analytics";

export const DENY_SOURCES: readonly DenySource[] = [
  "manual",
  "decoy",
  "protocol",
  "method",
  "content-type",
  "missing-token",
  "analytics",
];

/** An offence that a request can commit, as the source that denies for it. */
export type OffenceSource = Exclude<DenySource, "analytics" | "manual">;

/** The sources that switching detection off takes from the list. */
export const DETECTED_SOURCES: readonly OffenceSource[] = [
  "decoy",
  "protocol",
  "method",
  "content-type",
  "missing-token",
];
