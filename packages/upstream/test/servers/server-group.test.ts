import { afterEach, describe, expect, test, vi } from "vitest";

import { NO_BODY, ServerGroup } from "../../src/index.ts";
import { hits, openGroup } from "../support/open-group.ts";
import { GET, OK, POST } from "../support/open-pool.ts";
import type { Script } from "../support/raw-upstream.ts";
import { Recorder } from "../support/recorder.ts";

const answer: Script = (socket) => socket.write(OK);
const silence: Script = () => undefined;
const reset: Script = (socket) => socket.resetAndDestroy();
const once: Script = (socket, _bytes, { received }) => {
  if (received === GET) socket.write(OK);
};
const BUSY = { open: 1, idle: 0, busy: 1, queued: 0 };
const NONE = { open: 0, idle: 0, busy: 0, queued: 0 };

afterEach(() => void vi.useRealTimers());

describe("balancing", () => {
  test.for([
    { name: "least connections", balancing: "least-connections" as const },
    { name: "round robin", balancing: "round-robin" as const },
  ])("$name: servers that are equally busy take turns", async ({ balancing }) => {
    const { sendAll, upstreams } = await openGroup([answer, answer, answer], { balancing });
    await sendAll(9);
    expect(hits(upstreams)).toEqual([3, 3, 3]);
  });

  test("least connections: who is slow gets less, round robin does not care", async () => {
    const slow = await openGroup([silence, answer, answer]);
    const first = [slow.send(), slow.send(), slow.send()];
    for (const [i, upstream] of slow.upstreams.entries()) {
      await upstream.until(() => hits(slow.upstreams)[i] === 1);
    }
    const others = await slow.sendAll(8);
    expect(others.every(({ isComplete }) => isComplete)).toBe(true);
    expect(first.filter(({ isComplete }) => !isComplete)).toHaveLength(1);
    expect(hits(slow.upstreams)[0]).toBe(1);

    const turns = await openGroup([silence, answer], { balancing: "round-robin" });
    for (let i = 0; i < 6; i++) turns.send();
    for (const [i, upstream] of turns.upstreams.entries()) {
      await upstream.until(() => hits(turns.upstreams)[i] === 3);
    }
  });

  test("a server listed twice gets twice its share", async () => {
    const { group, sendAll, servers, upstreams } = await openGroup([answer, answer]);
    const twice = servers.flatMap((server) => (server.seat === 0 ? [server, server] : [server]));
    group.replace({ servers: twice.map((server, seat) => ({ ...server, seat })) });
    await sendAll(9);
    expect(hits(upstreams)).toEqual([6, 3]);
  });
});

describe("stickiness", () => {
  test("a session stays with its server, and sessions spread over all", async () => {
    const { sendAll, upstreams } = await openGroup([answer, answer, answer]);
    for (let session = 1; session <= 90; session++) {
      const before = hits(upstreams);
      await sendAll(2, session * 0x9e3779b1);
      const grown = hits(upstreams).map((count, i) => count - (before[i] ?? 0));
      expect(grown.toSorted((a, b) => a - b)).toEqual([0, 0, 2]);
    }
    expect(Math.min(...hits(upstreams))).toBeGreaterThan(10);
  });

  test("a session whose server is down goes to one other, and comes back", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { group, sendAll, states, upstreams } = await openGroup([answer, answer, answer]);
    await sendAll(1, 77);
    const home = hits(upstreams).indexOf(1);
    states.setDown(home, true);
    await sendAll(3, 77);
    const away = hits(upstreams).indexOf(3);
    expect(away).not.toBe(home);
    expect(group.view()[home]).toMatchObject({ isDown: true });
    states.setDown(home, false);
    await sendAll(1, 77);
    vi.advanceTimersByTime(10_000);
    const recorders = await sendAll(3, 77);
    expect(recorders.every(({ isComplete }) => isComplete)).toBe(true);
    expect(hits(upstreams)[home]).toBeGreaterThanOrEqual(4);
  });

  test("the sessions of a server come back one by one, and each once", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { sendAll, states, upstreams } = await openGroup([answer, answer]);
    states.setDown(0, true);
    await sendAll(1);
    states.setDown(0, false);
    const back = new Set<number>();
    const sizes: number[] = [];
    for (let round = 0; round <= 4; round++) {
      let left = 0;
      for (let session = 1; session <= 100; session++) {
        const before = hits(upstreams)[0] ?? 0;
        await sendAll(1, session * 0x9e3779b1);
        if ((hits(upstreams)[0] ?? 0) > before) back.add(session);
        else if (back.has(session)) left++;
      }
      expect(left).toBe(0);
      sizes.push(back.size);
      vi.advanceTimersByTime(2500);
    }
    expect(sizes[0]).toBeLessThan(20);
    expect(back.size).toBeGreaterThan(20);
    expect(back.size).toBeLessThan(80);
  });
});

