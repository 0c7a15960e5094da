import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { beforeAll, describe, expect, test } from "vitest";

import { atEnd, temporaryDirectory } from "./support/cleanup.ts";
import { type Outcome, runToEnd } from "./support/command-line.ts";
import { definition } from "./support/definition.ts";
import { BASE_YAML, writeConfiguration } from "./support/proxy-process.ts";
import { ask } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";

const BIN = fileURLToPath(new URL("../../../bin/", import.meta.url));

let config: string;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await Upstream.start();
  config = writeConfiguration({ apis: { shop: definition("/shop", upstream.port) } });
});

const script = (name: string, state: string, ...words: string[]): Promise<Outcome> =>
  runToEnd(join(BIN, name), words, { PORTCULLIS_STATE: state });

/** A state directory that no proxy uses any more when the tests are over. */
function freshState(): string {
  const state = join(temporaryDirectory(), "state");
  atEnd(async () => {
    await script("stop.sh", state);
  });
  return state;
}

const logOf = (state: string): string => join(state, "logs", "portcullis.log");
const portOf = (state: string): number =>
  Number(/data +http:\/\/127\.0\.0\.1:(\d+)/.exec(readFileSync(logOf(state), "utf8"))?.[1]);

describe("bin/start.sh and bin/stop.sh", () => {
  test("start and stop the proxy as scripts for ASE expect it", async () => {
    const state = freshState();
    const started = await script("start.sh", state, "--config", config);
    expect(started).toMatchObject({ code: 0, err: "" });
    expect(started.out).toMatch(
      /^Starting Portcullis \S+\.\.\.\nplease see \S+\/state\/logs\/portcullis\.log for more details\nPortcullis started, process \d+\n$/,
    );
    const said = readFileSync(logOf(state), "utf8");
    expect(statSync(logOf(state)).mode % 0o1000).toBe(0o600);
    const port = portOf(state);
    expect((await ask(port, { path: "/shop/a" })).status).toBe(200);

    const second = await script("start.sh", state, "--config", config);
    expect(second).toMatchObject({ code: 1, out: "" });
    expect(second.err).toMatch(
      /is in use by process \d+: stop it or name another state directory\nnothing was started\n$/,
    );
    expect(readFileSync(logOf(state), "utf8")).toBe(said);
    expect((await ask(port, { path: "/shop/a" })).status).toBe(200);

    expect(await script("stop.sh", state)).toEqual({
      code: 0,
      out: "sending stop request to Portcullis. please wait...\nPortcullis stopped\n",
      err: "",
    });
    await expect(ask(port)).rejects.toThrow("ECONNREFUSED");
    expect(existsSync(join(state, "lock"))).toBe(false);
    expect(await script("stop.sh", state)).toEqual({
      code: 1,
      out: "",
      err: `Portcullis is not running: nothing uses ${state}\n`,
    });
  });

  test("a stop lets the requests under way end first", async () => {
    const state = freshState();
    await script("start.sh", state, "--config", config);
    const port = portOf(state);
    const waiting: Socket[] = [];
    upstream.respond = (_request, socket) => {
      waiting.push(socket);
      return undefined;
    };
    const late = ask(port, { path: "/shop/late" });
    await expect.poll(() => waiting.length).toBe(1);
    const stopped = script("stop.sh", state);
    await expect
      .poll(() =>
        ask(port).then(
          () => "taken",
          () => "refused",
        ),
      )
      .toBe("refused");
    waiting[0]?.write(plainAnswer("late"));
    expect(await late).toMatchObject({ status: 200, text: "late" });
    expect(await stopped).toMatchObject({ code: 0, err: "" });
  });
});

test.skipIf(process.platform !== "linux").for([
  { name: "one arena for each edge and one more", own: {}, arenas: "3" },
  { name: "what was chosen otherwise", own: { MALLOC_ARENA_MAX: "7" }, arenas: "7" },
])("glibc's allocator is set: $name", async ({ own, arenas }) => {
  const state = freshState();
  const variables = { PORTCULLIS_STATE: state, ...own };
  const { out } = await runToEnd(join(BIN, "start.sh"), ["--config", config], variables);
  const pid = /process (\d+)\n$/.exec(out)?.[1];
  const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  expect(environment).toContain(`MALLOC_ARENA_MAX=${arenas}`);
  expect(environment).toContain("MALLOC_TRIM_THRESHOLD_=131072");
});

