import type { Skipped } from "../report/case-result.ts";
import type { RoutedUrl, Route } from "./routes.ts";

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

/** The matchers that give the right route for every URL, and the others by name. */
export function rightMatchers(
  matchers: readonly Matcher[],
  urls: readonly RoutedUrl[],
): TestedMatchers {
  const right: Matcher[] = [];
  const skipped: Skipped[] = [];
  for (const matcher of matchers) {
    const wrong = wrongAnswers(matcher, urls);
    if (wrong.length === 0) right.push(matcher);
    else {
      const reason = `wrong for ${wrong.length} URLs, such as ${wrong[0]?.path ?? ""}`;
      skipped.push({ subject: matcher.name, reason });
    }
  }
  return { right, skipped };
}

/** Whose answers were all right, and whose were not. */
export interface TestedMatchers {
  readonly right: readonly Matcher[];
  readonly skipped: readonly Skipped[];
}
