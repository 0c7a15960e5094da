import { describe, expect, test } from "vitest";

import { parseApiDefinition } from "../../src/definition/parse-api-definition.ts";
import { attachPolicy, compilePolicy } from "../../src/policy/compile-policy.ts";
import { parsePolicy } from "../../src/policy/parse-policy.ts";
import { NO_API, NO_HOST } from "../../src/routing/url-trie.ts";
import { definitionOf, type Json } from "../definition/definition-of.ts";
import { policyOf } from "../request/request-fixture.ts";

const decoys = (...paths: readonly string[]): Json => ({
  decoy_config: { decoy_enabled: true, decoy_subpaths: paths },
});

function issuesOf(apis: Readonly<Record<string, Json>>): readonly unknown[] {
  const given = Object.entries(apis).map(([id, changes]) => [id, definitionOf(changes)]);
  const policy = parsePolicy(Object.fromEntries(given));
  return policy.ok ? [] : policy.issues;
}

describe("definitions that cannot stand together", () => {
  test.for<{
    readonly name: string;
    readonly apis: Record<string, Json>;
    readonly want: readonly Json[];
  }>([
    {
      name: "two APIs for one place",
      apis: { a: { url: "/shop" }, b: { url: "/shop" } },
      want: [{ path: "b: api_metadata.url", problem: "* /shop belongs to API a already" }],
    },
    {
      name: "two APIs for one place of a host, whose name has no case",
      apis: { a: { hostname: "shop.example" }, b: { hostname: "SHOP.example" } },
      want: [
        { path: "b: api_metadata.url", problem: "shop.example /shop belongs to API a already" },
      ],
    },
    {
      name: "a decoy where another API answers",
      apis: { a: { url: "/shop/root" }, b: { url: "/shop", ...decoys("/shop/x", "/shop/root") } },
      want: [
        {
          path: "b: api_metadata.decoy_config.decoy_subpaths[1]",
          problem: "* /shop/root belongs to API a already",
        },
      ],
    },
    {
      name: "an API where another has a decoy",
      apis: { a: { url: "/shop", ...decoys("/shop/root") }, b: { url: "/shop/root" } },
      want: [{ path: "b: api_metadata.url", problem: "* /shop/root belongs to API a already" }],
    },
    {
      name: "every conflict at once",
      apis: { a: {}, b: {}, c: {} },
      want: [{ path: "b: api_metadata.url" }, { path: "c: api_metadata.url" }],
    },
    {
      name: "what is wrong with one by itself, and what is wrong between others",
      apis: { a: { cookie: 7 }, b: {}, c: {} },
      want: [{ path: "a: api_metadata.cookie" }, { path: "c: api_metadata.url" }],
    },
  ])("$name", ({ apis, want }) => {
    expect(issuesOf(apis)).toMatchObject(want);
  });

  test("one place on different hosts is two places", () => {
    expect(issuesOf({ a: { hostname: "a.example" }, b: { hostname: "b.example" }, c: {} })).toEqual(
      [],
    );
  });

  test("decoys that are switched off claim nothing", () => {
    const off = { decoy_config: { decoy_enabled: false, decoy_subpaths: ["/shop/root"] } };
    expect(issuesOf({ a: { url: "/shop", ...off }, b: { url: "/shop/root" } })).toEqual([]);
  });
});

describe("a header with a meaning of its own carries no identifier", () => {
  // The definition refuses them by itself; whoever makes definitions by other means meets this.
  test.for(["authorization", "cookie", "host", "content-length", "connection", "x-forwarded-for"])(
    "%s",
    (name) => {
      const parsed = parseApiDefinition("shop", definitionOf());
      const api = parsed.ok ? parsed.value : undefined;
      expect(api).toBeDefined();
      if (api === undefined) return;
      const compiled = compilePolicy([{ ...api, usernameHeader: name }]);
      expect(compiled).toEqual({
        ok: false,
        issues: [
          {
            path: "shop",
            problem: `header ${name} has a meaning of its own and cannot carry an identifier`,
          },
        ],
      });
    },
  );
});

