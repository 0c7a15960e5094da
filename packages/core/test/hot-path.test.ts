import { bytesPerCall, sameShape } from "@portcullis/testkit/hot-path";
import { describe, expect, test } from "vitest";

import { type DecisionContext, evaluate } from "../src/evaluate.ts";
import { NO_CLAIMS } from "../src/identity/identify.ts";
import { hashIdentifier } from "../src/lists/keyed-hash.ts";
import { denyFlag } from "../src/lists/list-flags.ts";
import { allocateLists } from "../src/lists/list-layout.ts";
import { finishHead, readHeader } from "../src/request/read-header.ts";
import { RequestView } from "../src/request/request-view.ts";
import type { Verdict } from "../src/verdict.ts";
import type { Json } from "./definition/definition-of.ts";
import { key, NOW, openLists } from "./lists/lists-fixture.ts";
import { type Given, type Lines, policyOf, viewOf } from "./request/request-fixture.ts";

const PATTERN: Json = {
  methods_allowed: ["GET", "POST"],
  content_type_allowed: "application/json",
  protocol_allowed: "https",
  http_redirect: { https_url: "https://shop.example/" },
};
const DECOY: Json = { decoy_enabled: true, decoy_subpaths: ["/shop/root"] };
const SHOP: Json = {
  url: "/shop",
  oauth2_access_token: true,
  cookie: "JSESSIONID",
  apikey_header: "X-API-KEY",
  username_header: "X-User",
  api_pattern_enforcement: PATTERN,
  decoy_config: DECOY,
};

const lists = openLists({ buffers: allocateLists(1024) });
const denied = new Int32Array(4);
hashIdentifier(key, 4, "", "mallory", denied, 0);
lists.add(denied, 0, denyFlag("manual"), 0, NOW);

const context: DecisionContext = {
  policy: policyOf({
    shop: SHOP,
    watched: { ...SHOP, url: "/watched", enable_blocking: false, decoy_config: {} },
    plain: { ...SHOP, url: "/plain", api_pattern_enforcement: {}, decoy_config: {} },
  }),
  lists,
  claims: NO_CLAIMS,
  firewall: true,
};
const { headerCodes } = context.policy;

// Opaque and short: a JWT of 700 characters is hashed for 4 microseconds a call, and allocates the same.
const AUTHORIZATION = "Bearer ad233edqsd1d23redwefew";
const COOKIE = "theme=dark; JSESSIONID=ad233edqsd1d23redwefew; lang=en";
const WITH_TOKEN_AND_COOKIE: Lines = [
  ["authorization", AUTHORIZATION],
  ["cookie", COOKIE],
];

/** Evaluates one request again and again, as a kept-alive connection does. */
function evaluation(given: Given): () => Verdict {
  const view = viewOf({ scheme: "https", isFromProxy: true, ...given }, headerCodes);
  return () => {
    view.token = view.session = view.apiKey = view.username = "";
    return evaluate(view, context, NOW);
  };
}

const PLAIN_IDENTIFIERS: Lines = [
  ["x-api-key", "b31dfa4678b24aa5a2daa06aba1857d4"],
  ["x-user", "alice"],
];
const BODY: Lines = [
  ["content-type", "application/json; charset=utf-8"],
  ["content-length", "12"],
];

const DENIED_USER: Lines = [["x-user", "mallory"]];

interface Row {
  readonly kind: Verdict["kind"];
  readonly name: string;
  readonly given: Given;
}

const ROWS: readonly Row[] = [
  { kind: "forward", name: "an ordinary request", given: {} },
  { kind: "forward", name: "a body", given: { method: "POST", lines: BODY } },
  { kind: "block", name: "a wrong method", given: { method: "PUT" } },
  { kind: "block", name: "a denied user name", given: { lines: DENIED_USER } },
  { kind: "decoy", name: "a decoy", given: { target: "/shop/root/etc" } },
  { kind: "redirect", name: "plain HTTP", given: { scheme: "http" } },
  { kind: "monitor", name: "a wrong method", given: { target: "/watched", method: "PUT" } },
  { kind: "reject", name: "an unknown API", given: { target: "/unknown" } },
  { kind: "reject", name: "a malformed target", given: { target: "/shop/.." } },
];

