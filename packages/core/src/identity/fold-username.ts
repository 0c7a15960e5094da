const CAPITAL_A = 0x41;
const CAPITAL_Z = 0x5a;
const SPACE = 0x20;
const DELETE = 0x7f;

/** What prints nothing: zero-width characters, marks of direction, variation selectors. */
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * The one spelling of a user name, for lists, commands, claims and headers alike: Unicode's
 * compatibility forms (NFKC), without case, without characters that print nothing, and without
 * blanks at its ends; inner blanks are one space each.
 *
 * It goes through capitals, so that `ß` is `ss` and both forms of a small sigma are one. Two users
 * of an upstream that tells such names apart are one user here. A name already in this form is
 * returned as it is.
 */
export function foldUsername(name: string): string {
  return isFolded(name) ? name : fold(name);
}

function fold(name: string): string {
  const plain = name.normalize("NFKC").replaceAll(IGNORABLE, "");
  const lower = plain.toUpperCase().toLowerCase().normalize("NFKC");
  return lower.trim().replaceAll(/\s+/g, " ");
}

/** Visible ASCII without capitals, and spaces one at a time between it. */
function isFolded(name: string): boolean {
  let wasSpace = true;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code < SPACE || code >= DELETE) return false;
    if (code >= CAPITAL_A && code <= CAPITAL_Z) return false;
    const isSpace = code === SPACE;
    if (isSpace && wasSpace) return false;
    wasSpace = isSpace;
  }
  return !wasSpace || name.length === 0;
}