describe("where a request arrives", () => {
  const policy = policyOf({
    root: { url: "/", hostname: "shop.example" },
    shop: { url: "/shop", ...decoys("/shop/root", "/shop/v2/hidden") },
    v2: { url: "/shop/v2" },
    trap: { url: "/admin", decoy_config: { decoy_enabled: true } },
    named: { url: "/shop", hostname: "api.example" },
  });
  const where = (host: string, path: string): string => {
    const found = policy.trie.find(host, path);
    if (found === NO_HOST) return "no host";
    if (found === NO_API) return "no API";
    return `${policy.apis[found >> 1]?.id ?? "?"}${(found & 1) === 1 ? ", a decoy" : ""}`;
  };

  test.for([
    { name: "an API of any host", at: ["x", "/shop"], want: "shop" },
    { name: "below it", at: ["x", "/shop/cart"], want: "shop" },
    { name: "a longer base path", at: ["x", "/shop/v2/cart"], want: "v2" },
    { name: "a path that only shares letters", at: ["x", "/shopping"], want: "no API" },
    { name: "in another case", at: ["x", "/SHOP"], want: "no API" },
    { name: "a decoy", at: ["x", "/shop/root"], want: "shop, a decoy" },
    { name: "below a decoy", at: ["x", "/shop/root/a/b"], want: "shop, a decoy" },
    { name: "a decoy with a slash behind it", at: ["x", "/shop/root/"], want: "shop, a decoy" },
    { name: "letters of a decoy", at: ["x", "/shop/rooted"], want: "shop" },
    {
      name: "a decoy longer than another API",
      at: ["x", "/shop/v2/hidden"],
      want: "shop, a decoy",
    },
    { name: "an API that is a decoy as a whole", at: ["x", "/admin/login"], want: "trap, a decoy" },
    { name: "a named host before any", at: ["api.example", "/shop/root"], want: "named" },
    {
      name: "a named host's root before any host's longer path",
      at: ["shop.example", "/shop/root"],
      want: "root",
    },
    {
      name: "any host where the named one has nothing",
      at: ["api.example", "/admin"],
      want: "trap, a decoy",
    },
  ] as const)("$name: $want", ({ at: [host, path], want }) => {
    expect(where(host, path)).toBe(want);
  });

  test("nowhere without an API for any host", () => {
    const { trie } = policyOf({ a: { hostname: "a.example" } });
    expect([trie.find("b.example", "/shop"), trie.find("a.example", "/")]).toEqual([
      NO_HOST,
      NO_API,
    ]);
  });
});

describe("a snapshot attached on another thread", () => {
  test("reads the same memory and gives the same headers the same numbers", () => {
    const definition = parseApiDefinition(
      "shop",
      definitionOf({ apikey_header: "X-Key", username_header: "X-User" }),
    );
    const snapshot = compilePolicy(definition.ok ? [definition.value] : []);
    expect(snapshot.ok).toBe(true);
    if (!snapshot.ok) return;
    const cloned = structuredClone(snapshot.value.definitions);
    const here = attachPolicy(snapshot.value);
    const there = attachPolicy({ ...snapshot.value, definitions: cloned });
    expect(there.apis).toEqual(here.apis);
    expect([...there.headerCodes]).toEqual([...here.headerCodes]);
    expect(here.headerCodes.get("x-key")).not.toBe(here.headerCodes.get("x-user"));
  });
});

test("what is read but not acted on is a warning of its API", () => {
  const policy = parsePolicy({ shop: definitionOf({ login_url: "/shop/login" }) });
  expect(policy).toMatchObject({ ok: true, warnings: [{ path: "shop: api_metadata.login_url" }] });
});

test("no definitions are a policy that knows nobody", () => {
  const policy = parsePolicy({});
  expect(policy.ok && policy.value.trie.find("shop.example", "/")).toBe(NO_HOST);
});
