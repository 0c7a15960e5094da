import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, test } from "vitest";

import { temporaryDirectory } from "./support/cleanup.ts";
import { cli, CLI, CLI_SCRIPT, type Outcome, runToEnd, whereIs } from "./support/command-line.ts";
import { definition } from "./support/definition.ts";
import { change, clearLists, denied } from "./support/management.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { ask, askEachEdge } from "./support/request.ts";
import { Upstream } from "./support/upstream.ts";

let proxy: ProxyProcess;
let files: string;
let upstream: Upstream;

const decoy = { decoy_config: { decoy_enabled: true, decoy_subpaths: ["/shop/root"] } };

beforeAll(async () => {
  upstream = await Upstream.start();
  proxy = await ProxyProcess.start({
    apis: {
      flight: definition("/flight", upstream.port, {
        api_pattern_enforcement: { protocol_allowed: "https" },
      }),
      shop: definition("/shop", upstream.port, decoy),
      trading: definition("/trading", undefined, { decoy_config: { decoy_enabled: true } }),
    },
  });
  files = temporaryDirectory();
  mkdirSync(join(files, "sub"));
  writeFileSync(join(files, "sub", "cart.json"), definition("/cart", upstream.port));
  writeFileSync(join(files, "clash.json"), definition("/shop", upstream.port));
  writeFileSync(join(files, "bad.json"), definition("no-slash", 70_000, { cookies: "x" }));
  writeFileSync(join(files, "torn.json"), "{");
});

const done = (...lines: string[]): Outcome => ({
  code: 0,
  out: lines.map((line) => `${line}\n`).join(""),
  err: "",
});

describe("a command says what it did, word for word", () => {
  test.for([
    { words: ["enable_ase_detected_attack"], out: "ASE Detected Attack is now enabled" },
    { words: ["disable_ase_detected_attack"], out: "ASE Detected Attack is now disabled" },
    { words: ["disable_firewall"], out: "Firewall is now disabled" },
    { words: ["enable_firewall"], out: "Firewall is now enabled" },
    { words: ["disable_blocking", "shop"], out: "blocking is now disabled for api shop" },
    { words: ["enable_blocking", "shop"], out: "blocking is now enabled for api shop" },
    { words: ["api_count"], out: "3" },
  ])("$words", async ({ words, out }) => {
    expect(await cli(proxy, ...words)).toEqual(done(out));
  });

  test("list_api", async () => {
    expect(await cli(proxy, "list_api")).toEqual(
      done(
        "flight ( loaded ), https",
        "shop ( loaded ), http, decoy: in-context",
        "trading ( loaded ), http, decoy: out-context",
      ),
    );
  });

  test("status", async () => {
    const { code, err, out } = await cli(proxy, "status");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out.replace(/configured .*/, "MEMORY")).toBe(`API Security Enforcer
status                  : started
mode                    : inline
http/ws                 : port ${proxy.port}
https/wss               : disabled
firewall                : enabled
abs                     : disabled
abs attack              : disabled
audit                   : enabled
sideband authentication : disabled
ase detected attack     : disabled
attack list memory      : MEMORY
google pubsub           : disabled
log level               : info
timezone                : utc
`);
    expect(out).toMatch(/configured \d+\.\d\d MB, used \d+\.\d\d MB, free \d+\.\d\d MB/);
  });

  test("version and help, without a proxy", async () => {
    const version = await runToEnd(process.execPath, [CLI, "version"]);
    expect(version).toMatchObject({ code: 0, err: "" });
    expect(version.out).toMatch(
      /^Portcullis \S+\nKernel Version : .+\nOperating System : .+\nBuild Date : \d{4}-\d\d-\d\d\n$/,
    );
    const help = await runToEnd(process.execPath, [CLI, "help"]);
    expect(help).toMatchObject({ code: 0, err: "" });
    for (const verb of ["status", "view_blacklist", "add_api", "enable_blocking"]) {
      expect(help.out).toContain(verb);
    }
  });
});

