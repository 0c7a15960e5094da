import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { beforeEach, describe, expect, test } from "vitest";

import { openState, StateError, StateExposedError, stateOwner } from "../src/index.ts";
import { identityOf } from "../src/state/process-identity.ts";

let parent: string;
let directory: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "state-"));
  directory = join(parent, "state");
  return () => rmSync(parent, { recursive: true });
});

const file = (name: string): string => join(directory, name);
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

function failure(): StateError {
  try {
    openState(directory).close();
  } catch (error) {
    if (error instanceof StateError) return error;
    throw error;
  }
  throw new Error("the state was opened");
}

describe("openState", () => {
  test("makes directory and secrets at the first start, for this user only", () => {
    const umask = process.umask(0);
    try {
      openState(directory).close();
    } finally {
      process.umask(umask);
    }
    expect(modeOf(directory)).toBe("700");
    const names = readdirSync(directory).toSorted();
    expect(names).toEqual(["admin-secret", "installation-key", "report-keys.json"]);
    expect(names.map((name) => modeOf(file(name)))).toEqual(["600", "600", "600"]);
    expect(readFileSync(file("admin-secret"), "utf8")).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{42}\n$/);
    expect(readFileSync(file("installation-key"), "utf8")).toMatch(/^[0-9a-f]{64}\n$/);
    expect(Object.keys(JSON.parse(readFileSync(file("report-keys.json"), "utf8")))).toEqual([
      "access_key",
      "secret_key",
      "restricted_access_key",
      "restricted_secret_key",
    ]);
  });

  test("an empty directory that others can list is closed to them, and used", () => {
    mkdirSync(directory);
    chmodSync(directory, 0o755);
    openState(directory).close();
    expect(modeOf(directory)).toBe("700");
  });

  test("finds the same secrets at the next start", () => {
    const first = openState(directory);
    first.close();
    const second = openState(directory);
    second.close();
    expect({ ...second, close: 0 }).toEqual({ ...first, close: 0 });
  });

  test.for([
    { name: "a directory that others list", path: "", mode: 0o750, want: "chmod 700" },
    { name: "a directory that others write", path: "", mode: 0o702, want: "chmod 700" },
    { name: "a secret that the group reads", path: "admin-secret", mode: 0o640, want: "chmod 600" },
    { name: "keys that others write", path: "report-keys.json", mode: 0o602, want: "chmod 600" },
    { name: "a key that others read", path: "installation-key", mode: 0o604, want: "chmod 600" },
  ])("refuses $name and says what to run", ({ path, mode, want }) => {
    openState(directory).close();
    chmodSync(file(path), mode);
    const error = failure();
    expect(error.code).toBe("ERR_STATE_EXPOSED");
    expect(error.message).toContain(`${want} ${file(path).replace(/\/$/, "")}`);
  });

  test.for([
    { name: "admin-secret", content: "" },
    { name: "admin-secret", content: "\n" },
    { name: "admin-secret", content: "admin\n" },
    { name: "admin-secret", content: `${"a".repeat(40)}\n${"b".repeat(40)}\n` },
    { name: "admin-secret", content: `${"a".repeat(40)} b\n` },
    { name: "installation-key", content: "" },
    { name: "installation-key", content: "0123456789abcdef" },
    { name: "report-keys.json", content: "" },
    { name: "report-keys.json", content: "null" },
    { name: "report-keys.json", content: '{"access_key":"a"' },
    { name: "report-keys.json", content: '{"access_key":"a","secret_key":"b"}' },
  ])("refuses $name with $content, and does not repeat it", ({ name, content }) => {
    openState(directory).close();
    writeFileSync(file(name), content);
    const error = failure();
    expect(error.code).toBe("ERR_STATE_DAMAGED");
    expect(error.message).toBe(
      `${file(name)} is empty, truncated or damaged: restore it, or delete it to have a new one made`,
    );
  });

  test.for([
    { name: "a key with a colon", change: { access_key: "a:b" } },
    { name: "a short secret", change: { secret_key: "abc" } },
    { name: "a restricted key that is not a text", change: { restricted_access_key: 7 } },
  ])("refuses report keys with $name", ({ change }) => {
    openState(directory).close();
    const keys: unknown = JSON.parse(readFileSync(file("report-keys.json"), "utf8"));
    writeFileSync(file("report-keys.json"), JSON.stringify(Object.assign({}, keys, change)));
    expect(failure().code).toBe("ERR_STATE_DAMAGED");
  });

  test("refuses report keys that make the restricted reader the full one", () => {
    const state = openState(directory);
    state.close();
    const { accessKey, secretKey } = state.reportKeys;
    const keys = { access_key: accessKey, secret_key: secretKey };
    const same = { restricted_access_key: accessKey, restricted_secret_key: secretKey };
    writeFileSync(file("report-keys.json"), JSON.stringify({ ...keys, ...same }));
    expect(failure().code).toBe("ERR_STATE_DAMAGED");
  });

  test("refuses a secret behind a symbolic link, and something else in its place", () => {
    openState(directory).close();
    renameSync(file("admin-secret"), join(parent, "elsewhere"));
    symlinkSync(join(parent, "elsewhere"), file("admin-secret"));
    expect(failure()).toMatchObject({ code: "ERR_STATE_UNUSABLE", path: file("admin-secret") });
    rmSync(file("admin-secret"));
    mkdirSync(file("admin-secret"));
    expect(failure().code).toBe("ERR_STATE_UNUSABLE");
  });

  test("refuses a file in place of the directory", () => {
    writeFileSync(directory, "");
    expect(failure().code).toBe("ERR_STATE_UNUSABLE");
  });

  test("does not trust what a crash left half-written", () => {
    mkdirSync(directory, { mode: 0o700 });
    writeFileSync(file("admin-secret.tmp"), "half", { mode: 0o644 });
    const state = openState(directory);
    state.close();
    expect(state.adminSecret).toHaveLength(43);
    expect(modeOf(file("admin-secret"))).toBe("600");
  });
});

