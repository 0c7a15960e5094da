import { beforeAll, describe, expect, test } from "vitest";

import { headersOf, readChunks } from "./support/answer.ts";
import { definition } from "./support/definition.ts";
import { CLOSED_WITHIN_MS, isOldBuild } from "./support/engine.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { isAbsent, readRows, reason } from "./support/public-cases.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { plainAnswer, type ReceivedRequest, Upstream } from "./support/upstream.ts";

interface LlhttpCase {
  readonly id: string;
  readonly title: string;
  readonly raw_b64: string;
  /** The same with a Host field, where only that was missing. */
  readonly raw_with_host_b64?: string;
  readonly expect: "accept" | "reject" | "incomplete" | "upgrade";
  readonly messages_complete: number;
}

interface ClientCase {
  readonly client: string;
  readonly request_line: string;
  /** How many pieces it came in. */
  readonly segments: number;
  /** Missing where the request is over 20 kB. */
  readonly raw_b64?: string;
}

const UPGRADE = /\r\nupgrade: websocket\r\n/i;

/**
 * What llhttp refuses and the engine takes. In each the body is framed anew and the connection closed
 * with the answer, so that nothing which came behind is served (docs/security.md).
 */
const LENIENT_ENGINE: ReadonlyMap<string, string> = new Map([
  ["llhttp/transfer-encoding/8", "chunk size with text behind a blank"],
  ["llhttp/transfer-encoding/23", "empty chunk size"],
  ["llhttp/transfer-encoding/26", "chunk size with two carriage returns"],
  ["llhttp/transfer-encoding/28", "no line end behind a chunk"],
  ["llhttp/transfer-encoding/30", "chunk size with a blank"],
]);

/** What llhttp refuses, and what becomes of it here; nothing of the refused part passes. */
const TAKEN_IN_PART: ReadonlyMap<string, string> = new Map([
  [
    "llhttp/connection/9",
    "a whole request with Connection: close; what is behind it is not served",
  ],
  ["llhttp/connection/10", "the same"],
  ["llhttp/invalid/13", "an empty header name ends the header list"],
]);

/** The trailers of this one are a second request to 20.57, and no good one. */
const TRAILERS = "llhttp/transfer-encoding/6";

/** Methods that 20.30 does not know; 20.57 leaves it to Portcullis, and it knows them. */
const OTHER_METHODS = ["method/1", "method/7", "method/8", "method/9", "method/10"].concat([
  "method/11",
  "method/16",
]);

/** What llhttp takes and is refused here, and why. */
const STRICTER: readonly (readonly [why: string, ids: readonly string[]])[] = [
  ["the engine closes on pipelined requests, and serves none", ["connection/2"]],
  [
    "a Content-Length with leading zeros is octal to some",
    ["content-length/1", "content-length/2"],
  ],
  ["methods that the build does not know", isOldBuild ? OTHER_METHODS : []],
  ["no host name has an equals sign", ["sample/3", "sample/4"]],
  ["a transfer coding besides chunked", ["transfer-encoding/20", "transfer-encoding/21"]],
  ["quotes and backslashes in a path", ["uri/1"]],
  ["a fragment in a target", ["uri/8"]],
];

/** What strict reading costs real clients: all of it `%2F` in a path, which is refused by default. */
const ENCODED_SLASH = /^\S+ [^?]*%2f/i;

let proxy: ProxyProcess;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await Upstream.start();
  upstream.respond = ({ method }) => plainAnswer(method === "HEAD" ? "" : "ok");
  proxy = await ProxyProcess.start({
    apis: { every: definition("/", upstream.port) },
    yaml: "enforcement: { ase_detected_attack: false }\n",
  });
});

