import { editDistance } from "./edit-distance.ts";
import type { Findings } from "./findings.ts";
import { memberPath } from "./member-path.ts";
import { keysOf, SECTIONS } from "./sections.ts";

/** Two slips of the finger away from a key is not another key. */
const MAX_SLIPS = 2;

const HOMES = new Map<string, string[]>();
for (const section of SECTIONS) {
  for (const key of keysOf(section)) {
    HOMES.set(key, [...(HOMES.get(key) ?? []), section.path || "the whole input"]);
  }
}

/**
 * Reports the `keys` of the object at `path` that are not among the `known` ones.
 *
 * A warning, but an issue where the key is a known one misspelt or misplaced, because a security
 * switch that is not read fails open.
 */
export function checkUnknownKeys(
  known: readonly string[],
  keys: Iterable<string>,
  path: string,
  findings: Findings,
): void {
  for (const key of keys) {
    if (known.includes(key)) continue;
    const place = memberPath(path, key);
    const meant = nearest(key, known);
    const homes = HOMES.get(key);
    if (homes !== undefined) {
      findings.issue(place, `unknown field here; it belongs in ${homes.join(" or ")}`);
    } else if (meant !== undefined) {
      findings.issue(place, `unknown field; did you mean "${meant}"?`);
    } else {
      findings.warn(place, "unknown field, ignored");
    }
  }
}

function nearest(key: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let fewest = MAX_SLIPS;
  for (const candidate of known) {
    if (Math.abs(candidate.length - key.length) > MAX_SLIPS) continue;
    const slips = editDistance(key.toLowerCase(), candidate);
    if (slips < fewest || (slips === fewest && best === undefined)) {
      best = candidate;
      fewest = slips;
    }
  }
  return best;
}
