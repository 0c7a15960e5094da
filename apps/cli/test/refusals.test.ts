import { join } from "node:path";
import { PassThrough } from "node:stream";

import { describe, expect, test } from "vitest";

import { run } from "../src/index.ts";
import { command, LOGIN, SECRET, useBench } from "./fake-management.ts";

const bench = useBench();

describe("bad input", () => {
  test.for([
    { argv: [] },
    { argv: ["add_blacklst", "ip", "1.1.1.1"] },
    { argv: ["constructor"] },
    { argv: ["add_blacklist"] },
    { argv: ["add_blacklist", "host", "example.com"] },
    { argv: ["add_blacklist", "ip", "1.1.1"] },
    { argv: ["add_blacklist", "ip", "1.1.1.1/33"] },
    { argv: ["add_blacklist", "ip", "1.1.1.1/"] },
    { argv: ["add_blacklist", "ip", "1.1.1.1/8/8"] },
    { argv: ["add_blacklist", "ip", "fe80::1%eth0"] },
    { argv: ["add_blacklist", "ip", "0.0.0.0/0"] },
    { argv: ["add_whitelist", "ip", "::/0"] },
    { argv: ["add_blacklist", "ip", "1.1.1.1", "2.2.2.2"] },
    { argv: ["add_blacklist", "cookie", "JSESSIONID"] },
    { argv: ["add_blacklist", "cookie", "", "x"] },
    { argv: ["add_blacklist", "token", ""] },
    { argv: ["add_blacklist", "token", "a\nb"] },
    { argv: ["add_blacklist", "username"] },
    { argv: ["view_blacklist", "everything"] },
    { argv: ["view_whitelist", "all"] },
    { argv: ["clear_blacklist", "now", "-y"] },
    { argv: ["delete_api"] },
    { argv: ["delete_api", "../shop"] },
    { argv: ["add_api", "no-such-file.json"] },
    { argv: ["add_api", "broken.json"] },
    { argv: ["add_api", "bad.id.json"] },
    { argv: ["status", "--colour"] },
    { argv: ["status", "--yes=no"] },
    { argv: ["status", "--url", "http://user:pw@127.0.0.1:1"] },
    { argv: ["status", "--url", "ftp://127.0.0.1"] },
    { argv: ["status", "-u"] },
    { argv: ["status", "-u", "admin", "-u", "root"] },
    { argv: ["status", "-p", "two\nlines"] },
  ])("$argv is one line on stderr, exit code 2, and nothing is asked", async ({ argv }) => {
    const words = argv.map((word) => (word.endsWith(".json") ? join(bench.directory, word) : word));
    const { code, out, err } = await command(words, bench.env);
    expect({ code, out, lines: err.split("\n").length }).toEqual({ code: 2, out: "", lines: 2 });
    expect(bench.server.requests).toEqual([]);
  });

  test("that only the server can see is shown in its words, made printable", async () => {
    bench.server.status = 409;
    bench.server.answer = { status: "error", status_message: "no api\u001b[31m shop\nreally" };
    expect(await command(["delete_api", "shop"], bench.env)).toEqual({
      code: 2,
      out: "",
      err: `${String.raw`no api\u001b[31m shop\u000areally`}\n`,
    });
  });
});

describe("the secret", () => {
  test.for([
    {
      name: "before the verb",
      argv: ["-u", "admin", "-p", "x", "status"],
      user: "admin",
      secret: "x",
    },
    {
      name: "after the verb",
      argv: ["status", "-u", "admin", "-p", "x"],
      user: "admin",
      secret: "x",
    },
    {
      name: "that is also a verb",
      argv: ["-p", "status", "status"],
      user: "admin",
      secret: "status",
    },
    {
      name: "that starts with a hyphen",
      argv: ["-p", "-x", "status"],
      user: "admin",
      secret: "-x",
    },
    { name: "from the state directory", argv: ["status"], user: "admin", secret: "stored-secret" },
    {
      name: "of another user",
      argv: ["status", "-u", "eve"],
      user: "eve",
      secret: "stored-secret",
    },
  ])("$name is sent", async ({ argv, user, secret }) => {
    expect(await command(argv, bench.env)).toMatchObject({ code: 0 });
    expect(bench.server.requests).toMatchObject([{ user, secret }]);
  });

  test.for([
    { argv: ["status", "-u", "admin", "-p"] },
    { argv: ["-u", "admin", "-p", "status"] },
    { argv: ["-p", "-u", "admin", "status"] },
  ])("$argv has to be asked for, which needs a terminal", async ({ argv }) => {
    const outcome = await command(argv, bench.env, ["piped\n"]);
    expect(outcome).toMatchObject({ code: 1, out: "" });
    expect(outcome.err).toContain("no terminal");
    expect(bench.server.requests).toEqual([]);
  });

  test("asked for on a terminal is not shown", async () => {
    const modes: boolean[] = [];
    const stdin = Object.assign(new PassThrough(), {
      isTTY: true,
      setRawMode: (raw: boolean) => modes.push(raw),
    });
    stdin.write("typee");
    stdin.write("\u007fd\r");
    let shown = "";
    const output = { write: (text: string) => (shown += text) };
    const code = await run(["status", "-p"], {
      stdin,
      stdout: output,
      stderr: output,
      fetch,
      env: bench.env,
    });
    expect({ code, modes }).toEqual({ code: 0, modes: [true, false] });
    expect(bench.server.requests).toMatchObject([{ secret: "typed" }]);
    expect(shown).not.toContain("typed");
  });

  test("that is wrong is one line that does not repeat it", async () => {
    bench.server.status = 401;
    bench.server.answer = { status: "error", status_message: SECRET };
    const outcome = await command(["status", ...LOGIN], bench.env);
    expect(outcome).toEqual({ code: 1, out: "", err: "wrong user name or secret\n" });
  });

  test("in a flag that is misspelt is not repeated", async () => {
    expect((await command(["status", `--password=${SECRET}`], bench.env)).err).not.toContain(
      SECRET,
    );
  });

  test("that is nowhere to be found is said with the file", async () => {
    const outcome = await command(["status", "--state", join(bench.directory, "none")], bench.env);
    expect(outcome.code).toBe(1);
    expect(outcome.err).toContain(join(bench.directory, "none", "admin-secret"));
  });

  test("does not follow a redirect", async () => {
    bench.server.status = 307;
    expect(await command(["status", ...LOGIN], bench.env)).toMatchObject({ code: 1, out: "" });
    expect(bench.server.requests).toHaveLength(1);
  });
});

describe("without a proxy", () => {
  test("the URL is named", async () => {
    await bench.server.close();
    const outcome = await command(["status"], bench.env);
    expect(outcome).toMatchObject({ code: 1, out: "" });
    expect(outcome.err).toContain(bench.env["PORTCULLIS_MANAGEMENT_URL"] ?? "-");
    expect(outcome.err.split("\n")).toHaveLength(2);
  });

  test("another server at the URL is not taken for one", async () => {
    bench.server.answer = "<html>";
    expect(await command(["status"], bench.env)).toMatchObject({ code: 1, out: "" });
  });

  test.for([
    { verb: "version", want: "Portcullis 0.1.0\nKernel Version : " },
    { verb: "help", want: "Usage: portcullis COMMAND" },
  ])("$verb works without a secret", async ({ verb, want }) => {
    const outcome = await command([verb], { PORTCULLIS_STATE: "/nonexistent" });
    expect(outcome).toMatchObject({ code: 0, err: "" });
    expect(outcome.out).toContain(want);
  });
});
