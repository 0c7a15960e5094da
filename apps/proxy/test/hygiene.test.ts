import { beforeAll, describe, expect, test } from "vitest";

import { headersOf } from "./support/answer.ts";
import { definition, pattern } from "./support/definition.ts";
import { CLOSED_WITHIN_MS, isOldBuild } from "./support/engine.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { plainAnswer, type ReceivedRequest, Upstream } from "./support/upstream.ts";

const BEHIND = "GET /shop/behind HTTP/1.1\r\nHost: h.example\r\n\r\n";

const CHUNKS = "5\r\nhello\r\n0\r\n\r\n";

let proxy: ProxyProcess;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await Upstream.start();
  upstream.respond = () => plainAnswer("ok");
  proxy = await ProxyProcess.start({
    apis: {
      shop: definition("/shop", upstream.port),
      full: definition("/full", undefined, {
        servers: [{ host: "127.0.0.1", port: upstream.port, server_spike_threshold: "1/hour" }],
      }),
      read: definition("/read", upstream.port, pattern({ methods_allowed: ["GET"] })),
    },
    // The addresses of the rows below are one another's neighbours: nobody is denied for another row.
    yaml: "enforcement: { ase_detected_attack: false }\nlimits: { body_bytes: 1000 }\n",
  });
});

describe.concurrent("nothing of it reaches the upstream", () => {
  test.concurrent.for([
    { name: "CONNECT with a path", raw: head("CONNECT /shop/a") },
    { name: "CONNECT with a body", raw: `${head("CONNECT /shop/a", "Content-Length: 5")}hello` },
    { name: "a DEL in a value", raw: head("GET /shop/a", "X-A: a\x7fb") },
    { name: "a DEL at the end of a value", raw: head("GET /shop/a", "X-A: a\x7f") },
    { name: "a DEL beside UTF-8", raw: head("GET /shop/a", "X-A: caf\xc3\xa9\x7f.") },
    { name: "a DEL in a token", raw: head("GET /shop/a", "Authorization: Bearer a\x7fb") },
    { name: "a name with an underscore", raw: head("GET /shop/a", "Content_Length: 3") },
    { name: "text for HTTP/0.9", raw: "GET /shop/a\r\n\r\n" },
    { name: "a version with a blank behind it", raw: head("GET /shop/a").replace("1.1", "1.1 ") },
    { name: "HTTP/1.32", raw: head("GET /shop/a").replace("1.1", "1.32") },
    {
      name: "a length with an underscore",
      raw: `${head("POST /shop/a", "Content-Length: 5_0")}${"x".repeat(60)}`,
    },
    {
      name: "a length with a leading zero",
      raw: `${head("POST /shop/a", "Content-Length: 010")}${"x".repeat(60)}`,
    },
    {
      name: "a length in quotes",
      raw: `${head("POST /shop/a", 'Content-Length: "5"')}${"x".repeat(60)}`,
    },
    {
      name: "a negative length",
      raw: `${head("POST /shop/a", "Content-Length: -5")}${"x".repeat(60)}`,
    },
    {
      name: "a quoted coding",
      raw: `${head("POST /shop/a", 'Transfer-Encoding: "chunked"')}${CHUNKS}`,
    },
    {
      name: "an empty coding first",
      raw: `${head("POST /shop/a", "Transfer-Encoding: ,chunked")}${CHUNKS}`,
    },
    {
      name: "NBSP inside a length",
      raw: `${head("POST /shop/a", "Content-Length: 5\xa05")}${"x".repeat(60)}`,
    },

    { name: "a header line without a colon", raw: head("GET /shop/a", "X-A") },
    {
      name: "a blank before the first header",
      raw: "GET /shop/a HTTP/1.1\r\n Host: h.example\r\n\r\n",
    },
    { name: "an overlong escape", raw: head("GET /shop/%C0%AF") },
    { name: "an escaped line end", raw: head("GET /shop/%0d%0aX-A:b") },
    { name: "an escape in an escape", raw: head("GET /shop/%%36%36") },
    { name: "a dot segment with a parameter", raw: head("GET /shop/..;/a") },
    { name: "a full-width slash", raw: head("GET /shop/%EF%BC%8Fa") },
  ])("$name", async ({ raw }) => {
    const given = await send([raw]);
    expect(given.statuses.filter((status) => status < 400)).toEqual([]);
    expect(given.upstream).toEqual([]);
    expect(given.isClosed).toBe(true);
  });
});

