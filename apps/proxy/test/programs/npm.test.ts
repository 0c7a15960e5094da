import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, test } from "vitest";

import { temporaryDirectory } from "../support/cleanup.ts";
import { type BothWays, bothWays, inFrontOf } from "./support/both-ways.ts";
import {
  type Ended,
  freePort,
  presenceOfPackages,
  PROGRAMS,
  runProgram,
  startServer,
} from "./support/program.ts";

const { isAbsent, reason } = presenceOfPackages();
const PLAIN = "plain-thing";
// npm asks for `/@scope%2fthing`.
const SCOPED = "@scope/thing";
const NAMES = [PLAIN, SCOPED];
// Eleven runs of npm, on a machine that may be busy.
const LIMIT_MS = 240_000;

let ways: BothWays;
let strict: BothWays;
let used: { readonly direct: unknown; readonly proxied: unknown };

beforeAll(async () => {
  if (isAbsent) return;
  const folder = temporaryDirectory();
  const port = await freePort();
  writeFileSync(join(folder, "config.yaml"), configuration(folder));
  const verdaccio = join(PROGRAMS, "node_modules/.bin/verdaccio");
  const args = ["--config", join(folder, "config.yaml"), "--listen", `127.0.0.1:${port}`];
  [ways, strict] = await Promise.all([
    inFrontOf(port, { keep_encoded_slashes: true }),
    inFrontOf(port),
    startServer(verdaccio, args, port, { cwd: folder, env: { HOME: folder } }),
  ]);
  used = await bothWays(ways, useRegistry);
}, LIMIT_MS);

describe.skipIf(isAbsent)(`npm and verdaccio get on through the proxy${reason}`, () => {
  test("a user is made, packages are published and installed", () => {
    expect(used.proxied).toEqual(used.direct);
    expect(used.proxied).toEqual({
      user: 201,
      published: [0, 0],
      installed: 0,
      files: NAMES.map((name) => `module.exports = "${name} VERSION";\n`),
    });
  });

  test(
    "what is published through the proxy is there without it, and the other way round",
    async () => {
      const views = await bothWays(ways, async (base) => [
        await view(base, PLAIN),
        await view(base, SCOPED),
      ]);
      expect(views.proxied).toEqual(views.direct);
      const versions = { code: 0, stdout: expect.stringMatching(/"1\.0\.0",\s+"1\.0\.1"/) };
      expect(views.direct).toMatchObject([versions, versions]);
      // Where npm is told to get the package from is the address that it has asked.
      expect(JSON.stringify(views.proxied)).toContain("http://upstream/@scope/thing/-/thing-1.0.1");
    },
    LIMIT_MS,
  );

  test(
    "without leave of the API a package with a scope is refused",
    async () => {
      const refused = await view(strict.proxied, SCOPED);
      expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining("E400") });
    },
    LIMIT_MS,
  );
});

let users = 0;

/** Makes a user, and publishes and installs one version of each package. */
async function useRegistry(base: string): Promise<unknown> {
  const folder = temporaryDirectory();
  const name = `user-${users}`;
  const made = await fetch(`${base}/-/user/org.couchdb.user:${name}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name, password: "secret-word" }),
  });
  const { token } = Object(await made.json());
  writeFileSync(join(folder, ".npmrc"), `//${new URL(base).host}/:_authToken=${String(token)}\n`);
  const version = `1.0.${users++}`;
  const published: (number | null)[] = [];
  for (const each of NAMES) published.push(await publish(base, folder, each, version));
  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "name": "user", "version": "1.0.0" }');
  const wanted = NAMES.map((each) => `${each}@${version}`);
  const installed = await npm(base, folder, ["install", "--prefix", project, ...wanted]);
  const files = NAMES.map((each) =>
    readFileSync(join(project, "node_modules", each, "index.js"), "utf8"),
  );
  return {
    user: made.status,
    published,
    installed: installed.code,
    files: files.map((text) => text.replace(version, "VERSION")),
  };
}

async function publish(
  base: string,
  folder: string,
  name: string,
  version: string,
): Promise<number | null> {
  const source = join(folder, name.replace("/", "-"));
  mkdirSync(source);
  writeFileSync(join(source, "package.json"), JSON.stringify({ name, version, main: "index.js" }));
  writeFileSync(join(source, "index.js"), `module.exports = "${name} ${version}";\n`);
  const ended = await npm(base, folder, ["publish", "--access", "public", source]);
  if (ended.code !== 0) throw new Error(ended.stderr);
  return ended.code;
}

async function view(base: string, name: string): Promise<Omit<Ended, "stderr">> {
  const { code, stdout } = await npm(base, temporaryDirectory(), ["view", name, "--json"]);
  // From the Content-Length of an answer, which a proxy may give where there was none.
  return { code, stdout: stdout.replace(/ *"_contentLength": \d+,\n/, "") };
}

function npm(base: string, folder: string, args: readonly string[]): Promise<Ended> {
  const npmrc = join(folder, ".npmrc");
  const cache = join(folder, "cache");
  const places = ["--registry", `${base}/`, "--userconfig", npmrc, "--cache", cache];
  const settings = [...places, "--no-audit", "--no-fund", "--no-update-notifier"];
  return runProgram("npm", [...args, ...settings], { cwd: folder, env: { HOME: folder } });
}

function configuration(folder: string): string {
  return `storage: ${folder}/storage
auth: { htpasswd: { file: ${folder}/htpasswd, max_users: 10 } }
packages: { "**": { access: $all, publish: $authenticated } }
log: { type: stdout, level: error }
web: { enable: false }
`;
}
