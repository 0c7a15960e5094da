import { Memoirist } from "memoirist";

import { type Matcher, NO_ROUTE, reasonOf } from "./matcher.ts";
import { colonTemplate, type RoutedUrl, type Route } from "./routes.ts";

/** The router of Elysia. */
export class MemoiristMatcher implements Matcher {
  readonly name = "memoirist";
  readonly refused: ReadonlyMap<number, string>;
  readonly #router = new Memoirist<number>();

  constructor(routes: readonly Route[]) {
    const refused = new Map<number, string>();
    routes.forEach(({ method, template }, route) => {
      try {
        this.#router.add(method, colonTemplate(template), route);
      } catch (error) {
        refused.set(route, reasonOf(error));
      }
    });
    this.refused = refused;
  }

  match(method: string, path: string): number {
    return this.#router.find(method, path)?.store ?? NO_ROUTE;
  }

  matchAll(urls: readonly RoutedUrl[]): number {
    let sum = 0;
    for (const { method, path } of urls) sum += this.match(method, path);
    return sum;
  }
}
