import { METHODS } from "node:http";

import { describe, expect, test } from "vitest";

import { compileHeaderCodes } from "../../src/request/header-codes.ts";
import {
  DROP,
  finishHead,
  isNamedIn,
  isPassedOn,
  namesOtherHeaders,
  PASS,
  readHeader,
} from "../../src/request/read-header.ts";
import { RequestView } from "../../src/request/request-view.ts";
import type { Lines } from "./request-fixture.ts";

const codes = compileHeaderCodes(["x-api-key", "x-user"]);

function read(lines: Lines, host = "shop.example"): RequestView {
  const view = new RequestView();
  view.method = "GET";
  if (host !== "") readHeader(view, codes, "host", host);
  for (const [name, value] of lines) readHeader(view, codes, name, value);
  finishHead(view, codes);
  return view;
}

function isRefused(method: string): boolean {
  const view = new RequestView();
  view.method = method;
  readHeader(view, codes, "host", "shop.example");
  finishHead(view, codes);
  return view.isMalformed;
}

/** Rows of one field that comes twice. */
const twice = (
  name: string,
  one: string,
  other = one,
): readonly { readonly name: string; readonly lines: Lines }[] => [
  {
    name: `${name} twice, differing`,
    lines: [
      [name, one],
      [name, other],
    ],
  },
  {
    name: `${name} twice, equal`,
    lines: [
      [name, one],
      [name, one],
    ],
  },
];

describe("a method", () => {
  test.for(METHODS.filter((method) => method !== "CONNECT"))(
    "that Node knows passes: %s",
    (method) => {
      expect(isRefused(method)).toBe(false);
    },
  );

  test.for([
    { name: "CONNECT, which asks for a tunnel", method: "CONNECT" },
    { name: "PRI, which begins HTTP/2", method: "PRI" },
    { name: "one in lower case", method: "get" },
    { name: "one that nobody knows", method: "BREW" },
    { name: "one that begins like another", method: "GETS" },
    { name: "one of the object's own names", method: "constructor" },
    { name: "none", method: "" },
  ])("is refused: $name", ({ method }) => {
    expect(isRefused(method)).toBe(true);
  });
});

describe("a head that can be read in one way only", () => {
  test.for<{ readonly name: string; readonly lines: Lines }>([
    { name: "no field but Host", lines: [] },
    { name: "a body of known length", lines: [["content-length", "12"]] },
    { name: "a body of no bytes", lines: [["content-length", "0"]] },
    { name: "a chunked body, in any case", lines: [["transfer-encoding", "Chunked"]] },
    { name: "an ordinary Connection field", lines: [["connection", "keep-alive"]] },
    { name: "a Connection field with blanks and nothing", lines: [["connection", " close , ,"]] },
    { name: "Connection naming a hop-by-hop field", lines: [["connection", "upgrade, TE"]] },
    { name: "Connection naming a field of no meaning", lines: [["connection", "x-tracing"]] },
    {
      name: "a field of no meaning twice",
      lines: [
        ["accept", "a"],
        ["accept", "b"],
      ],
    },
    {
      name: "several X-Forwarded-For lines",
      lines: [
        ["x-forwarded-for", "a"],
        ["x-forwarded-for", "b"],
      ],
    },
  ])("passes: $name", ({ lines }) => {
    expect(read(lines).isMalformed).toBe(false);
  });
});

describe("a head that two readers may read in two ways", () => {
  test.for<{ readonly name: string; readonly lines: Lines }>([
    ...twice("host", "shop.example", "other.example"),
    ...twice("authorization", "Bearer a", "Bearer b"),
    ...twice("cookie", "a=1", "b=2"),
    ...twice("content-type", "application/json", "text/xml"),
    ...twice("content-length", "5", "6"),
    ...twice("transfer-encoding", "chunked"),
    ...twice("connection", "close", "keep-alive"),
    ...twice("x-request-id", "a", "b"),
    ...twice("x-api-key", "a", "b"),
    ...twice("x-http-method-override", "GET", "PUT"),
    {
      name: "two headers that both override the method",
      lines: [
        ["x-http-method-override", "GET"],
        ["x-method-override", "DELETE"],
      ],
    },
    {
      name: "both framings",
      lines: [
        ["content-length", "5"],
        ["transfer-encoding", "chunked"],
      ],
    },
    {
      name: "both framings, the other way round, with no bytes",
      lines: [
        ["transfer-encoding", "chunked"],
        ["content-length", "0"],
      ],
    },
    ...["", "+5", "-5", "0x5", "5_0", "010", "'5'", "5,5", "5 ", "1e3", "9007199254740993"].map(
      (length) => ({
        name: `a Content-Length of ${JSON.stringify(length)}`,
        lines: [["content-length", length] as const],
      }),
    ),
    ...["", "identity", ",chunked", "chunked,", "chunked, identity", '"chunked"', "chunked\v"].map(
      (coding) => ({
        name: `a Transfer-Encoding of ${JSON.stringify(coding)}`,
        lines: [["transfer-encoding", coding] as const],
      }),
    ),
    ...["authorization", "Cookie", "content-type", "content-length", "host", "x-forwarded-for"].map(
      (name) => ({
        name: `Connection naming ${name}`,
        lines: [["connection", `close, ${name}`] as const],
      }),
    ),
    { name: "Connection naming the API key's header", lines: [["connection", "X-API-Key"]] },
    { name: "Connection naming the override header", lines: [["connection", "x-http-method"]] },
    { name: "Connection naming something behind a control", lines: [["connection", "\vx-user"]] },
    { name: "Connection naming no token", lines: [["connection", "close; x-user"]] },
    { name: "an underscore where a gateway reads a hyphen", lines: [["x_user", "alice"]] },
    { name: "an underscore in a name of no meaning", lines: [["a_b", ""]] },
    { name: "an empty name", lines: [["", "alice"]] },
    { name: "a blank before the colon", lines: [["x-user ", "alice"]] },
    { name: "a name beyond ASCII", lines: [["x-us\u00e9r", "alice"]] },
  ])("is refused: $name", ({ lines }) => {
    expect(read(lines).isMalformed).toBe(true);
  });

  test.for([
    "",
    "shop.example:99999",
    "user@shop.example",
    "a b",
    "shop..example",
    "127.1",
    "[::1",
  ])("is refused: the Host %j", (host) => {
    expect(read([], host).isMalformed).toBe(true);
  });

  test("stays refused, whatever comes behind", () => {
    const view = read([
      ["content-length", "x"],
      ["accept", "*/*"],
    ]);
    finishHead(view, codes);
    expect(view.isMalformed).toBe(true);
  });
});

