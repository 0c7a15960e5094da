import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { beforeAll, describe, expect, test } from "vitest";

import { FIRST } from "../support/certificates.ts";
import { atEnd, temporaryDirectory } from "../support/cleanup.ts";
import { https } from "../support/https.ts";
import { waitFor } from "../support/wait-for.ts";
import { type BothWays, bothWays, inFrontOf } from "./support/both-ways.ts";
import { presenceOf, runProgram } from "./support/program.ts";

const { isAbsent, reason } = presenceOf("curl", "apt-get install curl");
const TEXT = "The quick brown fox jumps over the lazy dog. ".repeat(200);

let ways: BothWays;
let folder: string;

beforeAll(async () => {
  if (isAbsent) return;
  const server = createServer(serve);
  server.listen(0, "127.0.0.1");
  await waitFor("the upstream to listen", () => server.listening);
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  ways = await inFrontOf(typeof address === "object" ? (address?.port ?? 0) : 0, {}, https(FIRST));
  folder = temporaryDirectory();
  writeFileSync(join(folder, "upload.txt"), TEXT);
  writeFileSync(join(folder, "authority.pem"), FIRST.cert);
});

describe.skipIf(isAbsent)(`curl gets the same through the proxy${reason}`, () => {
  test.for([
    { name: "GET", args: ["/echo?a=1&b=%20c"] },
    { name: "HEAD", args: ["-I", "/text"] },
    { name: "OPTIONS", args: ["-X", "OPTIONS", "/echo"] },
    { name: "PUT, DELETE and PATCH", args: ["-X", "PUT", "-d", "a", "/echo"] },
    { name: "DELETE without a body", args: ["-X", "DELETE", "/echo"] },
    { name: "PATCH", args: ["-X", "PATCH", "-d", "{}", "/echo"] },
    { name: "a form", args: ["-d", "a=1", "--data-urlencode", "b=x y&z", "/echo"] },
    { name: "JSON", args: ["--json", '{"a":[1,2]}', "/echo"] },
    { name: "a multipart form", args: ["-F", "a=1", "-F", "file=@upload.txt", "/parts"] },
    { name: "an upload with its length", args: ["-T", "upload.txt", "/echo"] },
    { name: "a chunked upload", args: ["-T", "-", "/echo"], input: TEXT },
    { name: "a chunked POST", args: ["-H", "Transfer-Encoding: chunked", "-d", "abc", "/echo"] },
    { name: "Expect: 100-continue", args: ["-H", "Expect: 100-continue", "-d", TEXT, "/echo"] },
    { name: "a range", args: ["-r", "10-19", "/text"] },
    { name: "a range that cannot be", args: ["-r", "900000-", "/text"] },
    { name: "the rest of a download", args: ["-C", "100", "/text"] },
    { name: "redirects", args: ["-L", "/redirect/3"] },
    { name: "a redirected POST", args: ["-L", "--post307", "-d", "kept", "/redirect/1"] },
    { name: "too many redirects", args: ["-L", "--max-redirs", "2", "/redirect/5"] },
    { name: "cookies", args: ["-L", "-c", "jar", "-b", "jar", "/cookie"] },
    { name: "--compressed", args: ["--compressed", "/zip"] },
    { name: "compressed, left as it is", args: ["/zip"] },
    { name: "a condition that holds", args: ["-z", "2020-01-01", "/text"] },
    { name: "an ETag", args: ["-H", 'If-None-Match: "fox"', "/text"] },
    { name: "basic authorisation", args: ["-u", "ada:secret", "/echo"] },
    { name: "a bearer token", args: ["--oauth2-bearer", "abc.def", "/echo"] },
    { name: "an empty answer", args: ["/status/204"] },
    { name: "an error, with --fail", args: ["--fail", "/status/418"] },
    { name: "a chunked answer", args: ["--no-buffer", "/chunks"] },
    { name: "two URLs over one connection", args: ["/echo?1", "/echo?2"] },
    { name: "HTTP/1.1 with its connection closed", args: ["-H", "Connection: close", "/echo"] },
  ])("$name", async ({ args, input }) => {
    const outcomes = await bothWays(ways, (base) => curl(base, args, input));
    expect(outcomes.proxied).toEqual(outcomes.direct);
  });

  test("over HTTPS, with the certificate verified", async () => {
    const direct = await curl(ways.direct, ["/echo"]);
    const base = `https://localhost:${ways.proxy.httpsPort}`;
    const proxied = await curl(base, ["--cacert", "authority.pem", "/echo"]);
    const host = /localhost:\d+|127\.0\.0\.1:\d+/g;
    expect(JSON.stringify(proxied).replaceAll(host, "")).toBe(
      JSON.stringify(direct).replaceAll(host, ""),
    );
    const other = `https://other.test:${ways.proxy.httpsPort}`;
    const resolve = `other.test:${ways.proxy.httpsPort}:127.0.0.1`;
    const refused = await curl(other, ["--resolve", resolve, "--cacert", "authority.pem", "/echo"]);
    expect(refused).toMatchObject({ code: 60 });
  });
});

