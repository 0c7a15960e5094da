/**
 * The words of the product whose commands this speaks, where ours differ: the one place that holds
 * them. Its manual says deny list and allow list; its verbs, paths and outputs do not.
 */
export interface LegacyList {
  /** In verbs, paths and sentences. */
  readonly word: string;
  readonly title: string;
  readonly empty: string;
  readonly question: string;
  readonly cleared: string;
}

export const DENY_LIST: LegacyList = {
  word: "blacklist",
  title: "Blacklist",
  empty: "No Blacklist",
  question: "This will delete all blacklist Attacks, Are you sure (y/n) :",
  cleared: "Blacklist cleared",
};

export const ALLOW_LIST: LegacyList = {
  word: "whitelist",
  title: "Whitelist",
  empty: "No Whitelist",
  question: "This will delete all whitelist Attacks, Are you sure (y/n) :",
  cleared: "Whitelist cleared",
};

/** The parts of the deny list by their tag, in the order they are shown, with their headings. */
export const DENY_LIST_TITLES: ReadonlyMap<string, string> = new Map([
  ["manual", "Manual Blacklist"],
  ["decoy", "Realtime Decoy Blacklist"],
  ["invalid_protocol", "Realtime Protocol Blacklist"],
  ["invalid_method", "Realtime Method Blacklist"],
  ["invalid_content_type", "Realtime Content-Type Blacklist"],
  ["missing_token", "Realtime Missing Token Blacklist"],
  ["abs_detected", "ABS Detected Blacklist"],
]);

/** Today's verb for a legacy one, or the verb itself: `add_denylist` is `add_` + the old word. */
export function legacyVerb(verb: string): string {
  return verb
    .replace(/_denylist$/, `_${DENY_LIST.word}`)
    .replace(/_allowlist$/, `_${ALLOW_LIST.word}`);
}
