import { type Matcher, NO_ROUTE } from "./matcher.ts";
import type { RoutedUrl, Route } from "./routes.ts";

/** A small API, for which one could write the look-up by hand. */
export const TEN_ROUTES: readonly Route[] = [
  "/health",
  "/users",
  "/users/{p2}",
  "/users/{p2}/orders",
  "/users/{p2}/orders/{p4}",
  "/products",
  "/products/{p2}",
  "/products/{p2}/reviews",
  "/carts/{p2}",
  "/carts/{p2}/items",
].map((template) => ({ method: "GET", template }));

const NO_PARAMETER = -1;

/** What a careful person writes without a router: comparisons, and no substring. Knows `TEN_ROUTES` only. */
export class HandWrittenMatcher implements Matcher {
  readonly name = "a hand-written if";
  readonly refused: ReadonlyMap<number, string> = new Map();

  match(method: string, path: string): number {
    if (method !== "GET") return NO_ROUTE;
    if (path === "/health") return 0;
    if (path.startsWith("/users")) return users(path);
    if (path.startsWith("/products")) return products(path);
    if (path.startsWith("/carts/")) return carts(path);
    return NO_ROUTE;
  }

  matchAll(urls: readonly RoutedUrl[]): number {
    let sum = 0;
    for (const { method, path } of urls) sum += this.match(method, path);
    return sum;
  }
}

function users(path: string): number {
  if (path.length === 6) return 1;
  const end = parameterEnd(path, 6);
  if (end === NO_PARAMETER) return NO_ROUTE;
  if (end === path.length) return 2;
  if (!path.startsWith("/orders", end)) return NO_ROUTE;
  const orders = end + 7;
  if (orders === path.length) return 3;
  return parameterEnd(path, orders) === path.length ? 4 : NO_ROUTE;
}

function products(path: string): number {
  if (path.length === 9) return 5;
  const end = parameterEnd(path, 9);
  if (end === path.length) return 6;
  return isRest(path, end, "/reviews") ? 7 : NO_ROUTE;
}

function carts(path: string): number {
  const end = parameterEnd(path, 6);
  if (end === path.length) return 8;
  return isRest(path, end, "/items") ? 9 : NO_ROUTE;
}

/** Where the parameter behind the slash at `slash` ends, or -1 if there is none. */
function parameterEnd(path: string, slash: number): number {
  if (path.charCodeAt(slash) !== 47) return NO_PARAMETER;
  const next = path.indexOf("/", slash + 1);
  const end = next === -1 ? path.length : next;
  return end > slash + 1 ? end : NO_PARAMETER;
}

function isRest(path: string, at: number, rest: string): boolean {
  return at !== NO_PARAMETER && path.length === at + rest.length && path.endsWith(rest);
}