describe("what cannot be started says why", () => {
  test("a bad configuration, before anything is made", async () => {
    const state = freshState();
    const bad = writeConfiguration({ apis: { shop: definition("no-slash", 9) } });
    const { code, err, out } = await script("start.sh", state, "--config", bad);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/shop\.json.*api_metadata\.url.*expected[^\n]*\nnothing was started\n$/);
    expect(existsSync(state)).toBe(false);
  });

  test("a port that is taken, which only the start itself shows", async () => {
    const state = freshState();
    const taken = writeConfiguration({ apis: {} });
    writeFileSync(
      join(taken, "portcullis.yaml"),
      BASE_YAML.replace("host: 127.0.0.1, port: 0", `host: 127.0.0.1, port: ${upstream.port}`),
    );
    const { code, err } = await script("start.sh", state, "--config", taken);
    expect(code).toBe(1);
    expect(err).toContain(String(upstream.port));
    expect(err).toMatch(/\nnothing was started\n$/);
    expect(existsSync(join(state, "lock"))).toBe(false);
  });

  test("logs that cannot be written", async () => {
    const state = freshState();
    const unwritable = writeConfiguration({
      apis: {},
      yaml: "logs: { directory: portcullis.yaml }\n",
    });
    const { code, err, out } = await script("start.sh", state, "--config", unwritable);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(
      /portcullis-proxy: E[A-Z]+:[^\n]*portcullis\.yaml[^\n]*\nnothing was started\n$/,
    );
  });

  test("a proxy that is killed before it takes requests", async () => {
    const state = freshState();
    const code = `if(!process.argv.includes("--background")&&process.argv.includes("--state"))process.kill(process.pid,"SIGKILL")`;
    const killed = await runToEnd(join(BIN, "start.sh"), ["--config", config], {
      PORTCULLIS_STATE: state,
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}`,
    });
    expect(killed).toMatchObject({
      code: 1,
      err: "portcullis-proxy: it ended without a word\nnothing was started\n",
    });
  });

  test("a state directory that others can read", async () => {
    const state = freshState();
    mkdirSync(state);
    writeFileSync(join(state, "something"), "");
    chmodSync(state, 0o755);
    const { code, err, out } = await script("start.sh", state, "--config", config);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/chmod 700[^\n]*\nnothing was started\n$/);
    expect(existsSync(join(state, "logs"))).toBe(false);
  });
});

describe("nobody else has a process ended by a stop", () => {
  const victim = JSON.stringify({ pid: process.pid, started: "" });

  test.for([
    { name: "a directory that others can write", directory: 0o777, lock: 0o600 },
    { name: "a lock that others can write", directory: 0o700, lock: 0o666 },
  ])("through $name", async ({ directory, lock }) => {
    const state = temporaryDirectory();
    writeFileSync(join(state, "lock"), victim);
    chmodSync(join(state, "lock"), lock);
    chmodSync(state, directory);
    const { code, err, out } = await script("stop.sh", state);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^portcullis-proxy: [^\n]+chmod[^\n]+\n$/);
  });

  test("nor one that has the number of a proxy that was killed", async () => {
    const state = temporaryDirectory();
    const lock = join(state, "lock");
    writeFileSync(lock, JSON.stringify({ pid: process.pid, started: "another-boot:1" }));
    chmodSync(lock, 0o600);
    expect(await script("stop.sh", state)).toMatchObject({ code: 1, out: "" });
  });

  test.for(["-u", "-p"])("and %s, which it does not look at, is refused", async (flag) => {
    const { code, err } = await script("stop.sh", temporaryDirectory(), flag, "admin");
    expect({ code, err }).toEqual({
      code: 2,
      err: `${join(BIN, "stop.sh")} takes no user and secret: leave out ${flag} and what belongs to it\n`,
    });
  });
});
