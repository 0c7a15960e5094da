import { describe, expect, test } from "vitest";

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

describe("an identifier that the API is configured for", () => {
  test.for<Row & { readonly want: Found }>([
    { name: "a bearer token", api: TOKEN, given: bearer("t1"), want: { token: "t1" } },
    {
      name: "a bearer token whose scheme is spelt otherwise",
      api: TOKEN,
      given: lines(["authorization", "bEARER   t1 "]),
      want: { token: "t1" },
    },
    {
      name: "a MAC token by its id",
      api: TOKEN,
      given: lines(["authorization", 'MAC id="t1", ts="1", nonce="n", mac="m"']),
      want: { token: "t1" },
    },
    {
      name: "credentials of another scheme are no token",
      api: TOKEN,
      given: lines(["authorization", "Basic YTpi"]),
      want: {},
    },
    {
      name: "a token where none is captured, for it may be denied",
      api: {},
      given: bearer("t1"),
      want: { token: "t1" },
    },
    {
      name: "no token where none is captured and none can be read",
      api: {},
      given: lines(["authorization", "Bearer two words"]),
      want: {},
    },
    {
      name: "the session cookie among others",
      api: { cookie: "SID" },
      given: lines(["cookie", "a=1; SID=s1; SIDE=x"]),
      want: { session: "s1" },
    },
    {
      name: "the session cookie in quotes is the same session",
      api: { cookie: "SID" },
      given: lines(["cookie", 'SID="s1"']),
      want: { session: "s1" },
    },
    {
      name: "a cookie's name has case",
      api: { cookie: "SID" },
      given: lines(["cookie", "sid=s1"]),
      want: {},
    },
    {
      name: "an API key in the query, decoded",
      api: { apikey_qs: "key" },
      given: { target: "/shop?a=1&k%65y=k%31" },
      want: { apiKey: "k1" },
    },
    {
      name: "an API key in a header, whose name has no case",
      api: { apikey_header: "X-Key" },
      given: lines(["x-KEY", "k1"]),
      want: { apiKey: "k1" },
    },
    {
      name: "an API key in the query where a header is configured",
      api: { apikey_header: "X-Key" },
      given: { target: "/shop?X-Key=k1" },
      want: {},
    },
    {
      name: "a user name in a header of a trusted proxy",
      api: { username_header: "X-User" },
      given: { ...lines(["X-User", "alice"]), isFromProxy: true },
      want: { username: "alice" },
    },
    {
      name: "no user name in a header of anybody else",
      api: { username_header: "X-User" },
      given: lines(["X-User", "alice"]),
      want: {},
    },
    {
      name: "all at once",
      api: { ...TOKEN, cookie: "SID", apikey_qs: "key", username_header: "X-User" },
      given: {
        isFromProxy: true,
        target: "/shop?key=k1",
        lines: [
          ["authorization", "Bearer t1"],
          ["cookie", "SID=s1"],
          ["x-user", "alice"],
        ],
      },
      want: { token: "t1", session: "s1", apiKey: "k1", username: "alice" },
    },
    { name: "none of them", api: { ...TOKEN, cookie: "SID" }, given: {}, want: {} },
  ])("$name", (row) => {
    expect(foundBy(row)).toEqual({ ...NOTHING, ...row.want });
  });
});

describe("an identifier that two readers may read in two ways refuses the request", () => {
  test.for<Row>([
    { name: "a token with a blank in it", api: TOKEN, given: bearer("t1 t2") },
    { name: "two tokens in one field", api: TOKEN, given: bearer("t1,t2") },
    { name: "a scheme without a token", api: TOKEN, given: lines(["authorization", "Bearer"]) },
    {
      name: "a tab where the blank belongs",
      api: TOKEN,
      given: lines(["authorization", "Bearer\tt1"]),
    },
    {
      name: "a second Authorization field",
      api: TOKEN,
      given: lines(["authorization", "Bearer t1"], ["authorization", "Bearer t2"]),
    },
    {
      name: "a second session cookie",
      api: { cookie: "SID" },
      given: lines(["cookie", "SID=s1; SID=s2"]),
    },
    {
      name: "a session cookie behind an open quote",
      api: { cookie: "SID" },
      given: lines(["cookie", 'a="1; SID=s1']),
    },
    {
      name: "a second Cookie field",
      api: { cookie: "SID" },
      given: lines(["cookie", "SID=s1"], ["cookie", "a=1"]),
    },
    {
      name: "a second API key in the query",
      api: { apikey_qs: "key" },
      given: { target: "/shop?key=k1&key=k2" },
    },
    {
      name: "a second API key in the query, spelt otherwise",
      api: { apikey_qs: "key" },
      given: { target: "/shop?key=k1&%6Bey=k1" },
    },
    {
      name: "an API key that is not UTF-8",
      api: { apikey_qs: "key" },
      given: { target: "/shop?key=%C0%AF" },
    },
    {
      name: "a second API key header",
      api: { apikey_header: "X-Key" },
      given: lines(["x-key", "k1"], ["X-Key", "k2"]),
    },
    {
      name: "a second user name header",
      api: { username_header: "X-User" },
      given: lines(["x-user", "alice"], ["x-user", "bob"]),
    },
    {
      name: "an underscore for a hyphen in the user name's header",
      api: { username_header: "X-User" },
      given: lines(["X_User", "alice"]),
    },
    {
      name: "a second JWT in the query",
      api: jwtAt("qs:jwt"),
      given: { target: "/shop?jwt=a&jwt=b" },
    },
    {
      name: "a second JWT in a cookie",
      api: jwtAt("h:cookie:jwt"),
      given: lines(["cookie", "jwt=a; jwt=b"]),
    },
    {
      name: "a malformed JWT in Authorization, with no token captured",
      api: jwtAt("h:authorization:bearer"),
      given: bearer("a b"),
    },
  ])("$name", (row) => {
    expect(foundBy(row)).toBe("refused");
  });

  test.for<Row>([
    { name: "two tokens where none is configured", api: {}, given: bearer("t1,t2") },
    {
      name: "a cookie twice, not the session's",
      api: { cookie: "SID" },
      given: lines(["cookie", "a=1; a=2"]),
    },
    {
      name: "a parameter twice, not the key's",
      api: { apikey_qs: "key" },
      given: { target: "/shop?a=1&a=2" },
    },
  ])("but not what no identifier is read from: $name", (row) => {
    expect(foundBy(row)).toEqual(NOTHING);
  });
});