describe.skipIf(isAbsent)(`the requests of the llhttp suite${reason}`, () => {
  const cases: readonly LlhttpCase[] = readRows("http-raw/llhttp-requests.jsonl");
  const rejects = cases.filter((row) => row.expect === "reject");
  const isTaken = ({ id }: LlhttpCase): boolean => LENIENT_ENGINE.has(id) || TAKEN_IN_PART.has(id);
  const refused = rejects.filter((row) => !isTaken(row));
  const accepts = cases.filter((row) => row.expect === "accept");
  const reasons = new Map(STRICTER.flatMap(([why, ids]) => ids.map((id) => [`llhttp/${id}`, why])));
  const isCutShort = ({ id }: LlhttpCase): boolean => !isOldBuild && id === TRAILERS;
  const served = accepts.filter(
    (row) => isOriginForm(row) && !reasons.has(row.id) && !isCutShort(row),
  );
  const stricter = accepts.filter((row) => reasons.has(row.id));
  const otherForms = accepts.filter((row) => !isOriginForm(row));
  const open = cases.filter((row) => row.expect === "incomplete" || row.expect === "upgrade");

  test("each row is in one of the tables", () => {
    expect([cases.length, rejects.length, served.length]).toEqual([120, 55, isOldBuild ? 19 : 25]);
    expect(rejects.filter(isTaken)).toHaveLength(LENIENT_ENGINE.size + TAKEN_IN_PART.size);
    expect(stricter).toHaveLength(reasons.size);
    const cutShort = accepts.filter(isCutShort).length;
    expect(served.length + cutShort + stricter.length + otherForms.length).toBe(accepts.length);
    expect(rejects.length + accepts.length + open.length).toBe(cases.length);
  });

  test.concurrent.for(refused)("$id is refused: $title", async (row) => {
    const given = await send([bytesOf(row)], Infinity);
    expect(given.statuses.filter((status) => status < 400)).toEqual([]);
    expect(given.upstream).toEqual([]);
  });

  test.concurrent.for(rejects.filter(isTaken))("$id passes as one request: $title", async (row) => {
    const behind = "GET /behind HTTP/1.1\r\nHost: a.example\r\n\r\n";
    const isLenient = LENIENT_ENGINE.has(row.id);
    const given = await send([bytesOf(row), isLenient ? Buffer.from(behind) : NOTHING], Infinity);
    const targets = given.upstream.map(({ target }) => target);
    expect(targets).not.toContain("/behind");
    expect(targets.length).toBeLessThanOrEqual(1);
  });

  test.concurrent.for(served)("$id is served: $title", async (row) => {
    const given = await send([bytesOf(row)], 1);
    expect(given.statuses).toEqual([200]);
    expect(given.upstream.map(lineOf)).toEqual([lineIn(bytesOf(row))]);
  });

  test.concurrent.for(accepts.filter(isCutShort))(
    "$id is not answered, and its trailers are not served: $title",
    async (row) => {
      const given = await send([bytesOf(row)], Infinity);
      expect(given.statuses).toEqual([505]);
      const lines = given.upstream.map(lineOf);
      expect(lines.filter((line) => line !== lineIn(bytesOf(row)))).toEqual([]);
      expect(lines.length).toBeLessThanOrEqual(1);
    },
  );

  test.concurrent.for(stricter)("$id is refused: $title", async (row) => {
    const given = await send([bytesOf(row)], 1);
    expect(given.statuses.filter((status) => status < 400)).toEqual([]);
    expect(given.upstream).toEqual([]);
  });

  test.concurrent.for(otherForms)("$id is no HTTP/1.1 in origin form: $title", async (row) => {
    const given = await send([bytesOf(row)], Infinity);
    expect(given.statuses.filter((status) => status < 400)).toEqual([]);
    expect(given.upstream).toEqual([]);
  });

  test.concurrent.for(open)("$id passes no more than is complete: $title", async (row) => {
    const given = await send([bytesOf(row)], Infinity);
    const most = row.expect === "upgrade" ? 1 : row.messages_complete;
    expect(given.upstream.length).toBeLessThanOrEqual(most);
    // An HTTP API passes no upgrade on.
    expect(given.upstream.flatMap((request) => headersOf(request, "upgrade"))).toEqual([]);
  });
});