describe.concurrent("a chunked request", () => {
  test.concurrent.for([
    { name: "an identifier", trailer: "Authorization: Bearer other" },
    { name: "a framing", trailer: "Content-Length: 100" },
    { name: "an address", trailer: "X-Forwarded-For: 203.0.113.9" },
  ])("passes no trailer on: $name", async ({ trailer }) => {
    const chunked = head("POST /shop/a", "Transfer-Encoding: chunked");
    const given = await send([`${chunked}5\r\nhello\r\n0\r\n${trailer}\r\n\r\n`]);
    const [name = "", value = ""] = trailer.toLowerCase().split(": ");
    expect(given.upstream.flatMap((request) => headersOf(request, name))).not.toContain(value);
    expect(given.upstream.map(({ body }) => body.toString("latin1"))).not.toContain(trailer);
  });

  test.concurrent.for(["\xa0chunked", "chunked\xa0", "\x85chunked"])(
    "takes nothing with it, whatever the engine drops around its coding: %j",
    async (coding) => {
      const chunked = head("POST /shop/a", `Transfer-Encoding: ${coding}`);
      const given = await send([chunked + CHUNKS + BEHIND]);
      expect(given.upstream.map(({ target }) => target)).not.toContain("/shop/behind");
      expect(given.isClosed).toBe(true);
    },
  );

  test.concurrent("is not kept waiting by extensions without end", async () => {
    const chunked = head("POST /shop/a", "Transfer-Encoding: chunked");
    const given = await send([chunked, `5;${"a=b;".repeat(50_000)}`]);
    expect(given.statuses.filter((status) => status < 400)).toEqual([]);
    expect(given.isClosed).toBe(true);
  });
});

describe.concurrent("an answer of the proxy's own", () => {
  test.concurrent("that is 401 says what is asked for (RFC 9110, 15.5.2)", async () => {
    const connection = await RawConnection.open(proxy.port);
    connection.send(head("DELETE /read/a"));
    const answer = await connection.answer();
    expect(answer.status).toBe(401);
    expect(headersOf(answer, "www-authenticate")).toEqual(["Bearer"]);
    connection.close();
  });

  test.concurrent.for(["GET /read/a", "POST /read/a", "POST /none/a"])(
    "leaves no body behind that is read as a request: %s",
    async (line) => {
      const given = await send([`${head(line, `Content-Length: ${BEHIND.length}`)}${BEHIND}`]);
      expect(given.upstream.map(({ target }) => target)).not.toContain("/shop/behind");
    },
  );

  // Where a chunked body ends is the engine's opinion, which a reader in front of it need not share.
  test.concurrent.for([
    { name: "behind the body", line: "POST /read/a", end: `0\r\n\r\n${BEHIND}` },
    { name: "as its trailers", line: "POST /read/a", end: `0\r\n${BEHIND}` },
    { name: "behind the body of no API", line: "POST /none/a", end: `0\r\n\r\n${BEHIND}` },
    { name: "as the trailers of no API", line: "POST /none/a", end: `0\r\n${BEHIND}` },
    {
      name: "behind a body that is too long",
      line: "POST /shop/a",
      end: `3e9\r\n${"x".repeat(1001)}\r\n0\r\n\r\n${BEHIND}`,
    },
    {
      name: "behind the body of a server that is full",
      line: "POST /full/a",
      end: `0\r\n\r\n${BEHIND}`,
      before: "GET /full/a",
    },
  ])("to a chunked request is the last one: $name", async ({ line, end, before }) => {
    if (before !== undefined) await send([head(before)], 1);
    const given = await send([`${head(line, "Transfer-Encoding: chunked")}5\r\nhello\r\n${end}`]);
    expect(given.upstream.map(({ target }) => target)).not.toContain("/shop/behind");
    expect(given.isClosed).toBe(true);
  });

  test.concurrent("does not spare the next request on the connection its own decision", async () => {
    const given = await send([head("POST /read/a") + head("DELETE /read/b") + head("PUT /read/c")]);
    expect(given.statuses.filter((status) => status < 400)).toEqual([]);
    expect(given.upstream).toEqual([]);
  });

  test.concurrent.for(["HEAD", "OPTIONS", "TRACE"])(
    "meets %s where only GET is allowed",
    async (method) => {
      const given = await send([head(`${method} /read/a`, "Connection: close")]);
      expect(given.upstream).toEqual([]);
    },
  );
});

