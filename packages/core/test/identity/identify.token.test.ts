import { describe, expect, test } from "vitest";

import { parseApiDefinition } from "../../src/definition/parse-api-definition.ts";
import { definitionOf, type Json } from "../definition/definition-of.ts";
import type { Lines } from "../request/request-fixture.ts";
import {
  bearer,
  type Found,
  foundBy,
  jwtAt,
  lines,
  NOTHING,
  type Row,
  TOKEN,
} from "./identify-fixture.ts";

const token = (settings: Json): Json => ({ ...TOKEN, token: settings });
const GITHUB = token({ schemes: ["Bearer", "token"] });
const QUERY = token({ location: "qs:access_token" });
const HEADER = token({ location: "h:X-Token" });
const COOKIE = token({ location: "h:cookie:tok" });
const query = (text: string, ...more: Lines): Row["given"] => ({
  target: `/shop/cart?${text}`,
  lines: more,
});

describe("the token of an API's schemes", () => {
  test.for<Row & { readonly want: Found | "refused" }>([
    {
      name: "is under a scheme of its own, in any case",
      api: GITHUB,
      given: lines(["authorization", "TOKEN ghp_1"]),
      want: { ...NOTHING, token: "ghp_1" },
    },
    {
      name: "is after several blanks",
      api: GITHUB,
      given: lines(["authorization", "token   ghp_1 "]),
      want: { ...NOTHING, token: "ghp_1" },
    },
    {
      name: "is the same under the other scheme",
      api: GITHUB,
      given: bearer("ghp_1"),
      want: { ...NOTHING, token: "ghp_1" },
    },
    {
      name: "is not under a scheme that is not listed",
      api: GITHUB,
      given: lines(["authorization", 'MAC id="a"']),
      want: NOTHING,
    },
    {
      name: "is not under that scheme elsewhere",
      api: TOKEN,
      given: lines(["authorization", "token ghp_1"]),
      want: NOTHING,
    },
    {
      name: "has no second part",
      api: GITHUB,
      given: lines(["authorization", "token ghp_1 ghp_2"]),
      want: "refused",
    },
  ])("$name", (row) => {
    expect(foundBy(row)).toEqual(row.want);
  });
});

describe("the token of an API has one place (I11)", () => {
  test.for<Row & { readonly want: Found | "refused" }>([
    {
      name: "a query parameter",
      api: QUERY,
      given: query("a=b&access%5Ftoken=t%2d1"),
      want: { ...NOTHING, token: "t-1" },
    },
    {
      name: "a query parameter that is there twice, once with an escape",
      api: QUERY,
      given: query("access_token=a&access%5ftoken=b"),
      want: "refused",
    },
    {
      name: "a query parameter, and Authorization as well",
      api: QUERY,
      given: query("access_token=a", ["authorization", "Bearer b"]),
      want: "refused",
    },
    {
      name: "a query parameter, and Authorization alone",
      api: QUERY,
      given: bearer("b"),
      want: "refused",
    },
    {
      name: "a query parameter, and credentials of another kind",
      api: QUERY,
      given: query("access_token=a", ["authorization", "Basic dTpw"]),
      want: { ...NOTHING, token: "a" },
    },
    {
      name: "a header",
      api: HEADER,
      given: lines(["x-token", "a"]),
      want: { ...NOTHING, token: "a" },
    },
    {
      name: "a header that is there twice",
      api: HEADER,
      given: lines(["x-token", "a"], ["x-token", "a"]),
      want: "refused",
    },
    {
      name: "a header, and the query as well",
      api: HEADER,
      given: query("access_token=b", ["x-token", "a"]),
      want: "refused",
    },
    {
      name: "a cookie",
      api: COOKIE,
      given: lines(["cookie", 'a=b; tok="t"']),
      want: { ...NOTHING, token: "t" },
    },
    {
      name: "a cookie that is there twice",
      api: COOKIE,
      given: lines(["cookie", "tok=a; tok=b"]),
      want: "refused",
    },
    {
      name: "Authorization, and the query as well",
      api: TOKEN,
      given: query("access_token=b", ["authorization", "Bearer a"]),
      want: "refused",
    },
    {
      name: "Authorization, and the query alone, with escapes",
      api: TOKEN,
      given: query("access%5Ftoken=b"),
      want: "refused",
    },
    {
      name: "Authorization, and a parameter that only looks like it",
      api: TOKEN,
      given: query("access_token_type=b&x=access_token%20"),
      want: NOTHING,
    },
    {
      name: "Authorization, where the query holds the API key",
      api: { ...TOKEN, apikey_qs: "access_token" },
      given: query("access_token=k", ["authorization", "Bearer a"]),
      want: { ...NOTHING, token: "a", apiKey: "k" },
    },
    {
      name: "Authorization, where the query holds the JWT",
      api: { ...TOKEN, ...jwtAt("qs:access_token") },
      given: query("access_token=jwt:username=Ann", ["authorization", "Bearer a"]),
      want: { ...NOTHING, token: "a", username: "ann" },
    },
    {
      name: "a header, where Authorization holds the JWT",
      api: { ...HEADER, ...jwtAt("h:authorization:bearer") },
      given: lines(["x-token", "a"], ["authorization", "Bearer jwt:username=ann"]),
      want: { ...NOTHING, token: "a", username: "ann" },
    },
    {
      name: "none, on an API that captures no tokens",
      api: {},
      given: query("access_token=b", ["authorization", "Bearer a"]),
      want: { ...NOTHING, token: "a" },
    },
  ])("$name", (row) => {
    expect(foundBy(row)).toEqual(row.want);
  });
});

