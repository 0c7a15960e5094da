import { expect, test } from "vitest";

import { extractIdentifiers } from "../src/index.ts";

const names = { username: "username", clientId: "client_id" };

test.for([
  { name: "both", claims: { username: "a", client_id: "w" }, want: ["a", "w"] },
  { name: "numbers", claims: { username: 7, client_id: 8 }, want: ["7", "8"] },
  { name: "the first of a list of user names", claims: { username: ["a", "b"] }, want: ["a", ""] },
  { name: "no client id of a list", claims: { client_id: ["w"] }, want: ["", ""] },
  { name: "nothing of other types", claims: { username: {}, client_id: true }, want: ["", ""] },
  { name: "nothing that is inherited", claims: {}, want: ["", ""] },
])("takes $name", ({ claims, want }) => {
  const { clientId, username } = extractIdentifiers(claims, names);
  expect([username, clientId]).toEqual(want);
});

test("a dotted path leads into nested claims, an empty name nowhere", () => {
  const claims = { data: { email: "a@b.co" }, "": "x" };
  expect(extractIdentifiers(claims, { username: "data.email", clientId: "" })).toEqual({
    username: "a@b.co",
    clientId: "",
  });
});
