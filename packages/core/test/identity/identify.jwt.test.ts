import { describe, expect, test } from "vitest";

import { NO_CLAIMS } from "../../src/identity/identify.ts";
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

describe("a user name in a JWT", () => {
  const jwt = "jwt:username=alice";
  test.for<Row & { readonly want: Found }>([
    {
      name: "as a bearer token",
      api: jwtAt("h:authorization:bearer"),
      given: bearer(jwt),
      want: { token: jwt, username: "alice" },
    },
    {
      name: "as a bearer token that is captured as well",
      api: { ...TOKEN, ...jwtAt("h:Authorization:bearer") },
      given: bearer(jwt),
      want: { token: jwt, username: "alice" },
    },
    {
      name: "under MAC",
      api: jwtAt("h:authorization:mac"),
      given: lines(["authorization", `MAC id="${jwt}"`]),
      want: { token: jwt, username: "alice" },
    },
    {
      name: "as a bearer token where MAC is configured",
      api: jwtAt("h:authorization:mac"),
      given: bearer(jwt),
      want: { token: jwt },
    },
    {
      name: "as the whole of a header",
      api: jwtAt("h:X-jwt-header"),
      given: lines(["x-jwt-header", jwt]),
      want: { username: "alice" },
    },
    {
      name: "in the query",
      api: jwtAt("qs: access_token"),
      given: { target: `/shop?access_token=${jwt}` },
      want: { username: "alice" },
    },
    {
      name: "in a cookie",
      api: jwtAt("h:cookie:jwt"),
      given: lines(["cookie", `jwt=${jwt}`]),
      want: { username: "alice" },
    },
    {
      name: "in a place of its own it is the token too",
      api: { ...TOKEN, ...jwtAt("qs:access_token") },
      given: { target: `/shop?access_token=${jwt}` },
      want: { token: jwt, username: "alice" },
    },
    {
      name: "in a place of its own it does not displace the token in Authorization",
      api: { ...TOKEN, ...jwtAt("qs:access_token") },
      given: { target: `/shop?access_token=${jwt}`, lines: [["authorization", "Bearer t1"]] },
      want: { token: "t1", username: "alice" },
    },
    {
      name: "that does not decode blocks nobody",
      api: jwtAt("h:authorization:bearer"),
      given: bearer("no-jwt"),
      want: { token: "no-jwt" },
    },
    {
      name: "goes before a header",
      api: { ...jwtAt("h:authorization:bearer"), username_header: "X-User" },
      given: lines(["authorization", `Bearer ${jwt}`], ["x-user", "victim"]),
      want: { token: jwt, username: "alice" },
    },
    {
      name: "is not replaced by a header where it is missing",
      api: { ...jwtAt("h:authorization:bearer"), username_header: "X-User" },
      given: lines(["x-user", "victim"]),
      want: {},
    },
    {
      name: "is not replaced by a header where it has no user name",
      api: { ...jwtAt("h:authorization:bearer"), username_header: "X-User" },
      given: lines(["authorization", "Bearer jwt:sub=alice"], ["x-user", "victim"]),
      want: { token: "jwt:sub=alice" },
    },
  ])("$name", (row) => {
    expect(foundBy(row)).toEqual({ ...NOTHING, ...row.want });
  });

  test("without a reader of claims there is none", () => {
    const row = { name: "", api: jwtAt("h:authorization:bearer"), given: bearer(jwt) };
    expect(foundBy(row, NO_CLAIMS)).toEqual({ ...NOTHING, token: jwt });
  });
});
