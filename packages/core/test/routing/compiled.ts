import { compileUrlTrie, type TrieEntry } from "../../src/routing/compile-url-trie.ts";
import { UrlTrie } from "../../src/routing/url-trie.ts";

/** A trie of entries that must compile. */
export function compiled(entries: readonly TrieEntry[]): UrlTrie {
  const result = compileUrlTrie(entries);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return new UrlTrie(result.value);
}

/** Entries from lines such as `* /shop` and `api.example.com =/shop/{id}`; `=` means exact. */
export function entriesOf(lines: readonly string[]): TrieEntry[] {
  return lines.map((line, value) => {
    const [host = "", rest = ""] = line.split(" ");
    return rest.startsWith("=")
      ? { host, path: rest.slice(1), match: "exact", value }
      : { host, path: rest, match: "prefix", value };
  });
}
