import { readFileSync } from "node:fs";

import { Random } from "../random.ts";

/** One operation of GitHub's REST API. */
export interface Route {
  readonly method: string;
  /** With its parameters in braces. */
  readonly template: string;
}

/** A URL and the one route that it was made from. */
export interface RoutedUrl {
  readonly method: string;
  readonly path: string;
  readonly route: number;
}

const FILE = new URL("../../data/github-routes.json", import.meta.url);
const PARAMETER = /\{[^}]+\}/g;

/** GitHub's routes: facts of its OpenAPI description. */
export function readRoutes(): Route[] {
  const rows: unknown = JSON.parse(readFileSync(FILE, "utf8"));
  if (!Array.isArray(rows)) throw new TypeError("expected a list of routes");
  return rows.map((row: unknown) => {
    const [method, template] = Array.isArray(row) ? row : [];
    return { method: String(method), template: String(template) };
  });
}

/** URLs drawn from `routes`, with values that no literal has. */
export function makeUrls(routes: readonly Route[], count: number): RoutedUrl[] {
  const random = new Random(1);
  const value = (): string => `v${random.below(1e6).toString(36)}`;
  return Array.from({ length: count }, () => {
    const route = random.below(routes.length);
    const { method = "", template = "" } = routes[route] ?? {};
    return { method, path: template.replaceAll(PARAMETER, value), route };
  });
}

/** One text for the templates that match the same paths. */
export function shapeOf(template: string): string {
  return template.replaceAll(PARAMETER, "{}");
}

/** `/users/{user-id}` as `/users/:user_id`, which most routers read. */
export function colonTemplate(template: string): string {
  return template.replaceAll(PARAMETER, (name) => `:${name.slice(1, -1).replaceAll(/\W/g, "_")}`);
}
