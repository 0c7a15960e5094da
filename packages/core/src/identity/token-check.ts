/**
 * What is known of the token by which an API that verifies tokens knows its clients.
 *
 * `none`: the API verifies none, or wants none where there is none. Those past `verified` keep a
 * request from being forwarded.
 */
export const TOKEN_CHECK = {
  none: 0,
  verified: 1,
  /** The API wants a token, and there is none. */
  missing: 2,
  /** It is not what it must be: another signature, issuer or audience, or its time is over. */
  refused: 3,
  /** Nobody could look: no keys, or too much to do. */
  unavailable: 4,
  /** Nobody has looked yet. */
  pending: 5,
} as const;

export type TokenCheck = (typeof TOKEN_CHECK)[keyof typeof TOKEN_CHECK];
