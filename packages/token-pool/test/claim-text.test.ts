import { describe, expect, test } from "vitest";

import { claimText, decodeClaims } from "../src/index.ts";
import { buildJwt } from "./build-jwt.ts";

/** The claims as they come off the wire, so that `__proto__` is a claim and not a prototype. */
function claimsOf(json: string) {
  const claims = decodeClaims(buildJwt(json));
  if (claims === undefined) throw new Error("the row is no JSON object");
  return claims;
}

describe("claimText", () => {
  test.for([
    { name: "a string", json: '{"username":"ada"}', want: "ada" },
    { name: "a string of blanks, unchanged", json: '{"username":" "}', want: " " },
    { name: "a whole number", json: '{"username":42}', want: "42" },
    { name: "zero", json: '{"username":0}', want: "0" },
    { name: "a negative number", json: '{"username":-7}', want: "-7" },
    { name: "a fraction", json: '{"username":1.5}', want: "1.5" },
    { name: "an exponent that makes a whole number", json: '{"username":4.2e1}', want: "42" },
    {
      name: "the greatest exact number",
      json: '{"username":9007199254740991}',
      want: "9007199254740991",
    },
    { name: "the first of an array of strings", json: '{"username":["bob","rob"]}', want: "bob" },
    { name: "the first of an array of numbers", json: '{"username":[7,"rob"]}', want: "7" },
  ])("$name", ({ json, want }) => {
    expect(claimText(claimsOf(json), "username")).toBe(want);
  });

  test.for([
    { name: "a missing claim", json: "{}" },
    { name: "a claim of another case", json: '{"Username":"ada"}' },
    { name: "an empty string", json: '{"username":""}' },
    { name: "true", json: '{"username":true}' },
    { name: "null", json: '{"username":null}' },
    { name: "an object", json: '{"username":{"name":"ada"}}' },
    { name: "an empty array", json: '{"username":[]}' },
    { name: "an array that starts with an empty string", json: '{"username":["","ada"]}' },
    { name: "an array that starts with null", json: '{"username":[null,"ada"]}' },
    { name: "an array in an array", json: '{"username":[["ada"]]}' },
    { name: "an array of objects", json: '{"username":[{"name":"ada"}]}' },
    {
      name: "a number that parsing rounds to its neighbour",
      json: '{"username":9007199254740993}',
    },
    { name: "a number that parsing rounds to infinity", json: '{"username":1e999}' },
  ])("$name is absent", ({ json }) => {
    expect(claimText(claimsOf(json), "username")).toBeUndefined();
  });

  test.for([
    {
      name: "a path into an object",
      json: '{"data":{"email":"a@b.co"}}',
      path: "data.email",
      want: "a@b.co",
    },
    {
      name: "a path to an array",
      json: '{"data":{"email":["a@b.co"]}}',
      path: "data.email",
      want: "a@b.co",
    },
    { name: "a path of three names", json: '{"a":{"b":{"c":1}}}', path: "a.b.c", want: "1" },
    {
      name: "the literal name before the path",
      json: '{"data":{"email":"path"},"data.email":"name"}',
      path: "data.email",
      want: "name",
    },
    {
      name: "a name with dots of its own",
      json: '{"https://shop.example/user":"ada"}',
      path: "https://shop.example/user",
      want: "ada",
    },
    {
      name: "a claim named __proto__",
      json: '{"__proto__":"ada"}',
      path: "__proto__",
      want: "ada",
    },
  ])("$name", ({ json, path, want }) => {
    expect(claimText(claimsOf(json), path)).toBe(want);
  });

  test.for([
    {
      name: "a literal name without text, though the path would have one",
      json: '{"data":{"email":"path"},"data.email":true}',
      path: "data.email",
    },
    { name: "a path that ends early", json: '{"data":"ada"}', path: "data.email" },
    { name: "a path through null", json: '{"data":null}', path: "data.email" },
    { name: "a path into an array", json: '{"data":["ada"]}', path: "data.0" },
    { name: "a path to the length of a string", json: '{"data":"ada"}', path: "data.length" },
    { name: "a path to the length of an array", json: '{"data":[1]}', path: "data.length" },
    { name: "an empty path", json: '{"username":"ada"}', path: "" },
    { name: "a path of dots", json: '{"username":"ada"}', path: ".." },
    { name: "an inherited name", json: "{}", path: "constructor" },
    { name: "an inherited path", json: "{}", path: "constructor.name" },
    { name: "a path through the prototype", json: "{}", path: "__proto__.constructor.name" },
    {
      name: "a claim smuggled in as a prototype",
      json: '{"__proto__":{"username":"eve"}}',
      path: "username",
    },
  ])("$name is absent", ({ json, path }) => {
    expect(claimText(claimsOf(json), path)).toBeUndefined();
  });

  test.for(["username", "data.email"])("%s of the prototype is nobody's claim", (path) => {
    const inherited = { username: "eve", data: { email: "eve@b.co" } };
    expect(claimText(Object.create(inherited), path)).toBeUndefined();
  });
});
