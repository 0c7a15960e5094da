import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { NO_BODY } from "../../src/index.ts";
import { hits, openGroup } from "../support/open-group.ts";
import { GET, OK } from "../support/open-pool.ts";
import type { Script } from "../support/raw-upstream.ts";
import { Recorder } from "../support/recorder.ts";

const answer: Script = (socket) => socket.write(OK);
const reset: Script = (socket) => socket.resetAndDestroy();
/** Falls over one path. */
const touchy: Script = (socket, bytes) =>
  bytes.includes("/a") ? socket.write(OK) : socket.resetAndDestroy();
const OPTIONS = { ejectAfterFaults: 3, ejectMs: 1000, ejectMaxMs: 4000, returnMs: 10_000 };

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

describe("a server is left alone for a while", () => {
  test.for([
    { name: "after faults in a row: it refuses", script: undefined, want: true },
    { name: "after faults in a row: it resets", script: reset, want: true },
    {
      name: "not for an answer that is no HTTP: it did answer",
      script: ((socket) => socket.write("SSH-2.0\r\n")) satisfies Script,
      want: false,
    },
    {
      name: "not for answers of 500",
      script: ((socket) =>
        socket.write("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")) satisfies Script,
      want: false,
    },
    {
      name: "not for a body cut short",
      script: ((socket) =>
        socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi")) satisfies Script,
      want: false,
    },
  ])("$name", async ({ script, want }) => {
    const { group, sendAll } = await openGroup([script, answer], OPTIONS);
    await sendAll(2);
    expect(group.view()[0]?.isEjected).toBe(false);
    await sendAll(4);
    expect(group.view().map(({ isEjected }) => isEjected)).toEqual([want, false]);
  });

  test("one answer in between, and the row is broken", async () => {
    let requests = 0;
    const { group, sendAll } = await openGroup(
      [
        (socket) => {
          requests++;
          if (requests % 3 === 0) socket.write(OK);
          else socket.resetAndDestroy();
        },
      ],
      OPTIONS,
    );
    await sendAll(12);
    expect(group.view()[0]?.isEjected).toBe(false);
  });

  test("it is asked again when its time is over, and each relapse takes twice as long", async () => {
    const { group, sendAll } = await openGroup([undefined, answer], OPTIONS);
    const isEjected = async (): Promise<boolean> => {
      await sendAll(1, 1);
      return group.view()[0]?.isEjected ?? false;
    };
    await sendAll(6);
    for (const ms of [1000, 2000, 4000, 4000]) {
      vi.advanceTimersByTime(ms - 1);
      expect(await isEjected()).toBe(true);
      vi.advanceTimersByTime(1);
      await sendAll(1, 1);
      // It returns with a small share: until one request has met it again.
      for (let i = 0; i < 400 && !(group.view()[0]?.isEjected ?? true); i++)
        await sendAll(1, i + 1);
      expect(group.view()[0]?.isEjected).toBe(true);
    }
  });

  test("faults of requests begun before it was ejected tell nothing new", async () => {
    const { group, send, upstreams } = await openGroup([() => undefined, answer], OPTIONS);
    const sent = Array.from({ length: 12 }, () => send());
    const [upstream] = upstreams;
    await upstream?.until(() => hits(upstreams)[0] === 6);
    for (const socket of upstream?.sockets ?? []) socket.resetAndDestroy();
    await Promise.all(sent.map(async ({ over }) => over));
    vi.advanceTimersByTime(1000);
    await send().over;
    expect(group.view()[0]?.isEjected).toBe(false);
  });
});

describe("a slow return", () => {
  test("in turn: its share grows from a tenth to the whole", async () => {
    const { sendAll, states, upstreams } = await openGroup([answer, answer], {
      ...OPTIONS,
      balancing: "round-robin",
    });
    states.setDown(0, true);
    await sendAll(1);
    states.setDown(0, false);
    const shares: number[] = [];
    for (let round = 0; round < 3; round++) {
      const before = hits(upstreams)[0] ?? 0;
      await sendAll(44);
      shares.push((hits(upstreams)[0] ?? 0) - before);
      vi.advanceTimersByTime(5000);
    }
    // 0.1 of 1.1, 0.55 of 1.55, 1 of 2.
    expect(shares[0]).toBe(4);
    expect(shares[1]).toBeGreaterThanOrEqual(15);
    expect(shares[1]).toBeLessThanOrEqual(16);
    expect(shares[2]).toBe(22);
  });

  test("least connections: it has a tenth of its share where requests come one by one, too", async () => {
    const { sendAll, states, upstreams } = await openGroup([answer, answer], OPTIONS);
    states.setDown(0, true);
    await sendAll(1);
    states.setDown(0, false);
    await sendAll(100);
    expect(hits(upstreams)).toEqual([5, 96]);
  });

  test("least connections: it has a tenth of the open ones at first", async () => {
    const { group, send, states } = await openGroup([() => undefined, () => undefined], OPTIONS);
    states.setDown(0, true);
    send();
    states.setDown(0, false);
    for (let i = 0; i < 43; i++) send();
    expect(group.view().map(({ open }) => open)).toEqual([4, 40]);
    vi.advanceTimersByTime(10_000);
    for (let i = 0; i < 44; i++) send();
    expect(group.view().map(({ open }) => open)).toEqual([44, 44]);
  });
});

describe("when no server is sound", () => {
  test("one is tried all the same, and one that answers is back", async () => {
    let isBroken = true;
    const script: Script = (socket) => (isBroken ? socket.resetAndDestroy() : socket.write(OK));
    const { group, sendAll } = await openGroup([script, script], OPTIONS);
    await sendAll(6);
    expect(group.view().map(({ isEjected }) => isEjected)).toEqual([true, true]);
    isBroken = false;
    const sent = await sendAll(3);
    expect(sent.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(group.view().filter(({ isEjected }) => isEjected)).toHaveLength(1);
  });

  test("an attacker who knows a request that resets cannot shut the others out", async () => {
    const { group, send, sendAll } = await openGroup([touchy, touchy, touchy], OPTIONS);
    for (let i = 0; i < 30; i++) {
      const crash = new Recorder();
      group.request(GET.replace("/a", "/x"), "GET", NO_BODY, crash, 0, false);
      await crash.over;
    }
    expect((await send().over).status).toBe(200);
    expect((await sendAll(5)).every(({ status }) => status === 200)).toBe(true);
  });

  test("all down by the checks: the one that may be up is tried before", async () => {
    const { states, sendAll, upstreams } = await openGroup([answer, answer, answer], OPTIONS);
    for (const seat of [0, 1, 2]) states.setDown(seat, true);
    expect((await sendAll(3)).every(({ status }) => status === 200)).toBe(true);
    states.setDown(1, false);
    const before = hits(upstreams)[1] ?? 0;
    await sendAll(3);
    expect(hits(upstreams)[1]).toBe(before + 3);
  });
});