describe("a request whose server cannot be reached", () => {
  test.for([
    { name: "GET", method: "GET", head: GET, length: NO_BODY },
    { name: "POST with its body", method: "POST", head: POST, length: 5 },
  ])("goes to another one, whole: $name", async ({ method, head, length }) => {
    const done: Script = (socket, _bytes, { received }) => {
      if (received.endsWith(length > 0 ? "hello" : "\r\n\r\n")) socket.write(OK);
    };
    const { group, upstreams } = await openGroup([undefined, undefined, done]);
    for (let i = 0; i < 3; i++) {
      const recorder = new Recorder();
      const exchange = group.request(head, method, length, recorder, 0, false);
      if (length > 0) exchange.write(Buffer.from("hel"));
      if (length > 0) exchange.write(Buffer.from("lo"));
      exchange.end();
      expect(await recorder.over).toMatchObject({ status: 200, heads: 1, fault: undefined });
    }
    expect(upstreams[2]?.received).toBe((head + (length > 0 ? "hello" : "")).repeat(3));
    expect(group.view().map(({ open }) => open)).toEqual([0, 0, 0]);
  });

  test("names each server that is tried, where the head owes its Host", async () => {
    const { group, servers, upstreams } = await openGroup([undefined, undefined, answer]);
    const open = "GET /a HTTP/1.1\r\nX-Host: host: evil\r\n\r\n";
    for (let i = 0; i < 3; i++) {
      const recorder = new Recorder();
      group.request(open, "GET", NO_BODY, recorder, 0, true);
      expect(await recorder.over).toMatchObject({ status: 200 });
    }
    const host = `host: 127.0.0.1:${servers[2]?.port}\r\n`;
    const whole = `GET /a HTTP/1.1\r\n${host}X-Host: host: evil\r\n\r\n`;
    expect(upstreams[2]?.received).toBe(whole.repeat(3));
  });

  test("tries three servers and no more", async () => {
    const { send, group } = await openGroup([undefined, undefined, undefined, undefined]);
    expect((await send().over).fault).toMatchObject({ code: "refused", status: 502 });
    expect(group.view().map(({ open }) => open)).toEqual([0, 0, 0, 0]);
  });

  test("ends with the fault that it met when there is no other", async () => {
    const { send } = await openGroup([undefined]);
    expect((await send().over).fault).toMatchObject({ code: "refused", detail: "ECONNREFUSED" });
  });

  test("is not sent again once it may have arrived: not even a GET that was reset", async () => {
    const { sendAll, upstreams } = await openGroup([reset, reset]);
    for (const { fault } of await sendAll(2)) expect(fault).toMatchObject({ code: "reset" });
    expect(hits(upstreams)).toEqual([1, 1]);
  });

  test("stays aborted: nothing is sent for a client that has gone", async () => {
    const { group, states, upstreams } = await openGroup([undefined, answer], {
      server: { connectionQuota: 1 },
    });
    const recorder = new Recorder();
    for (let i = 0; i < 2; i++) group.request(GET, "GET", NO_BODY, recorder, 0, false).abort();
    expect([states.openCount(0), states.openCount(1)]).toEqual([0, 0]);
    expect(recorder.calls).toBe(0);
    expect(hits(upstreams)).toEqual([0, 0]);
  });
});

test.for([
  { name: "no server", head: GET, want: { code: "overload", status: 503, detail: "no-server" } },
  { name: "a head that is not latin1", head: "GET /\u010a", want: { code: "unsendable" } },
])("$name: the fault comes after the call, not during it", async ({ head, want }) => {
  const { group } = await openGroup([]);
  const recorder = new Recorder();
  group.request(head, "GET", NO_BODY, recorder, 0, false);
  expect(recorder.calls).toBe(0);
  expect((await recorder.over).fault).toMatchObject(want);
});

