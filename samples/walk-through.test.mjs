// The walk through of the README, line by line: each command in one shell, and what it prints beside what stands there.
// It takes the ports that `npm start` takes.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const PORTS = [8000, 8010, 8080, 9000];
const PROGRAMS = ["bash", "curl", "python3", "sed"];
const END = "-- end of one command --";

/** What is another with each run. */
const CHANGING = [
  [/x-request-id: \S+/g, "x-request-id: ID"],
  [/\w{3}, \d\d \w{3} \d{4} [\d:]+ GMT/g, "DATE"],
  [/\w{3} \w{3} \d\d [\d:]+ \d{4}/g, "DATE"],
  [/eyJ[\w.-]+/g, "TOKEN"],
  [/\b[\da-f]{32}\b/g, "HASH"],
];

const lacking = await whatIsLacking();
const home = mkdtempSync(join(tmpdir(), "walk-through-"));
let proxy;

before(async () => {
  if (lacking !== undefined) return;
  symlinkSync(join(ROOT, "bin"), join(home, "bin"));
  proxy = spawn(process.execPath, [join(ROOT, "apps/proxy/bundle/main.js")], {
    cwd: home,
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: proxy.stdout })) {
    if (line.includes("Ctrl-C")) break;
  }
});

after(async () => {
  if (proxy?.kill("SIGTERM")) await once(proxy, "exit");
  rmSync(home, { recursive: true, force: true });
});

test("the walk through of the README does what stands there", { skip: lacking }, () => {
  const steps = stepsOf(README.slice(...section("## A walk through")));
  assert.ok(steps.length > 15, `only ${steps.length} commands were found`);
  const today = new Date().toISOString().slice(0, 10);
  const script = steps
    .map(({ command }) => `${command}\nprintf '\\n%s\\n' '${END}'\n`)
    .join("")
    .replaceAll(/(?<=(later|earlier)_date=)\d{4}-\d\d-\d\d/g, today);
  const { stdout } = spawnSync("bash", ["-c", script], {
    cwd: home,
    encoding: "utf8",
    env: { ...process.env, PORTCULLIS_STATE: join(home, "state") },
  });
  const printed = stdout.split(`${END}\n`).slice(0, -1);
  assert.deepEqual(
    steps.map(({ command }, at) => ({ command, prints: steady(printed[at] ?? "nothing") })),
    steps.map(({ command, prints }) => ({ command, prints: steady(prints) })),
  );
});

/** Where a section begins and ends. */
function section(title) {
  const start = README.indexOf(`\n${title}\n`);
  return [start, README.indexOf("\n## ", start + 1)];
}

/** The commands of all consoles, and the lines below each. */
function stepsOf(text) {
  const consoles = text.matchAll(/^```console\n(.*?)^```$/gms);
  return [...consoles].flatMap(([, lines]) =>
    lines
      .split(/^\$ /m)
      .slice(1)
      .map((step) => {
        const [, command, prints] = /^((?:.*\\\n)*.*)\n([^]*)$/.exec(step);
        return { command, prints };
      }),
  );
}

function steady(text) {
  const plain = text.replaceAll("\r", "");
  return CHANGING.reduce((so, [what, by]) => so.replaceAll(what, by), plain).trim();
}

async function whatIsLacking() {
  const missing = PROGRAMS.filter((name) => spawnSync(name, ["--version"]).status !== 0);
  if (missing.length > 0) return `${missing.join(", ")} not installed`;
  for (const port of PORTS) {
    if (await isTaken(port)) return `something else listens on port ${port}`;
  }
  return undefined;
}

async function isTaken(port) {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
