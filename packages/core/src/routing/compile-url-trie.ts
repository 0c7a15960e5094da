import type { Issue, Parsed } from "../parsed.ts";
import { canonicalizeHost } from "../target/canonical-host.ts";
import { NodeTable, type Parameter } from "./node-table.ts";
import { parsePathTemplate, type TemplatePart, templateShape } from "./path-template.ts";
import { END_LABEL, NODE_INTS, NONE } from "./url-trie-layout.ts";

/** One route: what `value` stands for is the caller's business. */
export interface TrieEntry {
  /** Canonical host name, or `*` for any. */
  readonly host: string;
  /**
   * Canonical path, segments in braces are parameters: `/`, `/shop`, `/users/{id}`. Only an exact
   * path may end with a slash, and then matches only with it.
   */
  readonly path: string;
  /** `prefix` covers the path and everything below it, `/shop/` too; `exact` the very path. */
  readonly match: "prefix" | "exact";
  /** What `find` returns: 0 to 2^31 - 1. */
  readonly value: number;
}

const ANY_HOST = "*";
const MAX_VALUE = 0x7fff_ffff;

/** A node before it has a place: one character or one parameter an edge. */
class BuildNode {
  readonly children = new Map<number, BuildNode>();
  readonly parameters = new Map<string, BuildNode>();
  exact = NONE;
  prefix = NONE;
}

/**
 * Compiles routes into one buffer that every thread reads in place with `UrlTrie`.
 *
 * Issues name entries by index: `[3].path`. Two entries that match the same paths of the same host
 * in the same way are an issue, whatever their parameters are called.
 */
export function compileUrlTrie(entries: readonly TrieEntry[]): Parsed<SharedArrayBuffer> {
  const issues: Issue[] = [];
  const taken = new Map<string, number>();
  const roots = new Map<string, BuildNode>();
  entries.forEach((entry, index) => {
    const parts = checkEntry(entry, index, issues);
    if (parts === undefined) return;
    const key = `${entry.match} ${entry.host} ${templateShape(parts)}`;
    const earlier = taken.get(key);
    if (earlier === undefined) {
      taken.set(key, index);
      insert(roots, entry, parts);
    } else {
      issues.push({
        path: `[${index}].path`,
        problem: `${entry.match} match of ${entry.path} on host ${entry.host} is taken by [${earlier}]`,
      });
    }
  });
  if (issues.length > 0) return { ok: false, issues };
  return { ok: true, value: emit(roots), warnings: [] };
}

function checkEntry(
  entry: TrieEntry,
  index: number,
  issues: Issue[],
): readonly TemplatePart[] | undefined {
  const before = issues.length;
  if (entry.host !== ANY_HOST && canonicalizeHost(entry.host) !== entry.host) {
    issues.push({ path: `[${index}].host`, problem: "expected a canonical host name or *" });
  }
  if (!Number.isInteger(entry.value) || entry.value < 0 || entry.value > MAX_VALUE) {
    issues.push({ path: `[${index}].value`, problem: `expected an integer of 0 to ${MAX_VALUE}` });
  }
  if (entry.match === "prefix" && entry.path !== "/" && entry.path.endsWith("/")) {
    issues.push({ path: `[${index}].path`, problem: "expected no slash at the end of a prefix" });
  }
  const template = parsePathTemplate(entry.path);
  if (!template.ok) issues.push({ path: `[${index}].path`, problem: template.problem });
  return template.ok && issues.length === before ? template.parts : undefined;
}

function insert(
  roots: Map<string, BuildNode>,
  entry: TrieEntry,
  parts: readonly TemplatePart[],
): void {
  let node = getOrAdd(roots, entry.host);
  // The prefix `/` is the empty path followed by a slash: one rule for all prefixes.
  if (entry.match === "prefix" && entry.path === "/") {
    node.prefix = entry.value;
    return;
  }
  for (const part of parts) {
    node =
      part.kind === "literal"
        ? addLiteral(node, part.text)
        : getOrAdd(node.parameters, part.suffix);
  }
  if (entry.match === "exact") node.exact = entry.value;
  else node.prefix = entry.value;
}

function addLiteral(from: BuildNode, text: string): BuildNode {
  let node = from;
  for (let i = 0; i < text.length; i++) node = getOrAdd(node.children, text.charCodeAt(i));
  return node;
}

function getOrAdd<K>(nodes: Map<K, BuildNode>, key: K): BuildNode {
  const present = nodes.get(key);
  if (present !== undefined) return present;
  const added = new BuildNode();
  nodes.set(key, added);
  return added;
}

function emit(roots: ReadonlyMap<string, BuildNode>): SharedArrayBuffer {
  const table = new NodeTable();
  const hosts = new BuildNode();
  let wildcardRoot = NONE;
  let maxPending = 0;
  for (const [host, root] of roots) {
    const number = table.claim();
    maxPending = Math.max(maxPending, place(table, root, number));
    if (host === ANY_HOST) wildcardRoot = number;
    else addLiteral(hosts, host).exact = number;
  }
  const hostsRoot = table.claim();
  place(table, hosts, hostsRoot);
  return table.write({ hostsRoot, wildcardRoot, maxPending });
}

interface Placed {
  readonly node: BuildNode;
  readonly number: number;
  /** How many alternatives are pending at most when a look-up arrives here. */
  readonly pending: number;
}

/**
 * Writes a whole trie, depth first: what follows each other in a path lies close together, which a
 * look-up feels. Returns how many alternatives can be pending in it.
 */
function place(table: NodeTable, root: BuildNode, rootNumber: number): number {
  let maxPending = 0;
  const open: Placed[] = [{ node: root, number: rootNumber, pending: 0 }];
  for (let placed = open.pop(); placed !== undefined; placed = open.pop()) {
    const { node, number } = placed;
    // Its parameters are pending one at a time.
    const pending = placed.pending + (node.parameters.size > 0 ? 1 : 0);
    maxPending = Math.max(maxPending, pending);
    if (isDecisive(node)) {
      table.decide(number, {
        endValue: node.exact === NONE ? node.prefix : node.exact,
        prefixValue: node.prefix,
        parameters: placeParameters(table, node, pending, open),
      });
    }
    const hasEnd = node.exact !== NONE && !isDecisive(node);
    const labels = [...node.children.keys(), ...(hasEnd ? [END_LABEL] : [])];
    if (labels.length === 0) continue;
    const base = table.placeChildren(number, labels);
    if (hasEnd) table.end(base, node.exact);
    for (const [code, child] of node.children) {
      open.push({ node: child, number: base + code * NODE_INTS, pending });
    }
  }
  return maxPending;
}

/** The longer its suffix, the more specific a parameter is. */
function placeParameters(
  table: NodeTable,
  node: BuildNode,
  pending: number,
  open: Placed[],
): readonly Parameter[] {
  const bySuffix = [...node.parameters].toSorted(([a], [b]) => b.length - a.length);
  return bySuffix.map(([suffix, child]) => {
    const behind = table.claim();
    open.push({ node: child, number: behind, pending });
    return { behind, suffix };
  });
}

/** Whether more than the next character matters in the middle of a path. */
function isDecisive(node: BuildNode): boolean {
  return node.parameters.size > 0 || node.prefix !== NONE;
}
