import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { command, LOGIN, SECRET, useBench } from "./fake-management.ts";

const bench = useBench();

describe("an action", () => {
  test.for([
    {
      argv: ["enable_ase_detected_attack"],
      request: "POST /v4/ase/asedetectedattack?status=enable",
      out: "ASE Detected Attack is now enabled",
    },
    {
      argv: ["disable_ase_detected_attack"],
      request: "POST /v4/ase/asedetectedattack?status=disable",
      out: "ASE Detected Attack is now disabled",
    },
    {
      argv: ["enable_firewall"],
      request: "POST /v4/ase/firewall?status=enable",
      out: "Firewall is now enabled",
    },
    {
      argv: ["disable_firewall"],
      request: "POST /v4/ase/firewall?status=disable",
      out: "Firewall is now disabled",
    },
    {
      argv: ["enable_blocking", "shop"],
      request: "POST /v4/ase/api/blocking?api_id=shop&status=enable",
      out: "blocking is now enabled for api shop",
    },
    {
      argv: ["disable_blocking", "shop"],
      request: "POST /v4/ase/api/blocking?api_id=shop&status=disable",
      out: "blocking is now disabled for api shop",
    },
    {
      argv: ["add_blacklist", "ip", "1.1.1.1"],
      request: "POST /v4/ase/firewall/blacklist",
      body: { type: "ip", value: "1.1.1.1" },
      out: "ip 1.1.1.1 added to blacklist",
    },
    {
      argv: ["add_blacklist", "ip", "2001:db8::/32"],
      request: "POST /v4/ase/firewall/blacklist",
      body: { type: "ip", value: "2001:db8::/32" },
      out: "ip 2001:db8::/32 added to blacklist",
    },
    {
      argv: ["add_blacklist", "cookie", "JSESSIONID", "ad233edqsd1d23redwefew"],
      request: "POST /v4/ase/firewall/blacklist",
      body: { type: "cookie", name: "JSESSIONID", value: "ad233edqsd1d23redwefew" },
      out: "cookie JSESSIONID ad233edqsd1d23redwefew added to blacklist",
    },
    {
      argv: ["add_blacklist", "api_key", "AccessKey", "b31dfa"],
      request: "POST /v4/ase/firewall/blacklist",
      body: { type: "api_key", name: "AccessKey", value: "b31dfa" },
      out: "api_key AccessKey b31dfa added to blacklist",
    },
    {
      argv: ["add_denylist", "token", "--", "-starts-with-a-hyphen"],
      request: "POST /v4/ase/firewall/blacklist",
      body: { type: "token", value: "-starts-with-a-hyphen" },
      out: "token -starts-with-a-hyphen added to blacklist",
    },
    {
      argv: ["add_blacklist", "username", "your", "name"],
      request: "POST /v4/ase/firewall/blacklist",
      body: { type: "username", value: "your name" },
      out: "username your name added to blacklist",
    },
    {
      argv: ["add_blacklist", "username", "your name"],
      request: "POST /v4/ase/firewall/blacklist",
      body: { type: "username", value: "your name" },
      out: "username your name added to blacklist",
    },
    {
      argv: ["delete_blacklist", "ip", "1.1.1.1"],
      request: "DELETE /v4/ase/firewall/blacklist",
      body: { type: "ip", value: "1.1.1.1" },
      out: "ip 1.1.1.1 deleted from blacklist",
    },
    {
      argv: ["add_allowlist", "username", "abc@example.com"],
      request: "POST /v4/ase/firewall/whitelist",
      body: { type: "username", value: "abc@example.com" },
      out: "username abc@example.com added to whitelist",
    },
    {
      argv: ["delete_whitelist", "cookie", "JSESSIONID", "cookie_1.1"],
      request: "DELETE /v4/ase/firewall/whitelist",
      body: { type: "cookie", name: "JSESSIONID", value: "cookie_1.1" },
      out: "cookie JSESSIONID cookie_1.1 deleted from whitelist",
    },
    {
      argv: ["clear_blacklist", "-y"],
      request: "DELETE /v4/ase/firewall/blacklist?tag=all",
      out: "Blacklist cleared",
    },
    {
      argv: ["clear_whitelist", "--yes"],
      request: "DELETE /v4/ase/firewall/whitelist?tag=all",
      out: "Whitelist cleared",
    },
    { argv: ["update_api", "shop"], request: "PUT /v4/ase/api?api_id=shop", out: "done" },
    { argv: ["delete_api", "my shop"], request: "DELETE /v4/ase/api?api_id=my+shop", out: "done" },
  ])("$argv asks for $request", async ({ argv, request, body, out }) => {
    expect(await command([...LOGIN, ...argv], bench.env)).toEqual({
      code: 0,
      out: `${out}\n`,
      err: "",
    });
    expect(bench.server.requests).toEqual([{ request, body, user: "admin", secret: SECRET }]);
  });

  test.for([
    { verb: "add_api", argv: ["add_api", "shop.json"], request: "POST /v4/ase/api?api_id=shop" },
    {
      verb: "update_api",
      argv: ["update_api", "shop", "shop.json"],
      request: "PUT /v4/ase/api?api_id=shop",
    },
  ])("$verb sends the file", async ({ argv, request }) => {
    const words = argv.map((word) => (word.endsWith(".json") ? join(bench.directory, word) : word));
    expect(await command([...words, ...LOGIN], bench.env)).toMatchObject({
      code: 0,
      out: "done\n",
    });
    expect(bench.server.requests).toMatchObject([
      { request, body: { api_metadata: { url: "/shop" } } },
    ]);
  });
});

describe("the question before clearing", () => {
  const question = "This will delete all blacklist Attacks, Are you sure (y/n) :";

  test.for([
    { name: "y", input: ["y\n"], code: 0 },
    { name: "Yes in parts", input: ["Y", "es", "\r\n"], code: 0 },
    { name: "y without a line end", input: ["y"], code: 0 },
    { name: "n", input: ["n\n"], code: 1 },
    { name: "the end of the input", input: [], code: 1 },
    { name: "an empty line before a y", input: ["\ny\n"], code: 1 },
    { name: "a word that starts with y", input: ["yesterday\n"], code: 1 },
  ])("$name gives exit code $code", async ({ input, code }) => {
    const outcome = await command(["clear_blacklist"], bench.env, input);
    expect(outcome.code).toBe(code);
    expect(outcome.out).toBe(`${question}\n${code === 0 ? "Blacklist cleared\n" : ""}`);
    expect(bench.server.requests).toHaveLength(code === 0 ? 1 : 0);
  });
});
