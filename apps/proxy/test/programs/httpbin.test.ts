import { spawnSync } from "node:child_process";

import { beforeAll, describe, expect, test } from "vitest";

import { type BothWays, bothWays, inFrontOf } from "./support/both-ways.ts";
import { freePort, presence, presenceOf, runProgram, startServer } from "./support/program.ts";

const PYTHON = "/usr/bin/python3";
const SERVE =
  "import sys; from httpbin import app; app.run(host='127.0.0.1', port=int(sys.argv[1]), threaded=True)";

const curl = presenceOf("curl", "apt-get install curl");
const found = spawnSync(PYTHON, ["-c", "import httpbin"], { stdio: "ignore" }).status === 0;
const httpbin = presence(!found, "httpbin is not installed: apt-get install python3-httpbin");
const { isAbsent, reason } = curl.isAbsent ? curl : httpbin;

let ways: BothWays;

beforeAll(async () => {
  if (isAbsent) return;
  const port = await freePort();
  await startServer(PYTHON, ["-c", SERVE, String(port)], port);
  ways = await inFrontOf(port);
}, 60_000);

describe.skipIf(isAbsent)(`Debian's httpbin answers the same through the proxy${reason}`, () => {
  test.for([
    ["/get?a=1&b=2"],
    ["-I", "/image/png"],
    ["-d", "a=1&b=2", "/post"],
    ["--json", '{"a":1}', "/post"],
    ["-F", "a=1", "-F", "b=2;type=text/html", "/post"],
    ["-X", "PUT", "-d", "x", "/put"],
    ["-X", "PATCH", "-d", "x", "/patch"],
    ["-X", "DELETE", "/delete"],
    ["/status/418"],
    ["/status/304"],
    ["-L", "/redirect/3"],
    ["-L", "/absolute-redirect/2"],
    ["-L", "/relative-redirect/2"],
    ["-L", "/redirect-to?url=/get&status_code=307"],
    ["-L", "-b", "none", "/cookies/set?a=b&c=d"],
    ["--compressed", "/gzip"],
    ["--compressed", "/deflate"],
    ["/stream/5"],
    ["/stream-bytes/10000?seed=1&chunk_size=1000"],
    ["/bytes/5000?seed=7"],
    ["-r", "100-199", "/range/1000"],
    ["/range/1000"],
    ["/drip?numbytes=5&duration=0.2&delay=0"],
    ["-u", "ada:secret", "/basic-auth/ada/secret"],
    ["-u", "ada:wrong", "/basic-auth/ada/secret"],
    ["--digest", "-u", "ada:secret", "/digest-auth/auth/ada/secret"],
    ["-H", "Authorization: Bearer abc", "/bearer"],
    ["-H", 'If-None-Match: "a"', "/etag/a"],
    ["-H", "If-Modified-Since: Wed, 01 Jan 2025 00:00:00 GMT", "/cache"],
    ["/cache/60"],
    ["/response-headers?X-Made-Up=yes&Set-Cookie=a%3Db"],
    ["/image/png"],
    ["/image/webp"],
    ["/encoding/utf8"],
    ["/html"],
    ["/xml"],
    ["/json"],
    ["/robots.txt"],
    ["/deny"],
    ["/headers"],
    ["/user-agent"],
    ["/ip"],
    ["/anything/a/b?c=%2Fd"],
    ["/links/3/1"],
    ["/delay/0.1"],
    ["/base64/SFRUUEJJTiBpcyBhd2Vzb21l"],
    ["/nowhere"],
  ])("curl %j", async (args) => {
    const outcomes = await bothWays(ways, (base) => ask(base, args));
    expect(outcomes.proxied).toEqual(outcomes.direct);
  });
});

async function ask(base: string, args: readonly string[]): Promise<unknown> {
  const urls = args.map((arg) => (arg.startsWith("/") ? base + arg : arg));
  const facts = "%{stderr}%{http_code} %{num_redirects} %{content_type}";
  const { code, stderr, stdout } = await runProgram("curl", [
    "-sS",
    "-m",
    "20",
    "-w",
    facts,
    ...urls,
  ]);
  return { code, stderr, body: withoutHops(args[0] === "-I" ? headOf(stdout) : stdout) };
}

/** httpbin shows the headers it got, also those that only a proxy adds. */
function withoutHops(body: string): string {
  return body
    .replaceAll(
      /"(?:X-Forwarded-[A-Za-z]+|Forwarded|X-Request-Id|Connection)": ?"(?:[^"\\]|\\.)*",?\s*/g,
      "",
    )
    .replaceAll(/,\s*\}/g, "}")
    .replaceAll(/boundary=[^"]*/g, "");
}

function headOf(text: string): string {
  return text
    .toLowerCase()
    .split("\r\n")
    .filter((line) => !/^(date|connection|x-request-id):/.test(line))
    .toSorted()
    .join("\n");
}
