import { readFileSync } from "node:fs";

import { beforeAll, describe, expect, test } from "vitest";

import { headersOf } from "./support/answer.ts";
import { definition, pattern } from "./support/definition.ts";
import { CLOSED_WITHIN_MS } from "./support/engine.ts";
import { addTo } from "./support/management.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { plainAnswer, type ReceivedRequest, Upstream } from "./support/upstream.ts";
import { waitFor } from "./support/wait-for.ts";

/** One row of the table of raw requests. */
interface RequestCase {
  readonly name: string;
  readonly raw: string;
  readonly expect: "refused" | "forwarded" | "either";
  readonly why: string;
  readonly body?: string;
  readonly status?: number;
  readonly upstreamLacks?: readonly string[];
}

const CASES: readonly RequestCase[] = readCases();
/** Peers whose X-Forwarded-For is believed. */
const TRUSTED = "127.0.12.0/24";
/** What targets are on their way to the upstream, where they are not what was sent. */
const TARGETS: ReadonlyMap<string, string> = new Map([["/%73hop/a", "/shop/a"]]);

let proxy: ProxyProcess;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await Upstream.start();
  upstream.respond = () => plainAnswer("ok");
  const shop = {
    hostname: "api.example.com",
    oauth2_access_token: true,
    cookie: "JSESSIONID",
    apikey_qs: "key_1.4",
    ...pattern({ methods_allowed: ["GET", "POST"], content_type_allowed: "application/json" }),
  };
  proxy = await ProxyProcess.start({
    apis: {
      shop: definition("/shop", upstream.port, shop),
      public: definition("/public", upstream.port, { hostname: "api.example.com" }),
    },
    yaml: `enforcement: { ase_detected_attack: false }\ntrusted_proxies: [${TRUSTED}]\n`,
  });
  await addTo(proxy, "blacklist", { type: "token", value: "denied-token" });
  await addTo(proxy, "blacklist", { type: "cookie", name: "JSESSIONID", value: "denied-cookie" });
  await addTo(proxy, "blacklist", { type: "api_key", name: "key_1.4", value: "denied-key" });
  await addTo(proxy, "blacklist", { type: "ip", value: "203.0.113.9" });
});

const refused = CASES.filter((each) => each.expect === "refused");
const forwarded = CASES.filter((each) => each.expect === "forwarded");
const either = CASES.filter((each) => each.expect === "either");

describe("what can be understood in more than one way, or must not pass", () => {
  test.concurrent.for(refused)("is refused: $name", async (row) => {
    const given = await send(row, (connection) => connection.send(row.raw));
    expect(given.upstream).toEqual([]);
    expect(given.status).toSatisfy(isRefusal);
    expect(row.status ?? given.status).toBe(given.status);
  });

  test.concurrent.for(refused)("is refused when it comes byte by byte: $name", async (row) => {
    const given = await send(row, (connection) => dribble(connection, row.raw));
    expect(given.upstream).toEqual([]);
    expect(given.status).toSatisfy(isRefusal);
  });

  test.concurrent.for(refused)("takes nothing with it that comes behind: $name", async (row) => {
    const behind = "GET /shop/behind HTTP/1.1\r\nHost: api.example.com\r\n\r\n";
    const given = await send(row, (connection) => connection.send(row.raw + behind));
    // What was understood and refused by policy may be followed by another request; what was not
    // understood may not.
    const isUnderstood = given.status !== undefined && given.status !== 400;
    const passed = given.upstream.map(({ target }) => target);
    expect(passed.filter((target) => target !== "/shop/behind" || !isUnderstood)).toEqual([]);
  });
});

describe("what is in order", () => {
  test.concurrent.for(forwarded)("is forwarded as it came, framed once: $name", async (row) => {
    const given = await send(row, (connection) => connection.send(row.raw));
    expect(given.status).toBe(200);
    expectForwarded(row, given.upstream);
  });

  test.concurrent.for(forwarded)("is forwarded when it comes byte by byte: $name", async (row) => {
    const given = await send(row, (connection) => dribble(connection, row.raw));
    expect(given.status).toBe(200);
    expectForwarded(row, given.upstream);
  });

  test.concurrent.for(either)("lets nothing pass that was not read: $name", async (row) => {
    const given = await send(row, (connection) => connection.send(row.raw));
    for (const { headers } of given.upstream) {
      for (const name of row.upstreamLacks ?? []) expect(headersOf({ headers }, name)).toEqual([]);
    }
  });
});

