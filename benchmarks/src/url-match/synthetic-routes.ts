import { Random } from "../random.ts";
import { NO_ROUTE } from "./matcher.ts";
import { makeUrls, type RoutedUrl, type Route, shapeOf } from "./routes.ts";

/** What is asked of a router. */
export type UrlKind = "literal" | "parameters" | "miss" | "near-miss";

/** All kinds, and what they are. */
export const URL_KINDS: ReadonlyMap<UrlKind, string> = new Map([
  ["literal", "hits without a parameter"],
  ["parameters", "hits with one to three parameters"],
  ["miss", "misses at the first segment"],
  ["near-miss", "near misses: the deepest routes and one segment more"],
]);

const URLS = 4096;
const PERCENT_OF_PARAMETERS = 35;

/**
 * `count` routes in the shape of REST APIs: three to six segments, a third of those behind the
 * first two parameters, words from a small vocabulary so that many share their beginnings.
 */
export function makeSyntheticRoutes(count: number): Route[] {
  const random = new Random(count);
  const shapes = new Set<string>();
  const routes: Route[] = [];
  while (routes.length < count) {
    const depth = 3 + random.below(4);
    const segments = Array.from({ length: depth }, (_, at) => segment(at, random, count));
    const template = `/${segments.join("/")}`;
    const shape = shapeOf(template);
    if (shapes.has(shape)) continue;
    shapes.add(shape);
    routes.push({ method: "GET", template });
  }
  return routes;
}

/** Parameters are named after their place: some routers take one name for a place only. */
function segment(at: number, random: Random, count: number): string {
  if (at === 0) return `svc${random.below(8)}`;
  if (at >= 2 && random.below(100) < PERCENT_OF_PARAMETERS) return `{p${at}}`;
  return wordOf(random.below(wordsFor(count)));
}

/** URLs of one kind for `routes`; empty if there are none. */
export function makeUrlsOfKind(kind: UrlKind, routes: readonly Route[]): RoutedUrl[] {
  if (kind === "miss") {
    return Array.from({ length: URLS }, (_, at) => ({
      method: "GET",
      path: `/nothing${at.toString(36)}/word1/word2`,
      route: NO_ROUTE,
    }));
  }
  if (kind === "near-miss") return makeNearMisses(routes);
  const wantsParameters = kind === "parameters";
  const numbers = routes.flatMap(({ template }, route) =>
    template.includes("{") === wantsParameters ? [route] : [],
  );
  const wanted = numbers.flatMap((route) => routes[route] ?? []);
  if (wanted.length === 0) return [];
  return makeUrls(wanted, URLS).map((url) => ({ ...url, route: numbers[url.route] ?? NO_ROUTE }));
}

/**
 * The deepest routes with one segment more, and with the words of other routes for parameters: as
 * long a walk as there is, through literals that parameters stand beside, and then back to each of them.
 */
function makeNearMisses(routes: readonly Route[]): RoutedUrl[] {
  const random = new Random(routes.length);
  const depth = Math.max(...routes.map(depthOf));
  const deepest = routes.filter((route) => depthOf(route) === depth);
  const words = wordsFor(routes.length);
  return Array.from({ length: URLS }, () => {
    const { template = "" } = deepest[random.below(deepest.length)] ?? {};
    const path = template.replaceAll(/\{[^}]+\}/g, () => wordOf(random.below(words)));
    return { method: "GET", path: `${path}/${wordOf(0)}`, route: NO_ROUTE };
  });
}

function depthOf({ template }: Route): number {
  return template.split("/").length;
}

function wordsFor(count: number): number {
  return 10 + Math.ceil(Math.sqrt(count));
}

function wordOf(number: number): string {
  return `word${number.toString(36)}`;
}
