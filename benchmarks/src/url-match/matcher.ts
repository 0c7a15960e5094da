import { type RoutedUrl, type Route } from "./routes.ts";

/** Nothing matches. */
export const NO_ROUTE = -1;

/** A router with the routes that it could take. */
export interface Matcher {
  readonly name: string;
  /** Routes that it could not take, with its reason. */
  readonly refused: ReadonlyMap<number, string>;
  /** The number of the route for a URL, or `NO_ROUTE`. */
  match(method: string, path: string): number;
  /** Matches all of `urls`, in a loop of its own, and sums up the answers. */
  matchAll(urls: readonly RoutedUrl[]): number;
}

/** What a router said against a route. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : "refused";
}

/** Those of `routes` that every one of `matchers` could take. */
export function takenByAll(routes: readonly Route[], matchers: readonly Matcher[]): Route[] {
  return routes.filter((_, route) => matchers.every(({ refused }) => !refused.has(route)));
}

/** The URLs that `matcher` gives another route than the one they were made from. */
export function wrongAnswers(matcher: Matcher, urls: readonly RoutedUrl[]): RoutedUrl[] {
  return urls.filter(({ method, path, route }) => matcher.match(method, path) !== route);
}
