import type { TrieEntry } from "../../src/routing/compile-url-trie.ts";
import { NO_API, NO_HOST } from "../../src/routing/url-trie.ts";

/** The rules of `UrlTrie.find` in the plainest words: every entry is tried, the best one wins. */
export function referenceFind(entries: readonly TrieEntry[], host: string, path: string): number {
  const named = entries.filter((entry) => entry.host === host && host !== "*");
  const wildcard = entries.filter((entry) => entry.host === "*");
  if (named.length + wildcard.length === 0) return NO_HOST;
  return bestOf(named, path)?.value ?? bestOf(wildcard, path)?.value ?? NO_API;
}

function bestOf(entries: readonly TrieEntry[], path: string): TrieEntry | undefined {
  return entries.filter((entry) => covers(entry, path)).toSorted(bySpecificity)[0];
}

function covers(entry: TrieEntry, path: string): boolean {
  if (!path.startsWith("/")) return false;
  const wanted = segmentsOf(entry);
  const given = path.split("/").slice(1);
  if (entry.match === "exact" ? wanted.length !== given.length : wanted.length > given.length) {
    return false;
  }
  return wanted.every((segment, index) => fits(segment, given[index] ?? ""));
}

function segmentsOf(entry: TrieEntry): string[] {
  return entry.path === "/" && entry.match === "prefix" ? [] : entry.path.split("/").slice(1);
}

function fits(segment: string, given: string): boolean {
  const open = segment.indexOf("{");
  if (open === -1) return segment === given;
  const before = segment.slice(0, open);
  const after = segment.slice(segment.indexOf("}") + 1);
  const isLongEnough = given.length > before.length + after.length;
  return isLongEnough && given.startsWith(before) && given.endsWith(after);
}

/** Both cover one path, so literals at the same place can differ in length only. */
function bySpecificity(left: TrieEntry, right: TrieEntry): number {
  const leftSegments = segmentsOf(left);
  const rightSegments = segmentsOf(right);
  for (const [index, leftSegment] of leftSegments.entries()) {
    const rightSegment = rightSegments[index];
    if (rightSegment === undefined) break;
    const difference =
      literalStart(rightSegment) - literalStart(leftSegment) ||
      literalEnd(rightSegment) - literalEnd(leftSegment);
    if (difference !== 0) return difference;
  }
  const longer = rightSegments.length - leftSegments.length;
  return longer === 0 ? Number(left.match === "prefix") - Number(right.match === "prefix") : longer;
}

function literalStart(segment: string): number {
  const open = segment.indexOf("{");
  return open === -1 ? segment.length : open;
}

function literalEnd(segment: string): number {
  return segment.includes("{") ? segment.length - segment.indexOf("}") - 1 : 0;
}
