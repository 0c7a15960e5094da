import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { AccessLog, AccessRecord } from "../src/index.ts";

const FLUSH_PAST_BYTES = 256 * 1024;
const FLUSH_AFTER_MS = 50;
const LONG = 1024;

let directory: string;
let path: string;
let log: AccessLog;
/** Lets the next write that waits go on; each one is held until then. */
let held: (() => void)[];
let letGo: () => void;

const record = (name: string): AccessRecord => Object.assign(new AccessRecord(), { path: name });
const written = (): string => readFileSync(path, "utf8");

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn();
}

/** Of every file; returns how to let go of them all. */
async function holdWrites(): Promise<() => void> {
  const file = await open(path, "a");
  const prototype: object = Object.getPrototypeOf(file);
  await file.close();
  const write: unknown = Reflect.get(prototype, "write");
  if (typeof write !== "function") throw new TypeError("a file has no `write`");
  Reflect.set(prototype, "write", async function (this: unknown, ...given: unknown[]) {
    await new Promise<void>((resolve) => held.push(resolve));
    return Reflect.apply(write, this, given);
  });
  return () => Reflect.set(prototype, "write", write);
}

async function releaseOne(): Promise<void> {
  await until(() => held.length > 0);
  held.shift()?.();
}

function appendLong(letter: string): void {
  const long = record(letter.repeat(LONG));
  for (let bytes = 0; bytes < FLUSH_PAST_BYTES; bytes += LONG) log.append(long);
}

/** A first write, of as much as one takes, is held. */
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "logs-"));
  path = join(directory, "access.log");
  held = [];
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  letGo = await holdWrites();
  log = new AccessLog(path);
  appendLong("a");
  await until(() => held.length > 0);
});

afterEach(() => {
  vi.useRealTimers();
  letGo();
  rmSync(directory, { recursive: true });
});

describe("a line that comes during a write", () => {
  test("waits for its own time: under load, writes of a few lines would follow each other without an end", async () => {
    log.append(record("meanwhile"));
    await releaseOne();
    await until(() => written() !== "");
    log.append(record("and after"));
    for (let turns = 0; turns < 20; turns++) await turn();
    expect(held).toEqual([]);
    vi.advanceTimersByTime(FLUSH_AFTER_MS);
    await releaseOne();
    await until(() => written().includes("and after"));
    expect(written()).toContain("meanwhile");
  });

  test("is written right behind it when its time comes meanwhile", async () => {
    log.append(record("meanwhile"));
    vi.advanceTimersByTime(FLUSH_AFTER_MS);
    await releaseOne();
    await releaseOne();
    await until(() => written().includes("meanwhile"));
    expect(written().indexOf("meanwhile")).toBeGreaterThan(FLUSH_PAST_BYTES);
  });

  test("is written right behind it together with as many as one write takes", async () => {
    log.append(record("meanwhile"));
    appendLong("b");
    await releaseOne();
    await releaseOne();
    await until(() => written().includes("b".repeat(LONG)));
    expect(written()).toContain("meanwhile");
  });

  test("is waited for by a flush", async () => {
    log.append(record("meanwhile"));
    const flushed = log.flush();
    await releaseOne();
    await releaseOne();
    await flushed;
    expect(written()).toContain("meanwhile");
  });
});
