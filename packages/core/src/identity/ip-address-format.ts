import { type AddressWords, groupOf, isIpv4 } from "./ip-address.ts";

const GROUPS = 8;

/** The one text of an address: RFC 5952; four decimal numbers for IPv4. */
export function formatAddress(words: AddressWords): string {
  if (isIpv4(words)) return formatIpv4(words[3] ?? 0);
  const gap = longestGap(words);
  if (gap.length < 2) return formatGroups(words, 0, GROUPS);
  const gapEnd = gap.start + gap.length;
  return `${formatGroups(words, 0, gap.start)}::${formatGroups(words, gapEnd, GROUPS)}`;
}

function formatIpv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 0xff}.${(word >>> 8) & 0xff}.${word & 0xff}`;
}

function formatGroups(words: AddressWords, start: number, end: number): string {
  let text = "";
  for (let group = start; group < end; group++) {
    text += `${group === start ? "" : ":"}${groupOf(words, group).toString(16)}`;
  }
  return text;
}

/** The first of the longest runs of zero groups: RFC 5952 4.2.3. */
function longestGap(words: AddressWords): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let group = 0; group < GROUPS; group++) {
    if (groupOf(words, group) !== 0) start = group + 1;
    else if (group + 1 - start > best.length) best = { start, length: group + 1 - start };
  }
  return best;
}
