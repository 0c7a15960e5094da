import { claimText } from "./claim-text.ts";
import type { Claims } from "./claims.ts";

/** Which claims hold what a client is known by; an empty name: none does. */
export interface IdentifierClaims {
  readonly username: string;
  readonly clientId: string;
}

/** What a token's claims say of its client; empty where they say nothing. */
export interface TokenIdentifiers {
  readonly username: string;
  readonly clientId: string;
}

/**
 * Takes the identifiers out of claims, by name or by a dotted path (see `claimText`).
 *
 * Of an array the first element is the user name; a client id is never taken from an array.
 */
export function extractIdentifiers(claims: Claims, names: IdentifierClaims): TokenIdentifiers {
  return {
    username: names.username === "" ? "" : (claimText(claims, names.username) ?? ""),
    clientId: names.clientId === "" ? "" : (claimText(claims, names.clientId, false) ?? ""),
  };
}
