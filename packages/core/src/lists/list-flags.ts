import { DENY_SOURCES, DETECTED_SOURCES, type DenySource } from "../identity/client-identifier.ts";

/** The identifier is on the allow list. */
export const ALLOW = 1;

/** The bit that says: `source` put this identifier on the deny list. */
export function denyFlag(source: DenySource): number {
  return ALLOW << (DENY_SOURCES.indexOf(source) + 1);
}

/** The bits of every deny source. */
export const DENY_MASK: number = maskOf(DENY_SOURCES);

/** The bits that switching detection off clears. */
export const DETECTED_MASK: number = maskOf(DETECTED_SOURCES);

/** Every bit that an entry may carry. */
export const FLAG_MASK: number = ALLOW | DENY_MASK;

/** The bits that only an operator sets; they keep a share of the table that no attacker can fill. */
export const OPERATOR_MASK: number = ALLOW | denyFlag("manual");

function maskOf(sources: readonly DenySource[]): number {
  let mask = 0;
  for (const source of sources) mask |= denyFlag(source);
  return mask;
}
