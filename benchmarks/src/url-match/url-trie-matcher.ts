import { compileUrlTrie, type TrieEntry, UrlTrie } from "@portcullis/core";

import { type Matcher, NO_ROUTE } from "./matcher.ts";
import { type RoutedUrl, type Route, shapeOf } from "./routes.ts";

const HOST = "api.example.com";
const METHODS: ReadonlyMap<string, number> = new Map(
  ["GET", "POST", "PUT", "PATCH", "DELETE"].map((method, slot) => [method, slot]),
);

/**
 * Portcullis: its trie finds the path, a table the method's route. The host is looked up as well,
 * as it is for every request.
 */
export class UrlTrieMatcher implements Matcher {
  readonly name: string;
  readonly refused: ReadonlyMap<number, string>;
  readonly #trie: UrlTrie;
  /** The route of the method in slot m on path p, at `p * METHODS.size + m`. */
  readonly #routes: Int32Array;

  constructor(name: string, routes: readonly Route[]) {
    this.name = name;
    const shapes = new Map<string, number>();
    const entries: TrieEntry[] = [];
    for (const { template } of routes) {
      const shape = shapeOf(template);
      if (shapes.has(shape)) continue;
      entries.push({ host: HOST, path: template, match: "exact", value: shapes.size });
      shapes.set(shape, shapes.size);
    }
    const problems = problemsOf(entries);
    this.refused = new Map(
      routes.flatMap(({ template }, route) => {
        const problem = problems.get(shapes.get(shapeOf(template)) ?? NO_ROUTE);
        return problem === undefined ? [] : [[route, problem]];
      }),
    );
    const compiled = compileUrlTrie(entries.filter(({ value }) => !problems.has(value)));
    if (!compiled.ok) throw new TypeError("the trie refuses routes that it took alone");
    this.#trie = new UrlTrie(compiled.value);
    this.#routes = new Int32Array(shapes.size * METHODS.size).fill(NO_ROUTE);
    routes.forEach(({ method, template }, route) => {
      const path = shapes.get(shapeOf(template)) ?? 0;
      this.#routes[path * METHODS.size + (METHODS.get(method) ?? 0)] = route;
    });
  }

  match(method: string, path: string): number {
    const found = this.#trie.find(HOST, path);
    const slot = METHODS.get(method);
    if (found < 0 || slot === undefined) return NO_ROUTE;
    return this.#routes[found * METHODS.size + slot] ?? NO_ROUTE;
  }

  matchAll(urls: readonly RoutedUrl[]): number {
    let sum = 0;
    for (const { method, path } of urls) sum += this.match(method, path);
    return sum;
  }
}

/** By value of the entry. */
function problemsOf(entries: readonly TrieEntry[]): ReadonlyMap<number, string> {
  const compiled = compileUrlTrie(entries);
  if (compiled.ok) return new Map();
  return new Map(
    compiled.issues.map(({ path, problem }) => [Number.parseInt(path.slice(1), 10), problem]),
  );
}
