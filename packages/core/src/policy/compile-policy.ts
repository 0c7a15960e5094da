import type { ApiDefinition } from "../definition/api-definition.ts";
import type { HopHeader } from "../identity/hop-source.ts";
import type { Issue, Parsed } from "../parsed.ts";
import { compileHeaderCodes, HEADER, type HeaderCodes } from "../request/header-codes.ts";
import { compileUrlTrie, type TrieEntry } from "../routing/compile-url-trie.ts";
import { UrlTrie } from "../routing/url-trie.ts";
import { compileApi, customHeadersOf } from "./compile-api.ts";
import type { CompiledApi } from "./compiled-api.ts";

/**
 * All APIs of an installation, compiled: what a thread needs to route and decide.
 *
 * Immutable. A request that started with one policy ends with it.
 */
export interface Policy {
  readonly apis: readonly CompiledApi[];
  readonly trie: UrlTrie;
  readonly headerCodes: HeaderCodes;
}

/** A policy in the form that threads share: plain definitions and one shared trie. */
export interface PolicySnapshot {
  readonly definitions: readonly ApiDefinition[];
  readonly trie: SharedArrayBuffer;
}

/**
 * Compiles `definitions` into a snapshot for every thread, or says what keeps them from standing
 * together: two APIs for one place, a decoy where another API answers.
 *
 * The path of an issue starts with the id of its API.
 */
export function compilePolicy(definitions: readonly ApiDefinition[]): Parsed<PolicySnapshot> {
  const issues = [...findConflicts(definitions), ...findReservedHeaders(definitions)];
  if (issues.length > 0) return { ok: false, issues };
  const trie = compileUrlTrie(trieEntries(definitions));
  if (!trie.ok) return trie;
  return { ok: true, value: { definitions, trie: trie.value }, warnings: [] };
}

/**
 * Makes a snapshot ready for use in this thread. The trie is read in place, not copied. `hopHeader`:
 * the one that trusted proxies name the client in.
 */
export function attachPolicy(
  snapshot: PolicySnapshot,
  hopHeader: HopHeader = "x-forwarded-for",
): Policy {
  const headerCodes = compileHeaderCodes(snapshot.definitions.flatMap(customHeadersOf), hopHeader);
  return {
    apis: snapshot.definitions.map((definition, index) =>
      compileApi(definition, index, headerCodes),
    ),
    trie: new UrlTrie(snapshot.trie),
    headerCodes,
  };
}

/** A trie value is an API's index, doubled, plus one for a decoy path. */
function trieEntries(definitions: readonly ApiDefinition[]): TrieEntry[] {
  const entries: TrieEntry[] = [];
  definitions.forEach((definition, index) => {
    const { decoy, hostname: host, url } = definition;
    const whole = decoy.enabled && decoy.subpaths.length === 0;
    entries.push({ host, path: url, match: "prefix", value: index * 2 + (whole ? 1 : 0) });
    if (!decoy.enabled) return;
    for (const path of decoy.subpaths) {
      entries.push({ host, path, match: "prefix", value: index * 2 + 1 });
    }
  });
  return entries;
}

function findConflicts(definitions: readonly ApiDefinition[]): Issue[] {
  const issues: Issue[] = [];
  const owners = new Map<string, string>();
  const claim = (id: string, path: string, place: string): void => {
    const owner = owners.get(place);
    if (owner === undefined) owners.set(place, id);
    else
      issues.push({ path: `${id}: ${path}`, problem: `${place} belongs to API ${owner} already` });
  };
  for (const { decoy, hostname, id, url } of definitions) {
    claim(id, "api_metadata.url", `${hostname} ${url}`);
    if (!decoy.enabled) continue;
    decoy.subpaths.forEach((path, at) => {
      claim(id, `api_metadata.decoy_config.decoy_subpaths[${at}]`, `${hostname} ${path}`);
    });
  }
  return issues;
}

/** A header with a meaning of its own would be read as that, and the API would never see its value. */
function findReservedHeaders(definitions: readonly ApiDefinition[]): Issue[] {
  const standard = compileHeaderCodes([]);
  return definitions.flatMap((definition) =>
    customHeadersOf(definition)
      .filter((name) => (standard.get(name) ?? HEADER.other) !== HEADER.other)
      .map((name) => ({
        path: definition.id,
        problem: `header ${name} has a meaning of its own and cannot carry an identifier`,
      })),
  );
}