/** Runs curl with URLs in the arguments that begin with a slash; resolves to what it made of it. */
async function curl(base: string, args: readonly string[], input?: string): Promise<unknown> {
  const cwd = mkdtempSync(join(folder, "run-"));
  const files = args.map((arg) =>
    arg.replace("@upload", `@${folder}/upload`).replace(/^(upload|authority)/, `${folder}/$1`),
  );
  const urls = files.map((arg) => (/^\/(?!tmp)/.test(arg) ? base + arg : arg));
  const facts =
    "%{stderr}%{http_code} %{num_redirects} %{size_download} %{content_type} %{exitcode}\n";
  const ended = await runProgram("curl", ["-sS", "-g", "-m", "20", "-w", facts, ...urls], {
    cwd,
    ...(input === undefined ? {} : { input }),
  });
  const jar = args.includes("jar") ? readFileSync(join(cwd, "jar"), "utf8") : "";
  rmSync(cwd, { recursive: true });
  const isHead = args[0] === "-I";
  return {
    code: ended.code,
    stderr: ended.stderr,
    // Heads name the connection and its date, which are each hop's own.
    body: isHead ? headOf(ended.stdout) : digestOrText(ended.stdout),
    jar: jar.replaceAll(/^#.*$|\t\d{9,}\t/gm, ""),
  };
}

function headOf(text: string): string[] {
  return text
    .toLowerCase()
    .split("\r\n")
    .filter((line) => !/^(date|connection|keep-alive|x-request-id):/.test(line))
    .toSorted();
}

function digestOrText(text: string): string {
  return text.length < 2000 ? text : createHash("sha256").update(text).digest("hex");
}

function serve(request: IncomingMessage, answer: ServerResponse): void {
  const [path = ""] = (request.url ?? "").split("?");
  const [, what = "", more = ""] = path.split("/");
  if (what === "text") serveText(request, answer);
  else if (what === "redirect") redirect(Number(more), answer);
  else if (what === "status") answer.writeHead(Number(more)).end();
  else if (what === "cookie") serveCookie(request, answer);
  else if (what === "zip") serveZipped(request, answer);
  else if (what === "chunks") serveInChunks(answer);
  else echo(request, answer, what === "parts");
}

function serveText(request: IncomingMessage, answer: ServerResponse): void {
  answer.setHeader("etag", '"fox"').setHeader("accept-ranges", "bytes");
  answer.setHeader("last-modified", "Wed, 01 Jan 2025 00:00:00 GMT");
  answer.setHeader("content-type", "text/plain");
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  if (request.headers["if-none-match"] === '"fox"') answer.writeHead(304).end();
  else if (range === null) answer.setHeader("content-length", TEXT.length).end(TEXT);
  else {
    const from = Number(range[1]);
    const to = range[2] === "" ? TEXT.length - 1 : Number(range[2]);
    const isIn = from < TEXT.length;
    answer.setHeader("content-range", `bytes ${isIn ? `${from}-${to}` : "*"}/${TEXT.length}`);
    answer.writeHead(isIn ? 206 : 416).end(TEXT.slice(from, to + 1));
  }
}

function redirect(left: number, answer: ServerResponse): void {
  const location = left > 1 ? `/redirect/${left - 1}` : "/echo";
  answer.writeHead(307, { location }).end("elsewhere");
}

function serveCookie(request: IncomingMessage, answer: ServerResponse): void {
  if (request.headers.cookie !== undefined) echo(request, answer, false);
  else {
    const cookies = ["a=1; Path=/; HttpOnly", 'b="x y"; Max-Age=1000000'];
    answer.setHeader("set-cookie", cookies).writeHead(302, { location: "/cookie" }).end();
  }
}

function serveZipped(request: IncomingMessage, answer: ServerResponse): void {
  const accepts = request.headers["accept-encoding"]?.includes("gzip") === true;
  if (accepts) answer.setHeader("content-encoding", "gzip").end(gzipSync(TEXT));
  else answer.end(TEXT);
}

function serveInChunks(answer: ServerResponse): void {
  for (const letter of "abcdef") answer.write(letter.repeat(5000));
  answer.end();
}

/** Says what has arrived; of the headers, what a proxy has no business with. */
function echo(request: IncomingMessage, answer: ServerResponse, isMultipart: boolean): void {
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => {
    let body = Buffer.concat(pieces).toString("latin1");
    const { accept, authorization, cookie, host, "user-agent": agent } = request.headers;
    let type = request.headers["content-type"] ?? "";
    const boundary = /boundary=(\S+)$/.exec(type)?.[1];
    if (isMultipart && boundary !== undefined) {
      body = body.replaceAll(boundary, "BOUNDARY");
      type = type.replace(boundary, "BOUNDARY");
    }
    const { method, url } = request;
    const digest = createHash("sha256").update(body).digest("hex");
    const heard = { method, url, accept, authorization, cookie, host, agent, type, digest };
    answer.setHeader("content-type", "application/json").end(`${JSON.stringify(heard)}\n`);
  });
}
