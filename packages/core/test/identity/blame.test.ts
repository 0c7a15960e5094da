import { describe, expect, test } from "vitest";

import { blameOf, offenceOf } from "../../src/identity/blame.ts";
import {
  DENY_SOURCES,
  DETECTED_SOURCES,
  IDENTIFIER_KINDS,
  type OffenceSource,
} from "../../src/identity/client-identifier.ts";
import { ALLOW, denyFlag } from "../../src/lists/list-flags.ts";
import { RequestView } from "../../src/request/request-view.ts";
import {
  FORWARD,
  MALFORMED,
  UNAUTHORIZED,
  UNKNOWN_API,
  UNKNOWN_HOST,
  type Verdict,
} from "../../src/verdict.ts";
import { apiOf } from "../request/request-fixture.ts";

const answer = UNAUTHORIZED;

const CAPTURING = apiOf({ oauth2_access_token: true }).api;
const NOT_CAPTURING = apiOf({}).api;

function viewOf(given: Partial<RequestView>): RequestView {
  return Object.assign(new RequestView(), { api: CAPTURING }, given);
}

describe("who takes the blame", () => {
  const everything = { token: "t", session: "s", apiKey: "k", username: "u" };
  test.for<{
    readonly name: string;
    readonly given: Partial<RequestView>;
    readonly offence?: OffenceSource;
    readonly want: string | undefined;
  }>([
    { name: "the token before all", given: everything, want: "token" },
    {
      name: "the cookie where tokens are not captured",
      given: { ...everything, api: NOT_CAPTURING },
      want: "cookie",
    },
    { name: "the cookie without a token", given: { ...everything, token: "" }, want: "cookie" },
    {
      name: "the address without both: a key or a name may be anybody's",
      given: { ...everything, token: "", session: "" },
      want: "ip",
    },
    { name: "the address for a decoy", given: everything, offence: "decoy", want: "ip" },
    {
      name: "the address for a missing token",
      given: everything,
      offence: "missing-token",
      want: "ip",
    },
    { name: "the token for a protocol", given: everything, offence: "protocol", want: "token" },
    {
      name: "the token for a content type",
      given: everything,
      offence: "content-type",
      want: "token",
    },
    { name: "nobody behind a shared address", given: { isSharedAddress: true }, want: undefined },
    {
      name: "nobody behind a shared address for a decoy",
      given: { ...everything, isSharedAddress: true },
      offence: "decoy",
      want: undefined,
    },
    {
      name: "the token behind a shared address all the same",
      given: { ...everything, isSharedAddress: true },
      want: "token",
    },
  ])("$name", ({ given, offence = "method", want }) => {
    expect(blameOf(viewOf(given), offence)).toBe(want);
  });
});

describe("what is an offence", () => {
  test.for<{ readonly name: string; readonly verdict: Verdict; readonly want: unknown }>([
    { name: "a forward", verdict: FORWARD, want: undefined },
    { name: "a decoy", verdict: { kind: "decoy", answer }, want: "decoy" },
    {
      name: "a blocked method",
      verdict: { kind: "block", reason: "method", answer },
      want: "method",
    },
    {
      name: "a blocked protocol",
      verdict: { kind: "block", reason: "protocol", answer },
      want: "protocol",
    },
    {
      name: "a monitored content type",
      verdict: { kind: "monitor", reason: "content-type" },
      want: "content-type",
    },
    {
      name: "a missing token",
      verdict: { kind: "block", reason: "missing-token", answer },
      want: "missing-token",
    },
    {
      name: "a denied client that comes back",
      verdict: { kind: "block", reason: "deny-list", answer },
      want: undefined,
    },
    {
      name: "a client that sends too much",
      verdict: { kind: "block", reason: "client-spike", answer },
      want: undefined,
    },
    {
      name: "a token that is not believed",
      verdict: { kind: "block", reason: "invalid-token", answer },
      want: undefined,
    },
    {
      name: "a token that nobody can look at",
      verdict: { kind: "block", reason: "token-unavailable", answer },
      want: undefined,
    },
    {
      name: "a denied client that is monitored",
      verdict: { kind: "monitor", reason: "deny-list" },
      want: undefined,
    },
    {
      name: "a redirect to HTTPS",
      verdict: { kind: "redirect", location: "https://shop.example/", answer },
      want: undefined,
    },
    { name: "a malformed request", verdict: MALFORMED, want: undefined },
    { name: "an unknown API", verdict: UNKNOWN_API, want: undefined },
    { name: "an unknown host", verdict: UNKNOWN_HOST, want: undefined },
  ])("$name: $want", ({ verdict, want }) => {
    expect(offenceOf(new RequestView(), verdict)).toBe(want);
  });

  test("an allowed client commits none, denied or not", () => {
    const view = viewOf({ listFlags: ALLOW | denyFlag("manual") });
    expect(offenceOf(view, { kind: "decoy", answer })).toBeUndefined();
  });
});

test("every source that can detect is a source, and none denies by hand", () => {
  expect(DENY_SOURCES).toEqual(expect.arrayContaining([...DETECTED_SOURCES]));
  expect(DETECTED_SOURCES).not.toContain("manual");
  expect(new Set(IDENTIFIER_KINDS).size).toBe(5);
});
