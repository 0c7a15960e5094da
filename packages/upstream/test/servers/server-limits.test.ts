import { afterEach, describe, expect, test, vi } from "vitest";

import { NO_BODY, ServerGroup, ServerStates } from "../../src/index.ts";
import { hits, openGroup, type TestGroup } from "../support/open-group.ts";
import { GET, OK, POST } from "../support/open-pool.ts";
import type { Script } from "../support/raw-upstream.ts";
import { Recorder } from "../support/recorder.ts";

const answer: Script = (socket) => socket.write(OK);
const silence: Script = () => undefined;
const ONE = { server: { connectionQuota: 1 } };
const QUEUE = { ...ONE, queues: true };

afterEach(() => void vi.useRealTimers());

async function arrived({ upstreams }: TestGroup, want: readonly number[]): Promise<void> {
  for (const [i, upstream] of upstreams.entries()) {
    await upstream.until(() => (hits(upstreams)[i] ?? 0) >= (want[i] ?? 0));
  }
}

describe("server_connection_quota", () => {
  test("at quota the next server is asked, and at the end nobody", async () => {
    const opened = await openGroup([silence, silence], { server: { connectionQuota: 2 } });
    const sent = Array.from({ length: 5 }, () => opened.send());
    expect((await sent[4]?.over)?.fault).toEqual({
      code: "overload",
      status: 503,
      detail: "quota",
    });
    await arrived(opened, [2, 2]);
    expect(opened.states.openCount(0) + opened.states.openCount(1)).toBe(4);
  });

  test("a session may be served elsewhere when its server is at quota", async () => {
    const opened = await openGroup([silence, silence], ONE);
    opened.send(5);
    opened.send(5);
    await arrived(opened, [1, 1]);
    expect((await opened.send(5).over).fault).toMatchObject({ detail: "quota" });
  });

  test("a server that is down lends its quota to nobody", async () => {
    const opened = await openGroup([silence, silence], ONE);
    opened.states.setDown(1, true);
    opened.send();
    expect((await opened.send().over).fault).toMatchObject({ detail: "quota" });
    expect(hits(opened.upstreams)[1]).toBe(0);
  });

  const endings: { name: string; script: Script }[] = [
    { name: "an answer", script: answer },
    {
      name: "an answer that closing ends",
      script: (socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nhi"),
    },
    { name: "a reset", script: (socket) => socket.resetAndDestroy() },
    { name: "garbage", script: (socket) => socket.write("SSH\r\n") },
    {
      name: "a body cut short",
      script: (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi"),
    },
  ];
  test.for(endings)("$name gives the place back, once", async ({ script }) => {
    const { send, sendAll, states, group } = await openGroup([script], ONE);
    for (let i = 0; i < 3; i++) {
      expect((await send().over).fault?.code).not.toBe("overload");
      expect(states.openCount(0)).toBe(0);
    }
    await sendAll(1);
    expect(group.view()[0]?.open).toBe(0);
  });

  test("so does a time-out, a refusal, a broken body, an abort, and the end of all", async () => {
    const opened = await openGroup([silence], { ...ONE, pools: { headTimeoutMs: 20 } });
    const { group, registry, send, states } = opened;
    expect((await send().over).fault).toMatchObject({ code: "head-timeout" });
    expect(states.openCount(0)).toBe(0);

    const broken = new Recorder();
    const exchange = group.request(POST, "POST", 5, broken, 0, false);
    exchange.write(Buffer.from("more than five"));
    expect((await broken.over).fault).toMatchObject({ code: "unsendable" });
    expect(states.openCount(0)).toBe(0);

    const aborted = group.request(GET, "GET", NO_BODY, new Recorder(), 0, false);
    expect(states.openCount(0)).toBe(1);
    aborted.abort();
    aborted.abort();
    expect(states.openCount(0)).toBe(0);

    const cut = send();
    registry.destroy();
    expect((await cut.over).fault).toMatchObject({ code: "closed" });
    expect(states.openCount(0)).toBe(0);

    const refused = await openGroup([undefined], ONE);
    expect((await refused.send().over).fault).toMatchObject({ code: "refused" });
    expect(refused.states.openCount(0)).toBe(0);
  });

  test("a quota that comes while exchanges run is not upset by their end", async () => {
    const opened = await openGroup([silence]);
    const { group, servers, states } = opened;
    const before = group.request(GET, "GET", NO_BODY, new Recorder(), 0, false);
    group.replace({ servers: servers.map((server) => ({ ...server, connectionQuota: 1 })) });
    const after = group.request(GET, "GET", NO_BODY, new Recorder(), 0, false);
    expect(states.openCount(0)).toBe(1);
    before.abort();
    expect(states.openCount(0)).toBe(1);
    group.replace({ servers });
    after.abort();
    expect(states.openCount(0)).toBe(0);
  });

  test("a WebSocket's place counts like an exchange, and is given back once", async () => {
    const { group, send, states } = await openGroup([silence], ONE);
    const place = group.claim(0, []);
    if (!("host" in place)) throw new Error("no place");
    expect(group.claim(0, [])).toMatchObject({ code: "overload", detail: "quota" });
    expect((await send().over).fault).toMatchObject({ detail: "quota" });
    expect(place.authority).toBe(`127.0.0.1:${place.port}`);
    place.release("answered");
    place.release("answered");
    expect(states.openCount(0)).toBe(0);
    expect(group.claim(0, [place])).toMatchObject({ code: "overload", detail: "no-server" });
    expect(group.view()[0]?.open).toBe(0);
    group.close();
    expect(group.claim(0, [])).toMatchObject({ code: "closed" });
  });
});

describe("server_connection_queueing", () => {
  test("those who wait are served in their order, over the same connection", async () => {
    const opened = await openGroup([silence], QUEUE);
    const { group, send, upstreams } = opened;
    const order: number[] = [];
    const sent = [0, 1, 2].map((i) => {
      const recorder = send();
      recorder.onFirst = () => order.push(i);
      return recorder;
    });
    expect(group.queued).toBe(2);
    for (let i = 1; i <= 3; i++) {
      await arrived(opened, [i]);
      for (const socket of upstreams[0]?.sockets ?? []) socket.write(OK);
    }
    await sent[2]?.over;
    expect(order).toEqual([0, 1, 2]);
    expect(upstreams[0]?.accepted).toBe(1);
    expect(group.queued).toBe(0);
  });

  test("a late comer does not overtake, and nobody waits for ever or without end", async () => {
    const { group, send, states } = await openGroup([silence], {
      ...QUEUE,
      maxQueued: 2,
      queueTimeoutMs: 30,
    });
    send();
    const sent = [send(), send(), send()];
    expect((await sent[2]?.over)?.fault).toMatchObject({
      code: "overload",
      status: 503,
      detail: "quota-queue-full",
    });
    for (const recorder of sent.slice(0, 2)) {
      expect((await recorder.over).fault).toMatchObject({
        status: 503,
        detail: "quota-queue-timeout",
      });
    }
    expect(group.queued).toBe(0);
    expect(states.openCount(0)).toBe(1);
  });

  test("a client that goes while it waits leaves nothing behind", async () => {
    const opened = await openGroup([silence], QUEUE);
    const { group, send, states, upstreams } = opened;
    const first = send();
    const recorder = new Recorder();
    group.request(GET, "GET", NO_BODY, recorder, 0, false).abort();
    await arrived(opened, [1]);
    for (const socket of upstreams[0]?.sockets ?? []) socket.write(OK);
    await first.over;
    expect([group.queued, states.openCount(0), recorder.calls]).toEqual([0, 0, 0]);
    expect(hits(upstreams)).toEqual([1]);
  });

  test("a body that waits arrives whole, and one that breaks its length not at all", async () => {
    const opened = await openGroup([silence], QUEUE);
    const { group, send, upstreams } = opened;
    send();
    await arrived(opened, [1]);
    const [good, bad] = [new Recorder(), new Recorder()];
    const exchange = group.request(POST, "POST", 5, good, 0, false);
    const broken = group.request(POST, "POST", 5, bad, 0, false);
    expect(exchange.write(Buffer.from("hel"))).toBe(false);
    exchange.write(Buffer.from("lo"));
    exchange.end();
    broken.write(Buffer.from("GET /admin HTTP/1.1"));
    expect((await bad.over).fault).toMatchObject({ code: "unsendable" });
    for (const socket of upstreams[0]?.sockets ?? []) socket.write(OK);
    await upstreams[0]?.until(() => upstreams[0]?.received === `${GET}${POST}hello`);
    expect(good.calls).toBe(0);
  });

  test("a place that comes free on another edge is seen", async () => {
    const opened = await openGroup([answer], QUEUE);
    const other = new ServerStates(opened.buffer, 2);
    expect(other.claim(0, 1)).toBe(true);
    const waiting = opened.send();
    expect(opened.group.queued).toBe(1);
    other.release(0);
    expect(await waiting.over).toMatchObject({ status: 200 });
  });

  test("an edge that always has requests waiting does not starve another", async () => {
    const opened = await openGroup([answer], QUEUE);
    const { buffer, group, registry, servers } = opened;
    const other = new ServerGroup(registry, new ServerStates(buffer, 2), { ...QUEUE, servers });
    const busyUntil = new AbortController();
    let served = 0;
    const keepBusy = async (): Promise<void> => {
      while (!busyUntil.signal.aborted && (await opened.send().over).isComplete) served++;
    };
    const busy = [keepBusy(), keepBusy(), keepBusy()];
    expect(group.queued).toBe(2);
    const recorder = new Recorder();
    other.request(GET, "GET", NO_BODY, recorder, 0, false);
    expect(other.queued).toBe(1);
    expect(await recorder.over).toMatchObject({ status: 200 });
    busyUntil.abort();
    await Promise.all(busy);
    other.destroy();
    expect(served).toBeGreaterThan(3);
  });

  test("what a dead edge held comes free", async () => {
    const opened = await openGroup([answer], QUEUE);
    const dead = new ServerStates(opened.buffer, 2);
    dead.claim(0, 1);
    const waiting = opened.send();
    new ServerStates(opened.buffer, 0).releaseEdge(2);
    expect(await waiting.over).toMatchObject({ status: 200 });
    expect(opened.states.openCount(0)).toBe(0);
  });

  test("requests that wait survive new options, and the end of their API", async () => {
    const opened = await openGroup([silence], QUEUE);
    const { group, send, servers, upstreams } = opened;
    const sent = [send(), send(), send()];
    group.replace({ servers, maxQueued: 0 });
    group.close();
    for (let i = 1; i <= 3; i++) {
      await arrived(opened, [i]);
      for (const socket of upstreams[0]?.sockets ?? []) socket.write(OK);
    }
    for (const recorder of sent) expect(await recorder.over).toMatchObject({ status: 200 });
    await upstreams[0]?.drained();
  });

  test("a server that is added serves those who wait at once", async () => {
    const opened = await openGroup([silence, answer], QUEUE);
    const { group, send, servers } = opened;
    group.replace({ ...QUEUE, servers: servers.slice(0, 1) });
    send();
    const waiting = send();
    expect(group.queued).toBe(1);
    group.replace({ ...QUEUE, servers });
    expect(await waiting.over).toMatchObject({ status: 200 });
  });

  test("all end with the fault `closed` when all is closed", async () => {
    const { group, send } = await openGroup([silence], QUEUE);
    send();
    const waiting = send();
    group.destroy();
    expect((await waiting.over).fault).toMatchObject({ code: "closed" });
  });
});

describe("server_spike_threshold", () => {
  const TWO = { server: { spike: { count: 2, seconds: 60 } } };

  test("each server has its requests of a period, and the next period brings more", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 600_000 });
    const { sendAll, upstreams } = await openGroup([answer, answer], TWO);
    const sent = await sendAll(6);
    expect(hits(upstreams)).toEqual([2, 2]);
    expect(sent.slice(4).map(({ fault }) => fault)).toMatchObject([
      { code: "overload", status: 503, detail: "spike" },
      { code: "overload", status: 503, detail: "spike" },
    ]);
    vi.setSystemTime(659_999);
    expect((await sendAll(1))[0]?.fault).toMatchObject({ detail: "spike" });
    vi.setSystemTime(660_000);
    expect((await sendAll(1))[0]).toMatchObject({ status: 200 });
  });

  test("holds over all edges together, and is not made good by aborting", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 600_000 });
    const { group, buffer, send } = await openGroup([silence], TWO);
    expect(new ServerStates(buffer, 2).countRequest(0, 2, 10)).toBe(true);
    group.request(GET, "GET", NO_BODY, new Recorder(), 0, false).abort();
    expect((await send().over).fault).toMatchObject({ detail: "spike" });
  });

  test("nobody waits for a period to end, and no place is lost over it", async () => {
    const { group, send, sendAll, states } = await openGroup([answer], {
      queues: true,
      server: { connectionQuota: 5, spike: { count: 1, seconds: 3600 } },
    });
    await sendAll(1);
    expect((await send().over).fault).toMatchObject({ detail: "spike" });
    expect([group.queued, states.openCount(0)]).toEqual([0, 0]);
  });
});