describe("the lock", () => {
  test("keeps a second proxy out until the first one closes", () => {
    const first = openState(directory);
    expect(failure()).toMatchObject({ code: "ERR_STATE_LOCKED", pid: process.pid });
    first.close();
    expect(() => openState(directory).close()).not.toThrow();
  });

  test("a start that fails leaves no lock behind", () => {
    openState(directory).close();
    chmodSync(file("admin-secret"), 0o644);
    failure();
    chmodSync(file("admin-secret"), 0o600);
    expect(() => openState(directory).close()).not.toThrow();
  });

  test.for([
    { name: "a process that was killed", owner: () => ({ pid: deadPid(), started: "" }) },
    {
      name: "an earlier process with this one's number, as in a container",
      owner: () => ({ pid: process.pid, started: "another-boot:1" }),
    },
    { name: "a machine that lost power while writing", owner: () => undefined },
    { name: "a process number that is none", owner: () => ({ pid: -1, started: "" }) },
  ])("of $name is taken over", ({ owner }) => {
    openState(directory).close();
    writeFileSync(file("lock"), JSON.stringify(owner()) ?? "", { mode: 0o600 });
    openState(directory).close();
    expect(readdirSync(directory)).toHaveLength(3);
  });

  test("names its owner, from the first moment to the last", () => {
    expect(stateOwner(directory)).toBeUndefined();
    const state = openState(directory);
    expect(stateOwner(directory)).toBe(process.pid);
    state.close();
    expect(stateOwner(directory)).toBeUndefined();
  });

  test("names nobody where others could have written it", () => {
    const state = openState(directory);
    for (const path of [directory, file("lock")]) {
      const mode = statSync(path).mode % 0o1000;
      chmodSync(path, 0o777);
      expect(() => stateOwner(directory)).toThrow(StateExposedError);
      chmodSync(path, mode);
    }
    state.close();
  });

  test("of another living process holds", () => {
    openState(directory).close();
    writeFileSync(file("lock"), JSON.stringify(identityOf(process.ppid)));
    expect(failure()).toMatchObject({ code: "ERR_STATE_LOCKED", pid: process.ppid });
  });

  test("closing late does not take another owner's lock away", () => {
    const first = openState(directory);
    const other = JSON.stringify(identityOf(process.ppid));
    writeFileSync(file("lock"), other);
    first.close();
    expect(readFileSync(file("lock"), "utf8")).toBe(other);
  });
});

function deadPid(): number {
  return spawnSync("true").pid;
}