describe("what a field leaves in the view", () => {
  test("a host without case, port and final dot", () => {
    expect(read([], "Shop.EXAMPLE.:8443").host).toBe("shop.example");
  });

  test("the lines of X-Forwarded-For as one list, so that no hop hides", () => {
    const view = read([
      ["x-forwarded-for", "192.0.2.1"],
      ["x-forwarded-for", "203.0.113.9"],
    ]);
    expect(view.hops).toBe("192.0.2.1,203.0.113.9");
  });

  test("custom headers in their own slots, absent ones empty", () => {
    const view = read([["x-user", "alice"]]);
    expect([view.customHeader(0), view.customHeader(1), view.customHeader(2)]).toEqual([
      "",
      "alice",
      "",
    ]);
  });

  test.for([
    { name: "nothing", lines: [], body: false },
    { name: "a length of 0", lines: [["content-length", "0"]], body: false },
    { name: "a length", lines: [["content-length", "1"]], body: true },
    { name: "chunks", lines: [["transfer-encoding", "chunked"]], body: true },
  ] satisfies { name: string; lines: Lines; body: boolean }[])(
    "whether a body follows: $name",
    ({ lines, body }) => {
      expect(read(lines).hasBody()).toBe(body);
    },
  );

  test("nothing of the request before, once it is reset", () => {
    const view = read([
      ["authorization", "Bearer a"],
      ["cookie", "a=1"],
      ["x-api-key", "k"],
      ["x-user", "alice"],
      ["content-length", "x"],
      ["transfer-encoding", "chunked"],
      ["x-forwarded-for", "192.0.2.1"],
      ["x-http-method", "PUT"],
      ["connection", "close"],
      ["x-request-id", "r"],
      ["content-type", "text/xml"],
    ]);
    view.isSharedAddress = true;
    view.listFlags = 1;
    view.token = view.session = view.apiKey = view.username = "mallory";
    view.reset();
    const fresh = new RequestView();
    // Written anew for each request, as the target is.
    fresh.method = view.method;
    view.custom.length = 0;
    expect(view).toEqual(fresh);
  });
});

describe("what is passed on", () => {
  const rows = [
    { name: "accept", passed: true },
    { name: "authorization", passed: true },
    { name: "cookie", passed: true },
    { name: "content-type", passed: true },
    { name: "x-api-key", passed: true },
    { name: "x-http-method-override", passed: true },
    { name: "host", passed: false },
    { name: "content-length", passed: false },
    { name: "transfer-encoding", passed: false },
    { name: "connection", passed: false },
    { name: "keep-alive", passed: false },
    { name: "te", passed: false },
    { name: "upgrade", passed: false },
    { name: "expect", passed: false },
    { name: "http2-settings", passed: false },
    { name: "sec-websocket-key", passed: false },
    { name: "sec-websocket-version", passed: false },
    { name: "sec-websocket-protocol", passed: false },
    { name: "sec-websocket-extensions", passed: false },
    { name: "sec-websocket-accept", passed: false },
    { name: "proxy-authorization", passed: false },
    { name: "x-forwarded-for", passed: false },
    { name: "x-forwarded-host", passed: false },
    { name: "x-forwarded-proto", passed: false },
    { name: "x-forwarded-prefix", passed: false },
    { name: "forwarded", passed: false },
    { name: "x-original-url", passed: false },
    { name: "x-rewrite-url", passed: false },
    { name: "x-request-id", passed: false },
  ];

  test.for(rows)("$name: $passed, at the first look and at the second", ({ name, passed }) => {
    const outcome = readHeader(new RequestView(), codes, name, "chunked");
    expect(outcome).toBe(passed ? PASS : DROP);
    expect(isPassedOn(codes, name)).toBe(passed);
  });

  test.for([
    { name: "", more: false },
    { name: "close", more: false },
    { name: "Keep-Alive", more: false },
    { name: "Upgrade", more: false },
    { name: "close, x-tracing", more: true },
    { name: "x-tracing", more: true },
  ])("a Connection of $name asks for more: $more", ({ name, more }) => {
    expect(namesOtherHeaders(name)).toBe(more);
  });

  test("a name that Connection lists is found in any case, and only as a whole", () => {
    expect(isNamedIn("close, X-Tracing ", "x-tracing")).toBe(true);
    expect(isNamedIn("x-tracing-id", "x-tracing")).toBe(false);
  });
});