describe.concurrent("a head", () => {
  test.concurrent.for([4000, 8000, 16_000])("of %i bytes is within the limit", async (bytes) => {
    const given = await send([head("GET /shop/a", `X-A: ${"a".repeat(bytes - 100)}`)], 1);
    expect(given.statuses).toEqual([200]);
  });

  test.concurrent.for([17_000, 40_000])("of %i bytes is past it", async (bytes) => {
    const given = await send([head("GET /shop/a", `X-A: ${"a".repeat(bytes)}`)], 1);
    // The newer engine refuses it itself.
    expect(given.statuses).toEqual([isOldBuild ? 400 : 431]);
    expect(given.upstream).toEqual([]);
  });
});

test.concurrent("nothing is served behind a request that closes the connection", async () => {
  const given = await send([head("GET /shop/a", "Connection: close") + BEHIND]);
  expect(given.upstream.map(({ target }) => target)).not.toContain("/shop/behind");
  expect(given.isClosed).toBe(true);
});

test.concurrent("what only a proxy may say is not passed on from a client", async () => {
  const said = ["X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "Forwarded"];
  const given = await send([head("GET /shop/a", ...said.map((name) => `${name}: /admin`))], 1);
  expect(given.statuses).toEqual([200]);
  const [request] = given.upstream;
  const passed = said.flatMap((name) => headersOf(request ?? { headers: [] }, name.toLowerCase()));
  // The one that there is, is ours.
  expect(passed).toEqual([
    expect.stringMatching(/^for=127\.0\.\d+\.\d+;host=h\.example;proto=http$/),
  ]);
});

/** The head of a request. */
function head(line: string, ...fields: string[]): string {
  return [`${line} HTTP/1.1`, "Host: h.example", ...fields, "", ""].join("\r\n");
}

interface Given {
  readonly statuses: readonly number[];
  readonly isClosed: boolean;
  readonly upstream: readonly ReceivedRequest[];
}

let clients = 0;

/** Sends pieces from an address of its own, and reads so many answers, or all until it is closed. */
async function send(pieces: readonly string[], answers: number = Infinity): Promise<Given> {
  clients++;
  const from = `127.0.40.${clients}`;
  const connection = await RawConnection.open(proxy.port, { from });
  for (const piece of pieces) {
    connection.send(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const statuses: number[] = [];
  const method = pieces[0]?.startsWith("HEAD ") === true ? "HEAD" : "GET";
  while (statuses.length < answers) {
    const answer = await connection.answerOrEnd(method, CLOSED_WITHIN_MS);
    if (answer === undefined) break;
    statuses.push(answer.status);
  }
  const isClosed = connection.isOver;
  connection.close();
  const mine = upstream.requests.filter((request) =>
    headersOf(request, "x-forwarded-for").includes(from),
  );
  return { statuses, isClosed, upstream: mine };
}
