import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { beforeEach, describe, expect, test } from "vitest";

import { ClockText } from "../src/clock-text.ts";
import { AccessLog, AccessRecord } from "../src/index.ts";
import { LineBuffer } from "../src/line-buffer.ts";
import { writeAccessLine } from "../src/write-access-line.ts";

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "logs-"));
  path = join(directory, "access.log");
  return () => rmSync(directory, { recursive: true });
});

const record = (name: string): AccessRecord => Object.assign(new AccessRecord(), { path: name });

/** The path of each line; the count of one that says how many were lost. */
function read(file: string): unknown[] {
  const text = readFileSync(file, "utf8");
  expect(text.endsWith("\n")).toBe(true);
  return text
    .trimEnd()
    .split("\n")
    .map((line) => {
      const parsed = JSON.parse(line);
      return parsed.lost_lines ?? parsed.path;
    });
}

function lengthOfLine(of: AccessRecord): number {
  const line = new LineBuffer();
  writeAccessLine(of, new ClockText(), line);
  return line.length;
}

describe("AccessLog", () => {
  test("writes lines in order, to a file for this user only", async () => {
    const log = new AccessLog(path);
    log.append(record("one"));
    log.append(record("two"));
    await log.close();
    expect(read(path)).toEqual(["one", "two"]);
    expect((statSync(path).mode & 0o777).toString(8)).toBe("600");
  });

  test("writes by itself, without being asked to", async () => {
    const log = new AccessLog(path);
    log.append(record("one"));
    await expect.poll(() => existsSync(path) && read(path)).toEqual(["one"]);
    await log.close();
  });

  test("several writers share a file line by line", async () => {
    const logs = ["a", "b", "c"].map((letter) => ({ letter, log: new AccessLog(path) }));
    for (let round = 0; round < 5000; round++) {
      for (const { letter, log } of logs) log.append(record(`${letter.repeat(50)}${round}`));
      if (round % 1000 === 0) await Promise.all(logs.map(({ log }) => log.flush()));
    }
    await Promise.all(logs.map(({ log }) => log.close()));
    const lines = read(path);
    expect(lines).toHaveLength(15_000);
    expect(lines.filter((line) => !/^(?:a{50}|b{50}|c{50})\d+$/.test(String(line)))).toEqual([]);
  });

  test("goes on in a new file after the old one was moved away", async () => {
    const log = new AccessLog(path);
    log.append(record("one"));
    await log.flush();
    renameSync(path, `${path}.1`);
    log.append(record("two"));
    await log.flush();
    log.reopen();
    log.append(record("three"));
    await log.close();
    expect(read(`${path}.1`)).toEqual(["one", "two"]);
    expect(read(path)).toEqual(["three"]);
  });

  test("keeps the old file while the new one cannot be opened", async () => {
    const log = new AccessLog(path);
    log.append(record("one"));
    await log.flush();
    renameSync(path, `${path}.1`);
    mkdirSync(path);
    log.reopen();
    log.append(record("two"));
    await log.close();
    expect(read(`${path}.1`)).toEqual(["one", "two"]);
  });

  test("counts lines while it cannot write, and says how many when it can again", async () => {
    mkdirSync(path);
    const log = new AccessLog(path);
    log.append(record("one"));
    log.append(record("two"));
    await log.flush();
    expect(log.lostLines).toBe(2);
    rmdirSync(path);
    log.append(record("three"));
    await log.close();
    expect(read(path)).toEqual([2, "three"]);
    expect(log.lostLines).toBe(0);
  });

  test("a full disk loses lines and never throws", async () => {
    const log = new AccessLog("/dev/full");
    log.append(record("one"));
    await log.flush();
    log.append(record("two"));
    await expect(log.close()).resolves.toBeUndefined();
    expect(log.lostLines).toBe(2);
  });

  test("a flood faster than the disk is dropped beyond the limit, and owned up to", async () => {
    const bytes = lengthOfLine(record("123456789"));
    const log = new AccessLog(path, 10 * bytes);
    for (let line = 0; line < 30; line++) log.append(record("123456789"));
    expect(log.lostLines).toBe(20);
    await log.flush();
    log.append(record("after"));
    await log.close();
    expect(read(path)).toEqual([20, ...Array.from({ length: 10 }, () => "123456789"), "after"]);
  });

  test("what comes after closing is dropped, and reopening opens nothing", async () => {
    const log = new AccessLog(path);
    await log.close();
    log.append(record("late"));
    log.reopen();
    await log.flush();
    expect({ lost: log.lostLines, exists: existsSync(path) }).toEqual({ lost: 1, exists: false });
  });
});