describe("evaluating allocates nothing for what is read as it stands", () => {
  test.for(ROWS)("$kind, $name: address, key and user name", { timeout: 180_000 }, (row) => {
    const { given, kind } = row;
    const lines = given.lines === DENIED_USER ? [] : PLAIN_IDENTIFIERS;
    const run = evaluation({ ...given, lines: [...lines, ...(given.lines ?? [])] });
    expect(run().kind).toBe(kind);
    expect(bytesPerCall(run)).toBeLessThan(4);
  });
});

describe("evaluating allocates no more than the strings it cuts out of their headers", () => {
  // V8 makes a slice of 13 characters or more an object that points into the header, 32 bytes each.
  const TWO_SLICES = 64;
  const kinds = new Set(["forward", "block", "decoy"]);
  const rows = ROWS.filter(({ given, kind }) => kinds.has(kind) && given.lines !== DENIED_USER);
  test.for(rows)("$kind, $name: token and cookie", { timeout: 180_000 }, ({ given, kind }) => {
    const run = evaluation({
      ...given,
      lines: [...WITH_TOKEN_AND_COOKIE, ...(given.lines ?? [])],
    });
    expect(run().kind).toBe(kind);
    expect(bytesPerCall(run)).toBeLessThan(TWO_SLICES + 4);
  });
});

test("reading header fields into a view allocates nothing but what was cut off", () => {
  const view = new RequestView();
  view.method = "POST";
  const run = (): boolean => {
    view.reset();
    readHeader(view, headerCodes, "host", "shop.example");
    readHeader(view, headerCodes, "authorization", AUTHORIZATION);
    readHeader(view, headerCodes, "cookie", COOKIE);
    readHeader(view, headerCodes, "accept", "*/*");
    readHeader(view, headerCodes, "x-api-key", "b31dfa4678b24aa5a2daa06aba1857d4");
    readHeader(view, headerCodes, "content-type", "application/json");
    readHeader(view, headerCodes, "content-length", "12");
    finishHead(view, headerCodes);
    return view.isMalformed;
  };
  expect(run()).toBe(false);
  expect(bytesPerCall(run)).toBeLessThan(4);
});

describe("verdicts of one kind share a hidden class, whichever API and reason they are for", () => {
  const other = policyOf({ other: { ...SHOP, is_token_mandatory: true } }).apis[0];
  const [shop, watched, plain] = context.policy.apis;

  test("blocks", () => {
    const blocks = [
      shop?.denyListVerdict,
      shop?.protocolVerdict,
      shop?.methodVerdict,
      shop?.contentTypeVerdict,
      shop?.missingTokenVerdict,
      plain?.methodVerdict,
      other?.denyListVerdict,
    ].filter((verdict) => verdict !== undefined);
    const [first, ...rest] = blocks;
    expect(rest).toHaveLength(6);
    expect(first && rest.every((verdict) => sameShape(first, verdict))).toBe(true);
  });

  test("monitors", () => {
    const [one, another] = [watched?.methodVerdict, watched?.denyListVerdict];
    expect(one && another && sameShape(one, another)).toBe(true);
  });

  test("decoys and redirects", () => {
    const decoys = [shop?.decoyVerdict, plain?.decoyVerdict];
    const redirects = [shop?.redirectVerdict, other?.redirectVerdict];
    for (const [one, another] of [decoys, redirects]) {
      expect(one && another && sameShape(one, another)).toBe(true);
    }
  });

  test("compiled APIs, however differently they are defined", () => {
    const bare = policyOf({ bare: {} }).apis[0];
    expect(bare && shop && sameShape(bare, shop)).toBe(true);
  });

  test("views, used or not", () => {
    const used = viewOf({ lines: WITH_TOKEN_AND_COOKIE }, headerCodes);
    evaluate(used, context, NOW);
    used.reset();
    expect(sameShape(used, new RequestView())).toBe(true);
  });
});
