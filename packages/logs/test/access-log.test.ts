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

import { AccessLog } from "../src/index.ts";

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "logs-"));
  path = join(directory, "access.log");
  return () => rmSync(directory, { recursive: true });
});

const read = (file: string): string => readFileSync(file, "utf8");
const linesOf = (file: string): string[] => read(file).trimEnd().split("\n");

describe("AccessLog", () => {
  test("writes lines in order, to a file for this user only", async () => {
    const log = new AccessLog(path);
    log.append("one\n");
    log.append("two\n");
    await log.close();
    expect(read(path)).toBe("one\ntwo\n");
    expect((statSync(path).mode & 0o777).toString(8)).toBe("600");
  });

  test("writes by itself, without being asked to", async () => {
    const log = new AccessLog(path);
    log.append("one\n");
    await expect.poll(() => existsSync(path) && read(path)).toBe("one\n");
    await log.close();
  });

  test("several writers share a file line by line", async () => {
    const logs = ["a", "b", "c"].map((letter) => ({ letter, log: new AccessLog(path) }));
    for (let round = 0; round < 5000; round++) {
      for (const { letter, log } of logs) log.append(`${letter.repeat(50)}${round}\n`);
      if (round % 1000 === 0) await Promise.all(logs.map(({ log }) => log.flush()));
    }
    await Promise.all(logs.map(({ log }) => log.close()));
    const lines = linesOf(path);
    expect(lines).toHaveLength(15_000);
    expect(lines.filter((line) => !/^(?:a{50}|b{50}|c{50})\d+$/.test(line))).toEqual([]);
  });

  test("goes on in a new file after the old one was moved away", async () => {
    const log = new AccessLog(path);
    log.append("one\n");
    await log.flush();
    renameSync(path, `${path}.1`);
    log.append("two\n");
    await log.flush();
    log.reopen();
    log.append("three\n");
    await log.close();
    expect(read(`${path}.1`)).toBe("one\ntwo\n");
    expect(read(path)).toBe("three\n");
  });

  test("keeps the old file while the new one cannot be opened", async () => {
    const log = new AccessLog(path);
    log.append("one\n");
    await log.flush();
    renameSync(path, `${path}.1`);
    mkdirSync(path);
    log.reopen();
    log.append("two\n");
    await log.close();
    expect(read(`${path}.1`)).toBe("one\ntwo\n");
  });

  test("counts lines while it cannot write, and says how many when it can again", async () => {
    mkdirSync(path);
    const log = new AccessLog(path);
    log.append("one\n");
    log.append("two\n");
    await log.flush();
    expect(log.lostLines).toBe(2);
    rmdirSync(path);
    log.append("three\n");
    await log.close();
    const [confession, ...rest] = linesOf(path);
    expect(JSON.parse(confession ?? "")).toEqual({ time: expect.any(String), lost_lines: 2 });
    expect(rest).toEqual(["three"]);
    expect(log.lostLines).toBe(0);
  });

  test("a full disk loses lines and never throws", async () => {
    const log = new AccessLog("/dev/full");
    log.append("one\n");
    await log.flush();
    log.append("two\n");
    await expect(log.close()).resolves.toBeUndefined();
    expect(log.lostLines).toBe(2);
  });

  test("a flood faster than the disk is dropped beyond the limit, and owned up to", async () => {
    const log = new AccessLog(path, 100);
    for (let line = 0; line < 30; line++) log.append("123456789\n");
    expect(log.lostLines).toBe(20);
    await log.flush();
    log.append("after\n");
    await log.close();
    const lines = linesOf(path);
    expect(lines.filter((line) => line === "123456789")).toHaveLength(10);
    expect(lines.filter((line) => line.includes('"lost_lines":20}'))).toHaveLength(1);
    expect(lines.at(-1)).toBe("after");
  });

  test("what comes after closing is dropped, and reopening opens nothing", async () => {
    const log = new AccessLog(path);
    await log.close();
    log.append("late\n");
    log.reopen();
    await log.flush();
    expect({ lost: log.lostLines, exists: existsSync(path) }).toEqual({ lost: 1, exists: false });
  });
});
