import { bytesPerCall } from "@portcullis/testkit/hot-path";
import { describe, expect, test } from "vitest";

import { compileUrlTrie } from "../../src/routing/compile-url-trie.ts";
import { NO_API, NO_HOST, UrlTrie } from "../../src/routing/url-trie.ts";
import { compiled, entriesOf } from "./compiled.ts";

const HOST = "api.example.com";

describe("one entry for /shop", () => {
  const trie = compiled(entriesOf([`${HOST} /shop`]));

  test.for([
    { name: "covers its own path", path: "/shop", want: 0 },
    { name: "covers a trailing slash", path: "/shop/", want: 0 },
    { name: "covers what lies below", path: "/shop/a/b", want: 0 },
    { name: "does not cover a longer segment", path: "/shopping", want: NO_API },
    { name: "does not cover a path parameter of its segment", path: "/shop;v=1/a", want: NO_API },
    { name: "does not cover another case", path: "/SHOP/a", want: NO_API },
    { name: "does not cover a shorter path", path: "/sho", want: NO_API },
    { name: "does not cover the root", path: "/", want: NO_API },
    { name: "does not cover the empty path", path: "", want: NO_API },
    { name: "does not cover a path without a leading slash", path: "shop", want: NO_API },
    { name: "does not cover a path that only ends like it", path: "/x/shop", want: NO_API },
    { name: "does not cover an escaped letter", path: "/%73hop", want: NO_API },
    { name: "does not cover full-width letters", path: "/\uff53hop", want: NO_API },
    { name: "does not cover a letter with a high bit", path: "/\u00f3hop", want: NO_API },
    {
      name: "does not cover a code that is a multiple of 128 away",
      path: "/s\u00e8op",
      want: NO_API,
    },
    { name: "does not cover the largest code", path: "/\uffff", want: NO_API },
    { name: "does not cover a NUL", path: "/shop\0", want: NO_API },
  ])("$name", ({ path, want }) => {
    expect(trie.find(HOST, path)).toBe(want);
  });
});

describe("precedence", () => {
  test.for([
    {
      name: "the longer of two nested prefixes wins",
      given: ["* /shop", "* /shop/cart", "* /"],
      path: "/shop/cart/1",
      want: 1,
    },
    {
      name: "a path between two nested prefixes goes to the shorter",
      given: ["* /shop", "* /shop/cart"],
      path: "/shop/carts",
      want: 0,
    },
    {
      name: "the root covers what nothing else does",
      given: ["* /shop", "* /"],
      path: "/shopping",
      want: 1,
    },
    {
      name: "a named host wins over a longer path of any host",
      given: [`${HOST} /`, "* /shop/cart"],
      path: "/shop/cart",
      want: 0,
    },
    {
      name: "any host answers for a path that the named host lacks",
      given: [`${HOST} /shop`, "* /admin"],
      path: "/admin",
      want: 1,
    },
    {
      name: "a literal wins over a parameter",
      given: ["* =/users/{id}", "* =/users/me"],
      path: "/users/me",
      want: 1,
    },
    {
      name: "a parameter takes what only starts like the literal",
      given: ["* =/users/{id}", "* =/users/me"],
      path: "/users/meg",
      want: 0,
    },
    {
      name: "a literal that leads nowhere gives way to the parameter",
      given: ["* =/users/{id}/posts", "* =/users/me/likes"],
      path: "/users/me/posts",
      want: 0,
    },
    {
      name: "a literal prefix keeps what lies below it from longer templates",
      given: ["* =/shop/{id}/items", "* /shop/root"],
      path: "/shop/root/items",
      want: 1,
    },
    {
      name: "a template below a prefix wins over it",
      given: ["* /shop", "* =/shop/{id}/items"],
      path: "/shop/1/items",
      want: 1,
    },
    {
      name: "a template that stops short leaves the path to the prefix above",
      given: ["* /shop", "* =/shop/{id}/items"],
      path: "/shop/1/items/2",
      want: 0,
    },
    {
      name: "exact wins over prefix at the very path",
      given: ["* /shop", "* =/shop"],
      path: "/shop",
      want: 1,
    },
    {
      name: "exact does not cover a trailing slash",
      given: ["* /shop", "* =/shop"],
      path: "/shop/",
      want: 0,
    },
    {
      name: "an exact path with a trailing slash matches only with it",
      given: ["* =/shop/", "* =/shop"],
      path: "/shop/",
      want: 0,
    },
    {
      name: "the exact root is not the root prefix",
      given: ["* =/"],
      path: "/a",
      want: NO_API,
    },
    {
      name: "a parameter is never empty",
      given: ["* =/users/{id}"],
      path: "/users/",
      want: NO_API,
    },
    {
      name: "a parameter is one segment",
      given: ["* =/users/{id}"],
      path: "/users/1/2",
      want: NO_API,
    },
    {
      name: "a parameter prefix covers what lies below",
      given: ["* /users/{id}"],
      path: "/users/1/2",
      want: 0,
    },
    {
      name: "an encoded slash is data of one segment",
      given: ["* =/users/{id}"],
      path: "/users/1%2F2",
      want: 0,
    },
    {
      name: "a parameter may have a literal before it",
      given: ["* =/v{major}/x", "* =/{any}/x"],
      path: "/v2/x",
      want: 0,
    },
    {
      name: "a parameter behind a literal is not empty either",
      given: ["* =/v{major}/x", "* =/{any}/x"],
      path: "/v/x",
      want: 1,
    },
    {
      name: "the longest suffix wins",
      given: ["* =/{name}", "* =/{name}.json", "* =/{name}.min.json"],
      path: "/a.min.json",
      want: 2,
    },
    {
      name: "a suffix needs a character before it",
      given: ["* =/{name}", "* =/{name}.json"],
      path: "/.json",
      want: 0,
    },
    {
      name: "a suffix that leads nowhere gives way to the plain parameter",
      given: ["* =/{name}/a", "* =/{name}.json/b"],
      path: "/x.json/a",
      want: 0,
    },
    {
      name: "a lone parameter with a suffix requires it",
      given: ["* =/{name}.json"],
      path: "/a.jsom",
      want: NO_API,
    },
  ])("$name", ({ given, path, want }) => {
    expect(compiled(entriesOf(given)).find(HOST, path)).toBe(want);
  });
});

