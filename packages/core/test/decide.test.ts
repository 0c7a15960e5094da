import { describe, expect, test } from "vitest";

import { decide } from "../src/decide.ts";
import { DENY_SOURCES } from "../src/identity/client-identifier.ts";
import { ALLOW, denyFlag } from "../src/lists/list-flags.ts";
import {
  blocked,
  decided,
  DECOY_VERDICT,
  everythingWrong,
  PATTERN,
  REDIRECT,
  type Row,
  sent,
  SHOP,
} from "./decide-fixture.ts";
import { apiOf, viewOf } from "./request/request-fixture.ts";

describe("the order of the checks: the first that objects wins", () => {
  const ALL_DENIED = DENY_SOURCES.reduce((flags, source) => flags | denyFlag(source), 0);
  test.for<Row & { readonly want: unknown }>([
    { name: "an ordinary request", want: { kind: "forward" } },
    {
      name: "the firewall off, before everything",
      ...everythingWrong,
      found: { listFlags: ALL_DENIED, token: "" },
      firewall: false,
      want: { kind: "forward" },
    },
    {
      name: "the firewall off on a decoy, which has no upstream",
      found: { isDecoyPath: true, listFlags: ALL_DENIED },
      firewall: false,
      want: DECOY_VERDICT,
    },
    {
      name: "the allow list before the deny list and all checks",
      ...everythingWrong,
      found: { listFlags: ALLOW | ALL_DENIED, token: "" },
      want: { kind: "forward" },
    },
    {
      name: "an allowed client on a decoy, which has no upstream",
      found: { listFlags: ALLOW, isDecoyPath: true },
      want: DECOY_VERDICT,
    },
    {
      name: "the deny list before decoys",
      ...everythingWrong,
      found: { listFlags: denyFlag("manual"), isDecoyPath: true },
      want: blocked("deny-list"),
    },
    {
      name: "the deny list before the pattern",
      ...everythingWrong,
      found: { listFlags: denyFlag("analytics") },
      want: blocked("deny-list"),
    },
    {
      name: "decoys before the pattern",
      ...everythingWrong,
      found: { isDecoyPath: true, token: "" },
      want: DECOY_VERDICT,
    },
    { name: "protocol before method", ...everythingWrong, want: blocked("protocol") },
    {
      name: "method before content type",
      ...everythingWrong,
      scheme: "https",
      want: blocked("method"),
    },
    {
      name: "content type before the token",
      ...everythingWrong,
      scheme: "https",
      method: "POST",
      want: blocked("content-type"),
    },
    { name: "the token last", found: { token: "" }, want: blocked("missing-token") },
  ])("$name", ({ want, ...row }) => {
    expect(decided(row)).toEqual(want);
  });
});

describe("the deny list", () => {
  test.for(DENY_SOURCES)("blocks whoever is on it for %s", (source) => {
    expect(decided({ name: source, found: { listFlags: denyFlag(source) } })).toEqual(
      blocked("deny-list"),
    );
  });

  test("lets a client that only touched decoys go on with decoys, and with nothing else", () => {
    const listFlags = denyFlag("decoy");
    expect(decided({ name: "", found: { listFlags, isDecoyPath: true } })).toEqual(DECOY_VERDICT);
    expect(decided({ name: "", found: { listFlags } })).toEqual(blocked("deny-list"));
  });

  test("stops one that did more than touch decoys there as well", () => {
    const listFlags = denyFlag("decoy") | denyFlag("method");
    expect(decided({ name: "", found: { listFlags, isDecoyPath: true } })).toEqual(
      blocked("deny-list"),
    );
  });
});

const monitored = (reason: string): unknown => ({ kind: "monitor", reason });

describe("an API that only monitors", () => {
  const api = { ...SHOP, enable_blocking: false };
  test.for<Row & { readonly want: unknown }>([
    {
      name: "a denied client",
      found: { listFlags: denyFlag("manual") },
      want: monitored("deny-list"),
    },
    { name: "a wrong protocol", scheme: "http", want: monitored("protocol") },
    { name: "a wrong method", method: "PUT", want: monitored("method") },
    { name: "a wrong content type", lines: sent("text/xml"), want: monitored("content-type") },
    { name: "a missing token", found: { token: "" }, want: monitored("missing-token") },
    { name: "a decoy, which has no upstream", found: { isDecoyPath: true }, want: DECOY_VERDICT },
    {
      name: "a decoy touched by a denied client, which has no upstream either",
      found: { isDecoyPath: true, listFlags: denyFlag("manual") },
      want: DECOY_VERDICT,
    },
    {
      name: "plain HTTP that could be redirected goes on to the other checks",
      api: { ...api, api_pattern_enforcement: { ...PATTERN, http_redirect: REDIRECT } },
      scheme: "http",
      want: { kind: "forward" },
    },
  ])("$name", ({ want, ...row }) => {
    expect(decided({ api, ...row })).toEqual(want);
  });
});

describe("answers", () => {
  test("without a pattern answer of its own an API answers 401", () => {
    const api = { api_pattern_enforcement: { methods_allowed: ["GET"] } };
    expect(decided({ name: "", api, method: "PUT" })).toEqual({
      kind: "block",
      reason: "method",
      answer: { status: 401, phrase: "Unauthorized", body: "401 Unauthorized" },
    });
  });

  test("every request gets the same objects: deciding makes none", () => {
    const { api } = apiOf(SHOP);
    const view = viewOf({ scheme: "https", method: "PUT" });
    expect(decide(view, api, true)).toBe(decide(view, api, true));
  });
});