test("the table has as many rows as were run", () => {
  expect(refused.length + forwarded.length + either.length).toBe(CASES.length);
  expect(CASES.length).toBeGreaterThan(70);
});

interface Given {
  /** `undefined`: the connection was closed without an answer. */
  readonly status: number | undefined;
  readonly upstream: readonly ReceivedRequest[];
}

let clients = 0;

/** Sends a case from an address of its own, by which the upstream's requests are told apart. */
async function send(
  row: RequestCase,
  write: (connection: RawConnection) => Promise<void> | void,
): Promise<Given> {
  const isBehindProxy = row.raw.includes("X-Forwarded-For");
  clients++;
  const from = isBehindProxy
    ? `127.0.12.${1 + (clients & 127)}`
    : `127.0.${20 + (clients >> 7)}.${1 + (clients & 127)}`;
  const connection = await RawConnection.open(proxy.port, { from });
  await write(connection);
  let answer = await connection.answerOrEnd("GET", CLOSED_WITHIN_MS);
  if (answer?.status === 100) answer = await connection.answerOrEnd("GET", CLOSED_WITHIN_MS);
  connection.close();
  const mine = (): ReceivedRequest[] =>
    upstream.requests.filter(({ headers }) =>
      headersOf({ headers }, "x-forwarded-for").some((value) => value.endsWith(from)),
    );
  if (answer?.status === 200) await waitFor("the request upstream", () => mine().length > 0);
  return { status: answer?.status, upstream: mine() };
}

/** One byte at a time, each in a write of its own. */
/**
 * The end of a chunked body goes in one piece, as every client sends it: the connection is closed
 * with the answer, and bytes that come after would reset it, perhaps before the answer is read.
 */
const CHUNKED_END = "0\r\n\r\n";

async function dribble(connection: RawConnection, raw: string): Promise<void> {
  const end = raw.endsWith(CHUNKED_END) ? CHUNKED_END : "";
  for (const byte of raw.slice(0, raw.length - end.length)) {
    if (connection.isOver) return;
    connection.send(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (!connection.isOver) connection.send(end);
}

function isRefusal(status: unknown): boolean {
  return status === undefined || (typeof status === "number" && status >= 400);
}

function expectForwarded(row: RequestCase, requests: readonly ReceivedRequest[]): void {
  const [method, target = ""] = row.raw.split(" ", 2);
  expect(requests).toHaveLength(1);
  const [request] = requests;
  expect(request).toMatchObject({ method, target: TARGETS.get(target) ?? target });
  expect(request?.body.toString("latin1")).toBe(row.body ?? "");
  const headers = request?.headers ?? [];
  const framings = headers.filter(([name]) => /^(content-length|transfer-encoding)$/.test(name));
  expect(framings).toHaveLength(row.body === undefined ? 0 : 1);
  for (const name of row.upstreamLacks ?? []) expect(headersOf({ headers }, name)).toEqual([]);
  const sent = /\r\nX-A: ([^\r]*)\r\n/.exec(row.raw)?.[1];
  expect(headersOf({ headers }, "x-a")).toEqual(sent === undefined ? [] : [asTheParserReads(sent)]);
}

/** The engine takes bytes past ASCII at the ends of a value for blanks, and drops them. */
function asTheParserReads(value: string): string {
  return value.replace(/^[\x80-\xff]+|[\x80-\xff]+$/g, "");
}

function readCases(): readonly RequestCase[] {
  const file = new URL("fixtures/request-cases.json", import.meta.url);
  const table: { readonly cases: readonly RequestCase[] } = JSON.parse(readFileSync(file, "utf8"));
  return table.cases;
}
