import { expect } from "vitest";

import { decide } from "../src/decide.ts";
import type { RequestView } from "../src/request/request-view.ts";
import { UNAUTHORIZED } from "../src/verdict.ts";
import type { Json } from "./definition/definition-of.ts";
import { apiOf, type Given, type Lines, viewOf } from "./request/request-fixture.ts";

export const PATTERN: Json = {
  protocol_allowed: "https",
  methods_allowed: ["GET", "POST"],
  content_type_allowed: "application/json",
  error_code: 401,
  error_def: "Unauthorized",
  error_message_body: " Error: Unauthorized",
};
export const REDIRECT: Json = {
  response_code: 301,
  response_def: "Moved Permanently",
  https_url: "https://shopping.xyz.com/login/",
};
const DECOY: Json = {
  decoy_enabled: true,
  decoy_subpaths: ["/shop/root"],
  response_code: 200,
  response_def: "OK",
  response_message: "OK",
};
export const SHOP: Json = {
  oauth2_access_token: true,
  is_token_mandatory: true,
  api_pattern_enforcement: PATTERN,
  decoy_config: DECOY,
};
const PATTERN_ANSWER = { status: 401, phrase: "Unauthorized", body: " Error: Unauthorized" };
export const DECOY_VERDICT = { kind: "decoy", answer: { status: 200, phrase: "OK", body: "OK" } };
export const blocked = (reason: string): unknown => ({
  kind: "block",
  reason,
  answer: reason === "deny-list" || reason === "missing-token" ? UNAUTHORIZED : PATTERN_ANSWER,
});

/** What the decision reads besides what came over the wire. */
export interface Row extends Given {
  readonly name: string;
  readonly api?: Json;
  readonly found?: Partial<Pick<RequestView, "isDecoyPath" | "listFlags" | "token">>;
  readonly firewall?: boolean;
}

/** An ordinary request is on HTTPS and has a token; a row says what differs. */
export function decided({
  api = SHOP,
  found,
  firewall = true,
  method = "GET",
  ...given
}: Row): unknown {
  const compiled = apiOf(api);
  const view = viewOf({ scheme: "https", ...given }, compiled.codes);
  expect(view.isMalformed).toBe(false);
  // Put there afterwards: what reads a request refuses methods that nobody knows.
  Object.assign(view, { token: "t1", method }, found);
  return decide(view, compiled.api, firewall);
}

export const pattern = (changes: Json): Json => ({
  ...SHOP,
  api_pattern_enforcement: { ...PATTERN, ...changes },
});
export const override = (name: string, method: string): Lines => [[name, method]];
export const sent = (type: string): Lines => [
  ["content-type", type],
  ["content-length", "2"],
];
export const everythingWrong = {
  scheme: "http",
  method: "PUT",
  lines: sent("text/xml"),
  found: { token: "" },
} as const;
