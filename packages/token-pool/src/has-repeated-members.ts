import type { Claims } from "./claims.ts";

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/**
 * Whether any object in a JSON text names a member twice: parsers differ in which one they take
 * (RFC 8259 §4), so such a text says two things at once. `parsed` is what `JSON.parse` made of it.
 *
 * Outside of strings each member has exactly one colon, and parsing keeps one of equal names: so it
 * is enough to count both. Spellings of a name that differ in escapes are found too.
 */
export function hasRepeatedMembers(text: string, parsed: Claims): boolean {
  return countColons(text) !== countMembers(parsed);
}

function countColons(text: string): number {
  let colons = 0;
  let isInString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isInString && code === BACKSLASH) i++;
    else if (code === QUOTE) isInString = !isInString;
    else if (code === COLON && !isInString) colons++;
  }
  return colons;
}

/** With a stack of its own: a text may be nested deeper than calls may. */
function countMembers(root: unknown): number {
  let members = 0;
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== "object" || value === null) continue;
    const inside: readonly unknown[] = Object.values(value);
    if (!Array.isArray(value)) members += inside.length;
    for (const each of inside) waiting.push(each);
  }
  return members;
}
