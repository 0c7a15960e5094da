import { RequestView } from "@portcullis/core";
import { NO_SERVER, type UpstreamExchange } from "@portcullis/upstream";
import { afterEach, expect, test, vi } from "vitest";

import type { ExchangeSettings } from "../src/server/exchange-settings.ts";
import { Exchange } from "../src/server/exchange.ts";
import { RequestFacts } from "../src/server/request-facts.ts";
import { RequestWatch } from "../src/server/request-watch.ts";
import type { UwsResponse } from "../src/server/uws.ts";
import { atEnd } from "./support/cleanup.ts";

// What uWebSockets.js 20.57 does while a client is faster than its upload can be kept: `pause` stops nothing.

const MIB = 1024 * 1024;
const PIECE = new ArrayBuffer(MIB / 2);
const nothing = () => undefined;
const UNLIMITED = { bodyLimit: 2 ** 40, lengthLimit: 2 ** 40 };

/** An exchange whose upstream takes no more until `drain`, and what it does. */
function openExchange() {
  const seen = { calls: [] as string[], status: "", isFinished: false };
  const response: Partial<UwsResponse> = {
    onAborted: () => self,
    onData: () => self,
    pause: () => void seen.calls.push("pause"),
    resume: () => void seen.calls.push("resume"),
    cork: (write) => {
      write();
      return self;
    },
    writeStatus: (status) => {
      seen.status = typeof status === "string" ? status.slice(0, 3) : "?";
      return self;
    },
    writeHeader: () => self,
    end: () => self,
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the calls that are made are there
  const self = response as UwsResponse;
  const upstream: UpstreamExchange = {
    write: () => false,
    end: () => undefined,
    abort: () => void seen.calls.push("abort"),
    pause: () => undefined,
    resume: () => undefined,
  };
  const watch = new RequestWatch({ bodyMs: 60_000, totalMs: 0 });
  atEnd(() => watch.stop());
  const settings: Partial<ExchangeSettings> = { ...UNLIMITED, watch, primed: new Set() };
  const view = new RequestView();
  view.contentLength = String(2 ** 40);
  const facts = new RequestFacts();
  const enforcer = { loggedIn: nothing, loggedOut: nothing, succeeded: nothing };
  const owner = { enforcer, finish: () => (seen.isFinished = true) };
  const exchange = new Exchange(
    self,
    facts,
    owner,
    view,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no answer of an upstream comes
    settings as ExchangeSettings,
    undefined,
  );
  exchange.start(upstream);
  return { exchange, facts, seen };
}

afterEach(() => {
  vi.useRealTimers();
});

function upload(exchange: Exchange, mib: number): void {
  for (let sent = 0; sent < mib; sent += 0.5) exchange.takeUpload(PIECE, false);
}

test("an upload that goes on for 64 MiB after it was to stop is refused", () => {
  const { exchange, facts, seen } = openExchange();
  upload(exchange, 64.5);
  expect(seen).toEqual({ calls: ["pause"], status: "", isFinished: false });
  upload(exchange, 0.5);
  expect(seen).toEqual({ calls: ["pause", "abort"], status: "503", isFinished: true });
  expect(facts.fault).toBe("upload-not-stopped");
});

test("one that went on for a while each time is not, however long it is", () => {
  const { exchange, seen } = openExchange();
  for (let round = 0; round < 4; round++) {
    upload(exchange, 60);
    exchange.onDrain();
  }
  expect(seen.calls).toEqual([
    "pause",
    "resume",
    "pause",
    "resume",
    "pause",
    "resume",
    "pause",
    "resume",
  ]);
  expect(seen.isFinished).toBe(false);
});

test("the last piece of one that is held lets its connection go on, and the engine is told so until the answer", () => {
  vi.useFakeTimers();
  const { exchange, seen } = openExchange();
  upload(exchange, 1);
  exchange.takeUpload(PIECE, true);
  expect(seen.calls).toEqual(["pause", "resume"]);
  exchange.onDrain();
  expect(seen.calls).toEqual(["pause", "resume"]);
  vi.advanceTimersByTime(8000);
  expect(seen.calls).toEqual(["pause", "resume", "pause", "resume", "pause", "resume"]);
  exchange.onFault(NO_SERVER);
  vi.advanceTimersByTime(8000);
  expect(seen.calls).toHaveLength(6);
});
