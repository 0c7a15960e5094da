import { describe, expect, test } from "vitest";

import { decide } from "../../src/decide.ts";
import { type ClaimReader, identify, NO_CLAIMS } from "../../src/identity/identify.ts";
import { TOKEN_CHECK, type TokenCheck } from "../../src/identity/token-check.ts";
import { ALLOW } from "../../src/lists/list-flags.ts";
import type { RequestView } from "../../src/request/request-view.ts";
import type { Json } from "../definition/definition-of.ts";
import { apiOf, type Lines, viewOf } from "../request/request-fixture.ts";

const VERIFYING: Json = {
  oauth2_access_token: true,
  jwt: { location: "h:authorization:bearer", username: "sub" },
  jwt_verification: { token_issuer: "login", audience: ["shop"] },
};

/** Knows tokens by their first letter. */
const CHECKS: ReadonlyMap<string, TokenCheck> = new Map([
  ["v", TOKEN_CHECK.verified],
  ["r", TOKEN_CHECK.refused],
  ["u", TOKEN_CHECK.unavailable],
  ["p", TOKEN_CHECK.pending],
]);
const claims: ClaimReader = {
  usernameOf: (token) => `owner of ${token}`,
  check: (token) => CHECKS.get(token.charAt(0)) ?? TOKEN_CHECK.refused,
};

function outcome(changes: Json, lines: Lines, reader: ClaimReader = claims, listFlags = 0) {
  const { api, codes } = apiOf({ ...VERIFYING, ...changes });
  const view = viewOf({ lines }, codes);
  expect(identify(view, api, reader, 0)).toBe(true);
  view.listFlags = listFlags;
  const verdict = decide(view, api, true);
  return {
    view,
    verdict: "reason" in verdict ? `${verdict.kind} ${verdict.reason}` : verdict.kind,
  };
}

const bearer = (token: string): Lines => [["authorization", `Bearer ${token}`]];
const known = ({ token, tokenCheck, username, usernameVerified }: RequestView) => ({
  token,
  tokenCheck,
  username,
  usernameVerified,
});

describe("an API that verifies tokens", () => {
  test("knows the client of a verified token by the token and the name in it", () => {
    const { verdict, view } = outcome({}, bearer("v1"));
    expect(known(view)).toEqual({
      token: "v1",
      tokenCheck: TOKEN_CHECK.verified,
      username: "owner of v1",
      usernameVerified: true,
    });
    expect(verdict).toBe("forward");
  });

  test.for([
    { name: "is refused", token: "r1", want: "block invalid-token" },
    { name: "nobody can look at", token: "u1", want: "block token-unavailable" },
    { name: "nobody has looked at yet", token: "p1", want: "block token-unavailable" },
  ])("knows nobody by a token that $name: $want", ({ token, want }) => {
    const { verdict, view } = outcome({}, bearer(token));
    expect(known(view)).toMatchObject({ token: "", username: "", usernameVerified: false });
    expect(view.pendingToken).toBe(token === "p1" ? "p1" : "");
    expect(verdict).toBe(want);
  });

  test.for([
    { name: "no token", changes: {}, lines: [], want: "block invalid-token" },
    {
      name: "no token where it may be left out",
      changes: { jwt_verification: { token_issuer: "login", required: false } },
      lines: [],
      want: "forward",
    },
    {
      name: "no token where a missing one is an offence",
      changes: { is_token_mandatory: true },
      lines: [],
      want: "block missing-token",
    },
    {
      name: "a refused token where a missing one is an offence",
      changes: { is_token_mandatory: true },
      lines: bearer("r1"),
      want: "block invalid-token",
    },
    {
      name: "a refused token where blocking is off",
      changes: { enable_blocking: false },
      lines: bearer("r1"),
      want: "monitor invalid-token",
    },
    {
      name: "a refused token with a method that is not allowed",
      changes: { api_pattern_enforcement: { methods_allowed: ["POST"] } },
      lines: bearer("r1"),
      want: "block method",
    },
    {
      name: "a verified token in a header of its own",
      changes: { jwt: { location: "h:x-jwt", username: "sub" } },
      lines: [["x-jwt", "v1"]],
      want: "forward",
    },
    {
      name: "an opaque token beside a refused one in a header of its own",
      changes: { jwt: { location: "h:x-jwt", username: "sub" } },
      lines: [...bearer("opaque"), ["x-jwt", "r1"]],
      want: "block invalid-token",
    },
  ] satisfies readonly { name: string; changes: Json; lines: Lines; want: string }[])(
    "$name: $want",
    ({ changes, lines, want }) => {
      expect(outcome(changes, lines).verdict).toBe(want);
    },
  );

  test("lets an allowed client through, whatever its token is", () => {
    expect(outcome({}, bearer("r1"), claims, ALLOW).verdict).toBe("forward");
  });

  test("believes no token where there is nobody to verify it", () => {
    expect(outcome({}, bearer("v1"), NO_CLAIMS).verdict).toBe("block token-unavailable");
  });
});

test("an API that decodes only marks no name as verified", () => {
  const { view } = outcome({ jwt_verification: {} }, bearer("r1"));
  expect(known(view)).toEqual({
    token: "r1",
    tokenCheck: TOKEN_CHECK.none,
    username: "owner of r1",
    usernameVerified: false,
  });
});
