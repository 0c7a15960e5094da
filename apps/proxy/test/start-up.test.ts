import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, test } from "vitest";

import { temporaryDirectory } from "./support/cleanup.ts";
import { runToEnd } from "./support/command-line.ts";
import { definition } from "./support/definition.ts";
import { BASE_YAML, ProxyProcess, writeConfiguration } from "./support/proxy-process.ts";
import { ask } from "./support/request.ts";
import { Upstream } from "./support/upstream.ts";

const MAIN = fileURLToPath(new URL("../bundle/main.js", import.meta.url));

/** A directory in which every file has something wrong with it. */
function brokenConfiguration(port: number): string {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "api"));
  const yaml = BASE_YAML.replace("port: 0", `port: ${port}`);
  writeFileSync(
    join(directory, "portcullis.yaml"),
    `${yaml}limits: { headers: 0 }\ntimeouts: { upstream_idle: 5 }\nlisten_https: {}\n`,
  );
  const write = (name: string, text: string): void =>
    writeFileSync(join(directory, "api", name), text);
  write("good.json", definition("/good", 9));
  write("two-faults.json", definition("no-slash", 70_000));
  write("typo.json", definition("/typo", 9, { enable_blockin: true }));
  write("torn.json", '{ "api_metadata": {');
  write("all.json", definition("/all", 9));
  return directory;
}

/** Each with the file, the path in it, and what was expected. */
const PROBLEMS = [
  /portcullis\.yaml.*limits\.headers.*expected a whole number from 1 to 100/,
  /portcullis\.yaml.*timeouts\.upstream_idle.*expected a duration/,
  /portcullis\.yaml.*listen_https.*expected one of/,
  /two-faults\.json.*api_metadata\.url.*expected/,
  /two-faults\.json.*api_metadata\.servers\[0\]\.port.*expected/,
  /typo\.json.*api_metadata\.enable_blockin.*enable_blocking/,
  /torn\.json/,
  /all\.json/,
];

describe("a bad configuration", () => {
  test.for([{ name: "at start" }, { name: "with --check-config", flag: "--check-config" }])(
    "is refused with every problem of every file at once, $name, and nothing listens",
    async ({ flag }) => {
      // Were it listened on, this port would be taken.
      const free = await Upstream.start();
      const { port } = free;
      await free.close();
      const state = join(temporaryDirectory(), "state");
      const args = [MAIN, "--config", brokenConfiguration(port), "--state", state];
      const { code, err, out } = await runToEnd(
        process.execPath,
        flag === undefined ? args : [...args, flag],
      );
      expect({ code, out }).toEqual({ code: 1, out: "" });
      for (const problem of PROBLEMS) expect(err).toMatch(problem);
      expect(err).not.toContain("good.json");
      await expect(ask(port)).rejects.toThrow("ECONNREFUSED");
    },
  );

  test.for([
    { end: "process.exit(3)", how: "3" },
    { end: "process.kill(process.pid)", how: "SIGTERM" },
  ])("that nobody has read to the end starts nothing: $how", async ({ end, how }) => {
    const state = join(temporaryDirectory(), "state");
    const config = writeConfiguration({ apis: { one: definition("/a", 9) } });
    // Ends the process that reads it, before it does.
    const code = `if(process.argv[1]?.endsWith("reader.js"))${end}`;
    const outcome = await runToEnd(process.execPath, [MAIN, "--config", config, "--state", state], {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}`,
    });
    expect(outcome).toEqual({
      code: 1,
      out: "",
      err: `${config}: cannot be read: its reader ended with ${how}\nnothing was started\n`,
    });
    expect(existsSync(state)).toBe(false);
  });

  test("of APIs that cannot stand together is refused too", async () => {
    const config = writeConfiguration({
      apis: { one: definition("/a", 9), two: definition("/a", 9) },
    });
    const { code, err } = await runToEnd(process.execPath, [
      MAIN,
      "--config",
      config,
      "--check-config",
    ]);
    expect(code).toBe(1);
    expect(err).toMatch(/two.*api_metadata\.url.*belongs to API one/);
  });

  test.for([["--confg", "x"], ["--config"], ["--config", "x", "--config", "y"], ["x"]])(
    "on the command line is one line and exit code 2: %s",
    async (args) => {
      const { code, err, out } = await runToEnd(process.execPath, [MAIN, ...args]);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toMatch(/^portcullis-proxy: [^\n]+\n$/);
    },
  );
});

describe("a good configuration", () => {
  test("passes --check-config, which starts nothing", async () => {
    const config = writeConfiguration({ apis: { shop: definition("/shop", 9) } });
    const { code, err, out } = await runToEnd(process.execPath, [
      MAIN,
      "--config",
      config,
      "--check-config",
    ]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("1 API definitions, no problems");
  });

  test("may be a directory that holds nothing but api/*.json", async () => {
    const config = temporaryDirectory();
    mkdirSync(join(config, "api"));
    writeFileSync(join(config, "api", "shop.json"), definition("/shop", 9));
    const { code } = await runToEnd(process.execPath, [MAIN, "--config", config, "--check-config"]);
    expect(code).toBe(0);
  });
});

describe("a start that fails", () => {
  test("because the state is another proxy's says so, and leaves that one alone", async () => {
    const apis = { shop: definition("/shop", 9) };
    const running = await ProxyProcess.start({ apis });
    const second = ProxyProcess.launch({ apis, state: running.state });
    expect((await second.exited).code).toBe(1);
    expect(second.stderr).toMatch(/^portcullis-proxy: [^\n]+\n$/);
    expect((await ask(running.managementPort, { path: "/readyz" })).status).toBe(200);
  });

  test("because a port is taken says which, and takes none", async () => {
    const taken = await Upstream.start();
    const config = temporaryDirectory();
    writeFileSync(
      join(config, "portcullis.yaml"),
      BASE_YAML.replace("management: { port: 0 }", `management: { port: ${taken.port} }`),
    );
    mkdirSync(join(config, "api"));
    const refused = ProxyProcess.launch({ config });
    expect((await refused.exited).code).toBe(1);
    expect(refused.stderr).toContain(`cannot listen on 127.0.0.1:${taken.port}`);
    expect(refused.stdout).toBe("");
  });
});
