import findMyWay, { type HTTPMethod } from "find-my-way";

import { type Matcher, NO_ROUTE, reasonOf } from "./matcher.ts";
import { colonTemplate, type RoutedUrl, type Route } from "./routes.ts";

const METHODS: readonly HTTPMethod[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** The router of Fastify. */
export class FindMyWayMatcher implements Matcher {
  readonly name = "find-my-way";
  readonly refused: ReadonlyMap<number, string>;
  readonly #router = findMyWay();
  readonly #methods: ReadonlyMap<string, HTTPMethod> = new Map(
    METHODS.map((method) => [method, method]),
  );

  constructor(routes: readonly Route[]) {
    const refused = new Map<number, string>();
    routes.forEach(({ method, template }, route) => {
      try {
        // It takes the store 0 for none.
        const store = route + 1;
        this.#router.on(this.#nameOf(method), colonTemplate(template), () => undefined, store);
      } catch (error) {
        refused.set(route, reasonOf(error));
      }
    });
    this.refused = refused;
  }

  match(method: string, path: string): number {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a look-up of its name would be timed
    const found = this.#router.find(method as HTTPMethod, path);
    const store: unknown = found?.store;
    return typeof store === "number" ? store - 1 : NO_ROUTE;
  }

  matchAll(urls: readonly RoutedUrl[]): number {
    let sum = 0;
    for (const { method, path } of urls) sum += this.match(method, path);
    return sum;
  }

  #nameOf(method: string): HTTPMethod {
    const known = this.#methods.get(method);
    if (known === undefined) throw new TypeError("a method that no route of GitHub has");
    return known;
  }
}
