import { addRoute, createRouter, findRoute } from "rou3";

import { type Matcher, NO_ROUTE, reasonOf } from "./matcher.ts";
import { colonTemplate, type RoutedUrl, type Route } from "./routes.ts";

/** The router of Nitro and h3. */
export class Rou3Matcher implements Matcher {
  readonly name = "rou3";
  readonly refused: ReadonlyMap<number, string>;
  readonly #router = createRouter<number>();

  constructor(routes: readonly Route[]) {
    const refused = new Map<number, string>();
    routes.forEach(({ method, template }, route) => {
      try {
        addRoute(this.#router, method, colonTemplate(template), route);
      } catch (error) {
        refused.set(route, reasonOf(error));
      }
    });
    this.refused = refused;
  }

  match(method: string, path: string): number {
    return findRoute(this.#router, method, path)?.data ?? NO_ROUTE;
  }

  matchAll(urls: readonly RoutedUrl[]): number {
    let sum = 0;
    for (const { method, path } of urls) sum += this.match(method, path);
    return sum;
  }
}
