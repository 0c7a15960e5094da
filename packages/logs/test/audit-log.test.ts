import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { beforeEach, describe, expect, test } from "vitest";

import { type AuditEntry, AuditLog, formatAuditLine } from "../src/index.ts";

const entry: AuditEntry = {
  timeMs: Date.UTC(2019, 5, 13, 10, 45, 12),
  subject: "cli",
  action: "delete_api",
  resources: [
    { name: "username", value: "admin", secret: false },
    { name: "api_id", value: "cart", secret: false },
  ],
};

const resource = (name: string, value: string, secret = false) => ({
  resources: [{ name, value, secret }],
});

describe("formatAuditLine", () => {
  test.for<{ name: string; given: Partial<AuditEntry>; want: string }>([
    {
      name: "date, subject, action and resources",
      given: {},
      want: "2019-06-13 10:45:12 | cli | delete_api | username=admin, api_id=cart\n",
    },
    {
      name: "a secret by its name",
      given: resource("x-ase-secret-key", "hunter2"),
      want: "2019-06-13 10:45:12 | cli | delete_api | x-ase-secret-key=**********\n",
    },
    {
      name: "an access key in clear",
      given: resource("x-ase-access-key", "admin"),
      want: "2019-06-13 10:45:12 | cli | delete_api | x-ase-access-key=admin\n",
    },
    {
      name: "a secret by its mark",
      given: resource("value", "token1.4", true),
      want: "2019-06-13 10:45:12 | cli | delete_api | value=**********\n",
    },
    {
      name: "a forged line",
      given: resource("api_id", "x\n2019-06-13 10:45:12 | cli"),
      want: String.raw`2019-06-13 10:45:12 | cli | delete_api | api_id=x\u000a2019-06-13 10:45:12 \u007c cli${"\n"}`,
    },
    {
      name: "a forged resource",
      given: resource("api_id", "x, username=root"),
      want: String.raw`2019-06-13 10:45:12 | cli | delete_api | api_id=x\u002c username=root${"\n"}`,
    },
    {
      name: "a forged field in the action",
      given: { action: "GET /a|b", resources: [] },
      want: String.raw`2019-06-13 10:45:12 | cli | GET /a\u007cb | ${"\n"}`,
    },
    {
      name: "a terminal escape",
      given: resource("a", "\u001b[2J"),
      want: String.raw`2019-06-13 10:45:12 | cli | delete_api | a=\u001b[2J${"\n"}`,
    },
  ])("$name", ({ given, want }) => {
    expect(formatAuditLine({ ...entry, ...given }, "utc")).toBe(want);
  });

  test("local time has the same form", () => {
    const offset = new Date(entry.timeMs).getTimezoneOffset() * 60_000;
    const shifted = formatAuditLine({ ...entry, timeMs: entry.timeMs + offset }, "local");
    expect(shifted).toBe(formatAuditLine(entry, "utc"));
  });
});

describe("AuditLog", () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "audit-"));
    return () => rmSync(directory, { recursive: true });
  });

  test("a recorded line is in the file, which is for this user only", () => {
    const path = join(directory, "audit.log");
    expect(new AuditLog(path, "utc").record(entry)).toBe(true);
    expect(readFileSync(path, "utf8")).toBe(formatAuditLine(entry, "utc"));
    expect((statSync(path).mode & 0o777).toString(8)).toBe("600");
  });

  test("lines that could not be written are owned up to, and nothing throws", () => {
    const path = join(directory, "audit.log");
    mkdirSync(path);
    const log = new AuditLog(path, "utc");
    expect([log.record(entry), log.record({ ...entry, timeMs: Number.NaN })]).toEqual([
      false,
      false,
    ]);
    rmdirSync(path);
    log.record(entry);
    log.record(entry);
    const line = formatAuditLine(entry, "utc");
    const confession = "2019-06-13 10:45:12 | cli | lost | lines=2\n";
    expect(readFileSync(path, "utf8")).toBe(confession + line + line);
  });
});