describe("changes at run time", () => {
  test("groups share the pool of a server that both have, until both have let go", async () => {
    const { group, registry, send, servers, states, upstreams } = await openGroup([answer]);
    const other = new ServerGroup(registry, states, { servers });
    await send().over;
    const recorder = new Recorder();
    other.request(GET, "GET", NO_BODY, recorder, 0, false);
    await recorder.over;
    expect(upstreams[0]?.accepted).toBe(1);
    group.close();
    group.close();
    expect(registry.stats.open).toBe(1);
    other.close();
    expect(registry.stats).toEqual(NONE);
    await upstreams[0]?.drained();
  });

  test("a server that is removed finishes what it has, and its idle connections end", async () => {
    const { group, registry, send, servers, upstreams } = await openGroup([once, answer]);
    const [gone, stays] = servers;
    const [upstream] = upstreams;
    if (gone === undefined || stays === undefined || upstream === undefined) return;
    group.replace({ servers: [gone] });
    await send().over;
    const busy = [send(), send()];
    await upstream.until(() => upstream.received === GET.repeat(3));
    group.replace({ servers: [stays] });
    await send().over;
    expect(hits(upstreams)).toEqual([3, 1]);
    for (const socket of upstream.sockets) socket.write(OK);
    for (const recorder of busy) expect(await recorder.over).toMatchObject({ isComplete: true });
    await upstream.drained();
    expect(registry.stats).toMatchObject({ open: 1, idle: 1 });
  });

  test("what is known of a server that stays is kept, its pool too", async () => {
    const { group, registry, send, servers, upstreams } = await openGroup([silence, answer]);
    const recorders = [send(), send()];
    await Promise.race(recorders.map(({ over }) => over));
    await upstreams[0]?.until(() => upstreams[0]?.received === GET);
    group.replace({ servers: servers.toReversed(), balancing: "round-robin" });
    expect(group.view().map(({ open, port }) => [port, open])).toEqual([
      [servers[1]?.port, 0],
      [servers[0]?.port, 1],
    ]);
    expect(registry.stats).toMatchObject({ open: 2, busy: 1 });
    expect(upstreams.map(({ accepted }) => accepted)).toEqual([1, 1]);
  });

  test.for([
    { name: "a quota that is none", server: { connectionQuota: -1 } },
    { name: "half a connection", server: { connectionQuota: 0.5 } },
    { name: "a seat that is not there", server: { seat: 16 } },
    { name: "a period of nothing", server: { spike: { count: 5, seconds: 0 } } },
    { name: "a port that is none", server: { port: 70_000 } },
  ])("options without sense change nothing: $name", async ({ server }) => {
    const { group, registry, send, servers } = await openGroup([answer]);
    const bad = servers.flatMap((each) => [each, { ...each, ...server }]);
    expect(() => group.replace({ servers: bad })).toThrow("expected");
    expect(await send().over).toMatchObject({ status: 200 });
    group.close();
    expect(registry.stats).toEqual(NONE);
  });

  test("a closed group takes nothing more, and what is under way ends well", async () => {
    const { group, registry, send, servers, upstreams } = await openGroup([silence]);
    const busy = send();
    const [upstream] = upstreams;
    await upstream?.until(() => upstream.received === GET);
    group.close();
    expect((await send().over).fault).toMatchObject({ code: "closed" });
    expect(registry.stats).toEqual(BUSY);
    for (const socket of upstream?.sockets ?? []) socket.write(OK);
    expect(await busy.over).toMatchObject({ isComplete: true });
    await upstream?.drained();
    group.replace({ servers });
    expect(registry.stats).toEqual(NONE);
  });
});

test("a server whose pool is full is passed over, and the fault is the pool's", async () => {
  const opened = await openGroup([silence, silence], {
    pools: { maxConnections: 1, maxQueued: 0 },
    balancing: "round-robin",
  });
  const first = opened.send(9);
  const second = opened.send(9);
  expect((await opened.send(9).over).fault).toMatchObject({
    code: "overload",
    detail: "queue-full",
  });
  for (const [i, upstream] of opened.upstreams.entries()) {
    await upstream.until(() => hits(opened.upstreams)[i] === 1);
  }
  expect([first.calls, second.calls]).toEqual([0, 0]);
});