describe.skipIf(isAbsent)(`the requests of real clients${reason}`, () => {
  const cases: readonly ClientCase[] = readRows("http-raw/real-clients.jsonl");
  const whole = cases.filter((row) => row.raw_b64 !== undefined);
  const upgrades = whole.filter((row) => UPGRADE.test(textOf(row)));
  const others = whole.filter((row) => !UPGRADE.test(textOf(row)));
  const refused = others.filter((row) => ENCODED_SLASH.test(row.request_line));
  const served = others.filter((row) => !ENCODED_SLASH.test(row.request_line));
  const isCut = cases.filter((row) => row.raw_b64 === undefined);

  test("each row is in one of the tables", () => {
    const counts = [cases.length, served.length, refused.length, upgrades.length];
    expect(counts).toEqual([38, 31, 4, 2]);
  });

  // What these clients get of a WebSocket API is in the WebSocket suites, with the clients themselves.
  test.concurrent.for(upgrades)(
    "$client: $request_line is told that this is no WebSocket API",
    async (row) => {
      const { statuses, upstream: requests } = await send([Buffer.from(textOf(row), "latin1")], 1);
      expect(statuses).toEqual([400]);
      expect(requests).toEqual([]);
    },
  );

  test.skipIf(isCut.length > 0).for(isCut)(
    "$client: $request_line (skipped: its bytes are not in the set)",
    () => {
      expect.unreachable();
    },
  );

  test.concurrent.for(served)("$client: $request_line is served", async (row) => {
    const bytes = Buffer.from(row.raw_b64 ?? "", "base64");
    const headEnd = bytes.indexOf("\r\n\r\n") + 4;
    const cut = row.segments === 1 ? bytes.length : headEnd;
    const { statuses, upstream: requests } = await send(
      [bytes.subarray(0, cut), bytes.subarray(cut)],
      1,
    );
    expect(statuses).toEqual([200]);
    expect(requests.map(lineOf)).toEqual([lineIn(bytes)]);
    const isChunked = /\r\ntransfer-encoding: chunked\r\n/i.test(bytes.toString("latin1"));
    const body = isChunked ? readChunks(bytes, headEnd)?.bytes : bytes.subarray(headEnd);
    expect(requests[0]?.body).toEqual(body);
    expect(headersOf(requests[0] ?? { headers: [] }, "authorization")).toEqual(
      /\r\nauthorization: (.*)/i.exec(bytes.toString("latin1"))?.slice(1) ?? [],
    );
  });

  test.concurrent.for(refused)("$client: $request_line is refused for its %2F", async (row) => {
    const given = await send([Buffer.from(row.raw_b64 ?? "", "base64")], 1);
    expect(given.statuses).toEqual([400]);
    expect(given.upstream).toEqual([]);
  });
});

interface Given {
  readonly statuses: readonly number[];
  readonly upstream: readonly ReceivedRequest[];
}

const NOTHING = Buffer.alloc(0);
let clients = 0;

/**
 * Sends bytes from an address of its own, by which the upstream's requests are told apart, and reads
 * so many answers, or all until the connection is closed.
 */
async function send(pieces: readonly Buffer[], answers: number): Promise<Given> {
  clients++;
  const from = `127.0.${30 + (clients >> 7)}.${1 + (clients & 127)}`;
  const connection = await RawConnection.open(proxy.port, { from });
  const [first = NOTHING, ...rest] = pieces;
  const head = first.toString("latin1");
  const method = head.startsWith("HEAD ") ? "HEAD" : "GET";
  connection.send(first);
  if (/\r\nexpect: 100-continue/i.test(head)) await connection.answer();
  for (const piece of rest) {
    await new Promise((resolve) => setImmediate(resolve));
    connection.send(piece);
  }
  const statuses: number[] = [];
  while (statuses.length < answers) {
    const answer = await connection.answerOrEnd(method, CLOSED_WITHIN_MS);
    if (answer === undefined) break;
    statuses.push(answer.status);
  }
  connection.close();
  return { statuses, upstream: upstream.requests.filter((request) => isFrom(request, from)) };
}

function isFrom(request: ReceivedRequest, from: string): boolean {
  return headersOf(request, "x-forwarded-for").includes(from);
}

/** Method and target as the upstream read them. */
function lineOf({ method, target }: ReceivedRequest): string {
  return `${method} ${target}`;
}

/** Method and target as they were sent. */
function lineIn(bytes: Buffer): string {
  return bytes.toString("latin1").split(" ", 2).join(" ");
}

function bytesOf(row: LlhttpCase): Buffer {
  return Buffer.from(row.raw_with_host_b64 ?? row.raw_b64, "base64");
}

/** Whether it is a request of HTTP/1.1 in origin form: all that is served here. */
function isOriginForm(row: LlhttpCase): boolean {
  return /^[A-Z-]+ \/[^\r\n]* HTTP\/1\.1\r\n/.test(bytesOf(row).toString("latin1"));
}

function textOf(row: ClientCase): string {
  return Buffer.from(row.raw_b64 ?? "", "base64").toString("latin1");
}
