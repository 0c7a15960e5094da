import { describe, expect, test } from "vitest";

import { FindMyWayMatcher } from "../src/url-match/find-my-way-matcher.ts";
import { HandWrittenMatcher, TEN_ROUTES } from "../src/url-match/hand-written-matcher.ts";
import { type Matcher, NO_ROUTE, takenByAll, wrongAnswers } from "../src/url-match/matcher.ts";
import { MemoiristMatcher } from "../src/url-match/memoirist-matcher.ts";
import { RegexpMatcher } from "../src/url-match/regexp-matcher.ts";
import { Rou3Matcher } from "../src/url-match/rou3-matcher.ts";
import { makeUrls, readRoutes, type Route, shapeOf } from "../src/url-match/routes.ts";
import {
  makeSyntheticRoutes,
  makeUrlsOfKind,
  URL_KINDS,
} from "../src/url-match/synthetic-routes.ts";
import { UrlTrieMatcher } from "../src/url-match/url-trie-matcher.ts";

const all = readRoutes();

function load(routes: readonly Route[]): Matcher[] {
  return [
    new UrlTrieMatcher("trie", routes),
    new MemoiristMatcher(routes),
    new FindMyWayMatcher(routes),
    new Rou3Matcher(routes),
    new RegexpMatcher(routes),
  ];
}

describe("the routes of GitHub", () => {
  test("are 1,223, on 811 paths", () => {
    expect(all).toHaveLength(1223);
    expect(new Set(all.map(({ template }) => template)).size).toBe(811);
  });

  test("are nearly all loaded by every router", () => {
    expect(takenByAll(all, load(all)).length).toBeGreaterThan(1200);
  });
});

describe.for(load(takenByAll(all, load(all))).map((matcher) => ({ name: matcher.name, matcher })))(
  "$name",
  ({ matcher }) => {
    const urls = makeUrls(takenByAll(all, load(all)), 500);

    test("finds the route that each URL was made from", () => {
      expect(wrongAnswers(matcher, urls)).toEqual([]);
    });

    test.for([
      { name: "a path that no route has", method: "GET", path: "/no/such/path/at/all" },
      { name: "a method that the path does not have", method: "DELETE", path: "/emojis" },
      { name: "a path that goes on behind a route", method: "GET", path: "/emojis/more" },
    ])("finds nothing for $name", ({ method, path }) => {
      expect(matcher.match(method, path)).toBe(NO_ROUTE);
    });
  },
);

describe("synthetic routes", () => {
  const routes = makeSyntheticRoutes(300);

  test("are as many as were asked for, and no two match the same paths", () => {
    expect(new Set(routes.map(({ template }) => shapeOf(template))).size).toBe(300);
  });

  test.for([...URL_KINDS.keys()])("every router is right about URLs of the kind %s", (kind) => {
    const urls = makeUrlsOfKind(kind, routes);
    expect(urls.length).toBeGreaterThan(0);
    for (const matcher of load(routes)) expect(wrongAnswers(matcher, urls)).toEqual([]);
  });

  test.for([...URL_KINDS.keys()])("so is the hand-written if about %s of its ten", (kind) => {
    const urls = makeUrlsOfKind(kind, TEN_ROUTES);
    expect(urls.length).toBeGreaterThan(0);
    expect(wrongAnswers(new HandWrittenMatcher(), urls)).toEqual([]);
  });
});