describe("the lists by command", () => {
  const rows = ["blacklist", "whitelist"].flatMap((list) => [
    { list, words: ["ip", "1.1.1.1"] },
    { list, words: ["ip", "10.0.0.0/8"] },
    { list, words: ["cookie", "JSESSIONID", "ad233edqsd1d23redwefew"] },
    { list, words: ["token", "ad233edqsd1d23redwefew"] },
    { list, words: ["api_key", "AccessKey", "b31dfa4678b24aa5a2daa06aba1857d4"] },
    { list, words: ["username", "user1"] },
    { list, words: ["username", "your name"] },
  ]);

  test.for(rows)("$words on the $list and off again", async ({ list, words }) => {
    await clearLists(proxy);
    const text = words.join(" ");
    expect(await cli(proxy, `add_${list}`, ...words)).toEqual(done(`${text} added to ${list}`));
    const named = words.length === 3 ? `, name : ${words[1]}` : "";
    const row = `1) type : ${words[0]}${named}, value : ${words.at(-1)}`;
    const title = list === "blacklist" ? "Manual Blacklist" : "Whitelist";
    expect(await cli(proxy, `view_${list}`)).toEqual(done(title, row));
    expect(await cli(proxy, `delete_${list}`, ...words)).toEqual(
      done(`${text} deleted from ${list}`),
    );
  });

  test.for(["blacklist", "whitelist"])(
    "adding to the %s twice is no mistake, deleting what is not there is",
    async (list) => {
      await clearLists(proxy);
      for (let times = 0; times < 2; times++) {
        expect(await cli(proxy, `add_${list}`, "token", "t1")).toEqual(
          done(`token t1 added to ${list}`),
        );
      }
      await cli(proxy, `delete_${list}`, "token", "t1");
      expect(await cli(proxy, `view_${list}`)).toEqual(
        done(list === "blacklist" ? "No Blacklist" : "No Whitelist"),
      );
      expect(await cli(proxy, `delete_${list}`, "token", "t1")).toEqual({
        code: 2,
        out: "",
        err: `token t1 is not on the ${list}\n`,
      });
    },
  );

  test("one part of the deny list", async () => {
    await clearLists(proxy);
    await cli(proxy, "add_blacklist", "token", "t1");
    expect(await cli(proxy, "view_blacklist", "manual")).toEqual(
      done("Manual Blacklist", "1) type : token, value : t1"),
    );
    expect(await cli(proxy, "view_blacklist", "decoy")).toEqual(done("No Blacklist"));
  });

  test.for([
    { list: "blacklist", name: "Blacklist" },
    { list: "whitelist", name: "Whitelist" },
  ])("clear_$list asks first, and only a yes clears", async ({ list, name }) => {
    await clearLists(proxy);
    await cli(proxy, `add_${list}`, "token", "t1");
    const question = `This will delete all ${list} Attacks, Are you sure (y/n) :\n`;
    const clear = (input: string): Promise<Outcome> =>
      runToEnd(process.execPath, [CLI, `clear_${list}`], whereIs(proxy), input);
    expect(await clear("n\n")).toEqual({ code: 1, out: question, err: "nothing changed\n" });
    expect((await cli(proxy, `view_${list}`)).out).toContain("value : t1");
    expect(await clear("y\n")).toEqual(done(question.trimEnd(), `${name} cleared`));
    expect(await cli(proxy, `view_${list}`)).toEqual(done(`No ${name}`));
  });
});

describe("the definitions by command", () => {
  test("an API is added, shown, updated and deleted, on every edge each time", async () => {
    const file = join(files, "sub", "cart.json");
    const unknown = { status: 503, text: "Error: Unknown API" };
    expect(await cli(proxy, "add_api", file)).toEqual(done("api cart added successfully"));
    for (const answer of await askEachEdge(proxy.port, { path: "/cart/a" })) {
      expect(answer.status).toBe(200);
    }
    const info = await cli(proxy, "api_info", "cart");
    expect(JSON.parse(info.out)).toEqual(JSON.parse(definition("/cart", upstream.port)));
    writeFileSync(file, definition("/basket", upstream.port));
    expect(await cli(proxy, "update_api", "cart", file)).toEqual(
      done("api cart updated successfully"),
    );
    for (const answer of await askEachEdge(proxy.port, { path: "/cart/a" })) {
      expect(answer).toMatchObject(unknown);
    }
    for (const answer of await askEachEdge(proxy.port, { path: "/basket/a" })) {
      expect(answer.status).toBe(200);
    }
    expect(await cli(proxy, "delete_api", "cart")).toEqual(done("api cart deleted successfully"));
    for (const answer of await askEachEdge(proxy.port, { path: "/basket/a" })) {
      expect(answer).toMatchObject(unknown);
    }
    expect(await cli(proxy, "api_count")).toEqual(done("3"));
  });

  test("update_api without a file reads the one the proxy read", async () => {
    writeFileSync(proxy.apiFile("shop"), definition("/shop2", upstream.port, {}));
    expect(await cli(proxy, "update_api", "shop")).toEqual(done("api shop updated successfully"));
    expect((await ask(proxy.port, { path: "/shop2/a" })).status).toBe(200);
    writeFileSync(proxy.apiFile("shop"), definition("/shop", upstream.port, decoy));
    expect(await cli(proxy, "update_api", "shop")).toEqual(done("api shop updated successfully"));
  });
});

