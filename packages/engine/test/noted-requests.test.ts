import { beforeEach, describe, expect, test } from "vitest";

import type { Enforcer } from "../src/enforcer.ts";
import type { Identities } from "../src/evidence.ts";
import { enforcerOf, type Given, NOW_MS, policyOf, viewOf } from "./engine-fixture.ts";

const identities = { oauth2_access_token: true, cookie: "SID" };
const policy = policyOf({
  shop: { ...identities, url: "/shop", cookie_idle_timeout: "1m" },
  bank: { ...identities, url: "/bank", cookie_idle_timeout: "60m" },
  club: { ...identities, url: "/club", logout_api_enabled: true },
});
const BOTH: Given = { path: "/shop/a", token: "t-1", cookie: "SID=s-1" };

let edge: Enforcer;
let nowMs: number;

function admit(given: Given): Identities | undefined {
  const view = viewOf(given, policy);
  expect(edge.decide(view, nowMs).kind).toBe("forward");
  return edge.noteRequest(view, nowMs);
}

function serve(given: Given): void {
  const seen = admit(given);
  if (seen !== undefined) edge.succeeded(seen, nowMs);
}

beforeEach(() => {
  nowMs = NOW_MS;
  edge = enforcerOf(policy);
  serve(BOTH);
  if (admit(BOTH) !== undefined) throw new TypeError("not noted");
});

describe("a client that was noted in this second", () => {
  test("is new again with a cookie that nobody has seen", () => {
    expect(admit({ ...BOTH, cookie: "SID=s-2" })).toBeDefined();
    expect(admit({ ...BOTH, cookie: "SID=s-2" })).toBeDefined();
  });

  test("does not lend what was noted to another token", () => {
    expect(admit({ ...BOTH, token: "t-2" })).toBeDefined();
  });

  test("does not lend it to one that was decided on before it, and is noted after", () => {
    const view = viewOf({ ...BOTH, token: "t-2" }, policy);
    edge.decide(view, nowMs);
    expect(admit(BOTH)).toBeUndefined();
    expect(edge.noteRequest(view, nowMs)).toBeDefined();
  });

  test("is remembered for as long as another API of the same second says", () => {
    serve({ ...BOTH, path: "/bank/a" });
    nowMs += 50 * 60_000;
    expect(admit({ ...BOTH, path: "/bank/a" })).toBeUndefined();
  });

  test("is noted again in the next second, so that its idle time begins anew", () => {
    for (let seconds = 0; seconds < 180; seconds += 45) {
      nowMs += 45_000;
      expect(admit(BOTH)).toBeUndefined();
    }
    nowMs += 61_000;
    expect(admit(BOTH)).toBeDefined();
  });

  test("is watched for its logout each time where that ends a session", () => {
    expect(admit({ ...BOTH, path: "/club/a" })).toBeDefined();
    expect(admit({ ...BOTH, path: "/club/a" })).toBeDefined();
  });
});