describe("hosts", () => {
  const named = compiled(entriesOf([`${HOST} /`, "api.example.co /", "192.0.2.1 /", "[::1] /"]));

  test.for([
    { name: "a named host", host: HOST, want: 0 },
    { name: "a host that is the start of another", host: "api.example.co", want: 1 },
    { name: "an IPv4 address", host: "192.0.2.1", want: 2 },
    { name: "an IPv6 address", host: "[::1]", want: 3 },
    { name: "a longer host", host: `${HOST}.evil.example`, want: NO_HOST },
    { name: "a shorter host", host: "api.example", want: NO_HOST },
    { name: "the empty host", host: "", want: NO_HOST },
    { name: "the wildcard as a name", host: "*", want: NO_HOST },
    { name: "a host with a path in it", host: `${HOST}/`, want: NO_HOST },
    { name: "a host beyond ASCII", host: "\u0430pi.example.com", want: NO_HOST },
  ])("$name", ({ host, want }) => {
    expect(named.find(host, "/")).toBe(want);
    expect(named.hostRoot(host) === -1).toBe(want === NO_HOST);
  });

  test("asking for one host after another always gives its own answer", () => {
    const hosts = [HOST, "nobody.example", "api.example.co", HOST, "", "192.0.2.1", HOST];
    expect(hosts.map((host) => named.find(host, "/a"))).toEqual([0, NO_HOST, 1, 0, NO_HOST, 2, 0]);
  });

  test("an unknown host with an entry for any host is not unknown", () => {
    const trie = compiled(entriesOf(["* /shop"]));
    expect(trie.find("nobody.example", "/shop")).toBe(0);
    expect(trie.find("nobody.example", "/")).toBe(NO_API);
    expect(trie.hostRoot("nobody.example")).toBe(-1);
    expect(trie.hostRoot("*")).toBe(-1);
  });

  test("without entries every host is unknown", () => {
    expect(compiled([]).find(HOST, "/")).toBe(NO_HOST);
  });
});

describe("near-misses made to cost time", () => {
  const levels = 10;

  test("every mixture of literals and parameters is tried once, not once for each way", () => {
    const lines: string[] = [];
    for (let mixture = 0; mixture < 2 ** levels; mixture++) {
      let path = "* =";
      for (let level = 0; level < levels; level++)
        path += (mixture >> level) % 2 === 0 ? "/a" : "/{x}";
      lines.push(`${path}/z`);
    }
    const trie = compiled(entriesOf(lines));
    expect(trie.find(HOST, `${"/a".repeat(levels)}/z`)).toBe(0);
    for (let call = 0; call < 200; call++) {
      expect(trie.find(HOST, `${"/a".repeat(levels)}/y`)).toBe(NO_API);
    }
  });

  test("a template of a thousand parameters keeps its place in a path that almost matches", () => {
    const trie = compiled(
      entriesOf([`* =${"/{x}".repeat(1000)}/z`, `* =${"/a{x}".repeat(1000)}/z`]),
    );
    expect(trie.find(HOST, `${"/ab".repeat(1000)}/z`)).toBe(1);
    expect(trie.find(HOST, `${"/ab".repeat(999)}/b/z`)).toBe(0);
    expect(trie.find(HOST, `${"/ab".repeat(1000)}/y`)).toBe(NO_API);
  });

  test("a path of a million characters", () => {
    const trie = compiled(entriesOf(["* /a/{x}/b", "* /a"]));
    expect(trie.find(HOST, `/a/${"x".repeat(1_000_000)}/c`)).toBe(1);
    expect(trie.find(HOST, `/a${"/".repeat(1_000_000)}`)).toBe(1);
  });
});

test("every instance on one buffer finds the same", () => {
  const result = compileUrlTrie(entriesOf(["* /a", "* /a/{x}"]));
  if (!result.ok) throw new Error("must compile");
  expect(result.value).toBeInstanceOf(SharedArrayBuffer);
  const before = new Uint8Array(result.value).slice();
  const first = new UrlTrie(result.value);
  const second = new UrlTrie(result.value);
  expect(first.find(HOST, "/a/b")).toBe(1);
  expect(second.find(HOST, "/a/b")).toBe(1);
  expect(new Uint8Array(result.value)).toEqual(before);
});

describe("a look-up allocates nothing", () => {
  const trie = compiled(
    entriesOf([`${HOST} /shop/{id}/x`, `${HOST} =/shop/{id}/y`, "* /", "* /shop"]),
  );

  test.for([
    { name: "when it matches", host: HOST, path: "/shop/12345/x/y" },
    { name: "when it backtracks to any host", host: HOST, path: "/shop/12345/z" },
    { name: "when the host is not named", host: "nobody.example", path: "/shop" },
  ])("$name", ({ host, path }) => {
    expect(bytesPerCall(() => trie.find(host, path))).toBeLessThan(4);
  });
});
