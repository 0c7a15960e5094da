import { type CompiledApi, parseAddress } from "@portcullis/core";
import { bytesPerCall } from "@portcullis/testkit/hot-path";
import { describe, expect, test } from "vitest";

import { ClientSpikes } from "../src/client-spikes.ts";
import { hashKey, NOW_MS, policyOf } from "./engine-fixture.ts";

const limited = (url: string, threshold: string): Readonly<Record<string, unknown>> => ({
  url,
  flow_control: { client_spike_threshold: threshold },
});
const POLICY = policyOf({
  second: limited("/second", "3/second"),
  minute: limited("/minute", "3/minute"),
  hour: limited("/hour", "3/hour"),
  other: limited("/other", "3/second"),
  huge: limited("/huge", "900000000000/hour"),
});

function apiOf(id: string): CompiledApi {
  const api = POLICY.apis.find((each) => each.id === id);
  if (api === undefined) throw new TypeError(id);
  return api;
}

function addressOf(text: string): Uint32Array {
  const words = new Uint32Array(4);
  if (!parseAddress(text, words)) throw new TypeError(text);
  return words;
}

/** The hand of one thread on the counts in `buffer`. */
function attached(buffer?: SharedArrayBuffer): ClientSpikes {
  const spikes = new ClientSpikes(hashKey(), buffer);
  spikes.replaceApis(POLICY.apis);
  return spikes;
}

/** How many of `requests` pass. */
function passed(
  spikes: ClientSpikes,
  requests: number,
  { api = "second", ip = "198.51.100.7", at = NOW_MS } = {},
): number {
  let count = 0;
  for (let i = 0; i < requests; i++) {
    if (!spikes.count(apiOf(api), addressOf(ip), at)) count++;
  }
  return count;
}

describe("as many requests as the threshold says pass", () => {
  test.for([
    { api: "second", seconds: 1 },
    { api: "minute", seconds: 60 },
    { api: "hour", seconds: 3600 },
  ])("in a $api, and as many again in the next", ({ api, seconds }) => {
    const spikes = attached();
    const start = Math.ceil(NOW_MS / 3_600_000) * 3_600_000;
    const last = start + seconds * 1000 - 1;
    expect(passed(spikes, 2, { api, at: start })).toBe(2);
    expect(passed(spikes, 9, { api, at: last })).toBe(1);
    expect(passed(spikes, 9, { api, at: last + 1 })).toBe(3);
  });

  test("over all threads together", () => {
    const spikes = attached();
    const other = attached(spikes.buffer);
    expect(passed(spikes, 2) + passed(other, 9) + passed(spikes, 9)).toBe(3);
  });

  test("of each address and each API, whatever the others do", () => {
    const spikes = attached();
    expect(passed(spikes, 9)).toBe(3);
    expect(passed(spikes, 9, { ip: "198.51.100.8" })).toBe(3);
    expect(passed(spikes, 9, { api: "other" })).toBe(3);
  });

  test("after a new policy too, in which the API has another place", () => {
    const spikes = attached();
    passed(spikes, 2);
    const moved = policyOf({ first: { url: "/first" }, second: limited("/second", "3/second") });
    spikes.replaceApis(moved.apis);
    const api = moved.apis.find((each) => each.id === "second") ?? apiOf("second");
    const verdicts = [1, 2].map(() => spikes.count(api, addressOf("198.51.100.7"), NOW_MS));
    expect(verdicts).toEqual([false, true]);
  });

  test("without end, where the threshold is more than can be counted", () => {
    expect(passed(attached(), 1000, { api: "huge" })).toBe(1000);
  });
});

describe("nobody gets past the threshold", () => {
  test("with another address of the same IPv6 network", () => {
    const spikes = attached();
    let count = 0;
    for (let i = 1; i <= 50; i++) count += passed(spikes, 1, { ip: `2001:db8:0:1::${i}` });
    expect(count).toBe(3);
    expect(passed(spikes, 9, { ip: "2001:db8:0:2::1" })).toBe(3);
  });

  test("with the translated spelling of an IPv4 address", () => {
    const spikes = attached();
    expect(passed(spikes, 9, { ip: "198.51.100.7" })).toBe(3);
    expect(passed(spikes, 9, { ip: "64:ff9b::198.51.100.7" })).toBe(0);
  });

  test("by a flood from a million others, which never makes a count smaller", () => {
    const spikes = attached();
    const at = NOW_MS;
    passed(spikes, 3, { at });
    const crowd = addressOf("10.0.0.0");
    const api = apiOf("second");
    for (let i = 0; i < 1_000_000; i++) {
      crowd[3] = 0x0a00_0000 + i;
      spikes.count(api, crowd, at);
    }
    expect(passed(spikes, 1, { at })).toBe(0);
  });

  test("while a thread whose clock is a moment behind counts for the window before", () => {
    const spikes = attached();
    const behind = attached(spikes.buffer);
    const next = NOW_MS + 1000;
    expect(passed(spikes, 2, { at: next })).toBe(2);
    expect(passed(behind, 9, { at: next - 1 })).toBe(1);
    expect(passed(spikes, 9, { at: next })).toBe(0);
  });
});

describe("an honest client is not kept out", () => {
  test("for long, when the clock is set back", () => {
    const spikes = attached();
    expect(passed(spikes, 9, { at: NOW_MS })).toBe(3);
    expect(passed(spikes, 9, { at: NOW_MS - 3_600_000 })).toBe(3);
  });

  test("by ten thousand others that are over their threshold, but for one in a thousand", () => {
    const spikes = attached();
    const api = apiOf("second");
    const address = addressOf("10.0.0.0");
    for (let i = 0; i < 40_000; i++) {
      address[3] = 0x0a00_0000 + (i >> 2);
      spikes.count(api, address, NOW_MS);
    }
    let refused = 0;
    for (let i = 0; i < 20_000; i++) {
      address[3] = 0xc000_0000 + i;
      if (spikes.count(api, address, NOW_MS)) refused++;
    }
    expect(refused).toBeLessThan(20);
  });

  test("longer than the window, when it came back in a window of the same number modulo anything", () => {
    const spikes = attached();
    for (let i = 0; i < 5000; i++) {
      expect(passed(spikes, 1, { at: NOW_MS + i * 256_000 })).toBe(1);
    }
  });
});

test("counting takes a fixed 6 MiB and allocates nothing", { timeout: 30_000 }, () => {
  const spikes = attached();
  const api = apiOf("second");
  const address = addressOf("198.51.100.7");
  const later = NOW_MS + 10_000;
  let turn = 0;
  expect(spikes.buffer.byteLength).toBe(6 * 2 ** 20);
  // Now in the window of the last call, now in another one.
  const run = (): boolean => spikes.count(api, address, (turn++ & 2) === 0 ? NOW_MS : later);
  expect(bytesPerCall(run)).toBeLessThan(4);
});
