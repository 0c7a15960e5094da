import { type Matcher, NO_ROUTE } from "./matcher.ts";
import type { RoutedUrl, Route } from "./routes.ts";

/** The naive way: one regular expression a route, tried in turn. */
export class RegexpMatcher implements Matcher {
  readonly name = "naive: a RegExp each";
  readonly refused: ReadonlyMap<number, string> = new Map();
  readonly #byMethod = new Map<string, { readonly pattern: RegExp; readonly route: number }[]>();

  constructor(routes: readonly Route[]) {
    routes.forEach(({ method, template }, route) => {
      const list = this.#byMethod.get(method) ?? [];
      list.push({ pattern: patternOf(template), route });
      this.#byMethod.set(method, list);
    });
    // A literal goes before a parameter: those with fewer parameters are tried first.
    for (const list of this.#byMethod.values()) {
      list.sort((a, b) => parametersOf(routes, a.route) - parametersOf(routes, b.route));
    }
  }

  match(method: string, path: string): number {
    for (const { pattern, route } of this.#byMethod.get(method) ?? []) {
      if (pattern.test(path)) return route;
    }
    return NO_ROUTE;
  }

  matchAll(urls: readonly RoutedUrl[]): number {
    let sum = 0;
    for (const { method, path } of urls) sum += this.match(method, path);
    return sum;
  }
}

function patternOf(template: string): RegExp {
  const source = template
    .split(/(\{[^}]+\})/)
    .map((part) => (part.startsWith("{") ? "[^/]+" : part.replaceAll(/[.*+?^$()[\]|\\]/g, "\\$&")))
    .join("");
  return new RegExp(`^${source}$`);
}

function parametersOf(routes: readonly Route[], route: number): number {
  return (routes[route]?.template ?? "").split("{").length;
}