describe("bad input is one line on standard error, exit code 2, and nothing changed", () => {
  test.for([
    { words: [] },
    { words: ["no_such_verb"] },
    { words: ["add_blacklist"] },
    { words: ["add_blacklist", "ip"] },
    { words: ["add_blacklist", "ip", "1.1.1"] },
    { words: ["add_blacklist", "ip", "1.1.1.1.1"] },
    { words: ["add_blacklist", "ip", "0.0.0.0/0"] },
    { words: ["add_blacklist", "ip", "64.0.0.0/2"] },
    { words: ["add_blacklist", "ip", "10.1.2.3/8"] },
    { words: ["add_blacklist", "ip", "1.1.1.1", "2.2.2.2"] },
    { words: ["add_blacklist", "cookie", "JSESSIONID"] },
    { words: ["add_blacklist", "cookie", "", "x"] },
    { words: ["add_blacklist", "token", ""] },
    { words: ["add_blacklist", "token", "a\nb"] },
    { words: ["add_blacklist", "telephone", "1"] },
    { words: ["view_blacklist", "everything"] },
    { words: ["view_blacklist", "manual", "decoy"] },
    { words: ["add_api", "no-such-file.json"] },
    { words: ["add_api", "clash.json"] },
    { words: ["add_api", "bad.json"] },
    { words: ["add_api", "torn.json"] },
    { words: ["update_api", "no-such-api"] },
    { words: ["delete_api", "no-such-api"] },
    { words: ["api_info", "no-such-api"] },
    { words: ["enable_blocking", "no-such-api"] },
    { words: ["enable_firewall", "now"] },
    { words: ["status", "--loud"] },
  ])("$words", async ({ words }) => {
    await clearLists(proxy);
    const before = await change(proxy, "GET", "/api");
    const given = words.map((word) => (word.endsWith(".json") ? join(files, word) : word));
    const { code, err, out } = await cli(proxy, ...given);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/^[^\n]+\n$/);
    expect(await denied(proxy)).toEqual([]);
    expect(await change(proxy, "GET", "/api")).toEqual(before);
  });

  test("a definition's problems are all named at once", async () => {
    const { err } = await cli(proxy, "add_api", join(files, "bad.json"));
    for (const path of ["api_metadata.url", "servers[0].port", "cookies"])
      expect(err).toContain(path);
  });
});

describe("what cannot be carried out is said on one line, with exit code 1", () => {
  const wrong = ["-u", "admin", "-p", "x".repeat(43)];

  test.for([
    { name: "a wrong secret", words: [...wrong, "status"] },
    { name: "a wrong user", words: ["-u", "root", "status"] },
    { name: "a wrong secret for a change", words: [...wrong, "add_blacklist", "token", "t"] },
  ])("$name", async ({ words }) => {
    await clearLists(proxy);
    expect(await cli(proxy, ...words)).toEqual({
      code: 1,
      out: "",
      err: "wrong user name or secret\n",
    });
    expect(await denied(proxy)).toEqual([]);
  });

  test("no proxy", async () => {
    const stopped = await ProxyProcess.start({});
    const where = whereIs(stopped);
    await stopped.stop();
    const { code, err, out } = await runToEnd(process.execPath, [CLI, "status"], where);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^no proxy answers at http:\/\/127\.0\.0\.1:\d+: is it running\?[^\n]*\n$/);
  });
});

describe("bin/cli.sh", () => {
  test("takes user and secret as ASE scripts give them, before or after the verb", async () => {
    await clearLists(proxy);
    const login = ["-u", "admin", "-p", proxy.secret];
    const where = { PORTCULLIS_MANAGEMENT_URL: whereIs(proxy)["PORTCULLIS_MANAGEMENT_URL"] ?? "" };
    const run = (...words: string[]): Promise<Outcome> => runToEnd(CLI_SCRIPT, words, where);
    expect(await run(...login, "add_blacklist", "ip", "1.1.1.1")).toEqual(
      done("ip 1.1.1.1 added to blacklist"),
    );
    expect(await run("view_blacklist", "all", ...login)).toEqual(
      done("Manual Blacklist", "1) type : ip, value : 1.1.1.1"),
    );
    expect(await run("-u", "admin", "-p", "admin", "status")).toEqual({
      code: 1,
      out: "",
      err: "wrong user name or secret\n",
    });
  });

  test("finds the secret in the state directory", async () => {
    expect(await runToEnd(CLI_SCRIPT, ["api_count"], whereIs(proxy))).toEqual(done("3"));
  });
});