describe("an API key has one place (I9)", () => {
  test.for<Row & { readonly want: Found | "refused" }>([
    {
      name: "the query, and a header of its name as well",
      api: { apikey_qs: "Api-Key" },
      given: query("Api-Key=a", ["api-key", "b"]),
      want: "refused",
    },
    {
      name: "the query, and a header of its name alone",
      api: { apikey_qs: "Api-Key" },
      given: lines(["api-key", "b"]),
      want: "refused",
    },
    {
      name: "a header, and a parameter of its name as well",
      api: { apikey_header: "Api-Key" },
      given: query("api%2Dkey=b", ["api-key", "a"]),
      want: "refused",
    },
    {
      name: "a header, beside other parameters",
      api: { apikey_header: "Api-Key" },
      given: query("a=api-key", ["api-key", "a"]),
      want: { ...NOTHING, apiKey: "a" },
    },
    {
      name: "the query under a name that no header can have",
      api: { apikey_qs: "key[1]" },
      given: query("key%5B1%5D=a+b"),
      want: { ...NOTHING, apiKey: "a b" },
    },
    {
      name: "the query under the name of a header with a meaning",
      api: { apikey_qs: "Host" },
      given: query("Host=a"),
      want: { ...NOTHING, apiKey: "a" },
    },
  ])("$name", (row) => {
    expect(foundBy(row)).toEqual(row.want);
  });
});

describe("where clients send their token, in a definition", () => {
  test.for<{ name: string; given: Json; want: unknown }>([
    {
      name: "schemes have no case",
      given: { ...TOKEN, token: { schemes: ["Token", "BEARER"], location: "" } },
      want: { schemes: ["token", "bearer"], place: undefined },
    },
    {
      name: "a place is written as that of a JWT",
      given: { ...TOKEN, token: { location: "qs: tok" } },
      want: { schemes: ["bearer", "mac"], place: { in: "query", name: "tok" } },
    },
  ])("$name", ({ given, want }) => {
    const parsed = parseApiDefinition("shop", definitionOf(given));
    expect(parsed.ok && parsed.value.token).toEqual(want);
  });

  test.for<{ name: string; given: Json; want: string }>([
    { name: "no scheme", given: token({ schemes: [] }), want: "token.schemes: expected an array" },
    {
      name: "a scheme that is none",
      given: token({ schemes: ["Bear er"] }),
      want: "token.schemes[0]: expected the name of an authentication scheme",
    },
    {
      name: "a place in Authorization",
      given: token({ location: "h:authorization:bearer" }),
      want: "token.location: expected",
    },
    {
      name: "the place of the API key",
      given: { ...QUERY, apikey_qs: "access_token" },
      want: "token.location: expected a place of its own",
    },
    {
      name: "the place of the user name",
      given: { ...HEADER, username_header: "x-token" },
      want: "token.location: expected a place of its own",
    },
  ])("is refused: $name", ({ given, want }) => {
    const parsed = parseApiDefinition("shop", definitionOf(given));
    const texts = parsed.ok ? [] : parsed.issues.map(({ path, problem }) => `${path}: ${problem}`);
    expect(texts).toEqual([expect.stringContaining(`api_metadata.${want}`)]);
  });

  test("has no effect where tokens are not captured, and says so", () => {
    const parsed = parseApiDefinition("shop", definitionOf({ token: { location: "qs:tok" } }));
    expect(parsed.ok && parsed.warnings.map(({ path }) => path)).toEqual([
      "api_metadata.token.location",
    ]);
  });
});
