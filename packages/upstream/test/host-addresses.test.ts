import { describe, expect, onTestFinished, test } from "vitest";

import { type HostAddress, NO_BODY, UpstreamPool } from "../src/index.ts";
import { GET, OK } from "./support/open-pool.ts";
import { RawUpstream, type Script } from "./support/raw-upstream.ts";
import { Recorder } from "./support/recorder.ts";

const answer: Script = (socket) => socket.write(OK);
const at = (address: string): HostAddress => ({ address, family: 4 });

/** A pool whose host name stands for what `addresses` says; `undefined`: the name service fails. */
async function openMoving(script: Script = answer, refreshMs = 10) {
  const old = new RawUpstream(script);
  const port = await old.listen();
  const fresh = new RawUpstream(answer);
  await fresh.listen(port, "127.0.0.2");
  const names = { lookups: 0, addresses: ["127.0.0.1"] as string[] | undefined };
  const waiters: (() => void)[] = [];
  const pool = new UpstreamPool({
    host: "up.test",
    port,
    refreshMs,
    lookupHost: async (host) => {
      names.lookups++;
      for (const wake of waiters.splice(0)) wake();
      expect(host).toBe("up.test");
      if (names.addresses === undefined)
        throw Object.assign(new Error("no"), { code: "EAI_AGAIN" });
      return names.addresses.map((address) => at(address));
    },
  });
  onTestFinished(() => {
    pool.destroy();
    old.close();
    fresh.close();
  });
  const send = async (): Promise<Recorder> => {
    const recorder = new Recorder();
    pool.request(GET, "GET", NO_BODY, recorder);
    return recorder.over;
  };
  /** Resolves when the name has been looked up `count` times from now, and taken. */
  const lookedUp = async (count = 2): Promise<void> => {
    const until = names.lookups + count;
    while (names.lookups < until) {
      await new Promise<void>((resolve) => {
        waiters.push(resolve);
      });
    }
  };
  return { fresh, lookedUp, names, old, pool, send };
}

describe("a server with a name", () => {
  test("is not looked up before it is used, and once for many connections", async () => {
    const { names, send } = await openMoving(answer, 60_000);
    expect(names.lookups).toBe(0);
    await Promise.all([send(), send(), send()]);
    expect(names.lookups).toBe(1);
  });

  test("that moves: idle connections end, and new ones go to the new address", async () => {
    const { fresh, names, old, pool, send } = await openMoving();
    await send();
    names.addresses = ["127.0.0.2"];
    await old.drained();
    expect(pool.stats.open).toBe(0);
    expect(await send()).toMatchObject({ status: 200 });
    expect([old.accepted, fresh.accepted]).toEqual([1, 1]);
  });

  test("that moves while a request is under way: it finishes, and the connection ends", async () => {
    const { fresh, lookedUp, names, old, pool, send } = await openMoving(() => undefined);
    const busy = send();
    await old.until(() => old.received === GET);
    names.addresses = ["127.0.0.2"];
    await lookedUp();
    expect(old.sockets.size).toBe(1);
    for (const socket of old.sockets) socket.write(OK);
    expect(await busy).toMatchObject({ isComplete: true });
    await old.drained();
    await send();
    expect([pool.stats.open, fresh.accepted]).toEqual([1, 1]);
  });

  test("that gets one more address keeps its connections", async () => {
    const { lookedUp, names, old, pool, send } = await openMoving();
    await send();
    names.addresses = ["127.0.0.2", "127.0.0.1"];
    await lookedUp();
    expect(pool.stats).toMatchObject({ open: 1, idle: 1 });
    expect(old.accepted).toBe(1);
  });

  test.for([
    { name: "fails", addresses: undefined },
    { name: "knows no address", addresses: [] },
  ])("keeps its old address while the name service $name", async ({ addresses }) => {
    const { lookedUp, names, old, pool, send } = await openMoving((socket) => socket.end(OK));
    await send();
    names.addresses = addresses;
    await lookedUp();
    expect(await send()).toMatchObject({ status: 200 });
    expect(old.accepted).toBe(2);
    expect(pool.stats.queued).toBe(0);
  });

  test("that cannot be found at all is refused, with the reason, and asked for again", async () => {
    const { names, send } = await openMoving();
    names.addresses = undefined;
    expect((await send()).fault).toMatchObject({ code: "refused", detail: "EAI_AGAIN" });
    names.addresses = [];
    expect((await send()).fault).toMatchObject({ code: "refused", detail: "ENOTFOUND" });
    names.addresses = ["127.0.0.1"];
    expect(await send()).toMatchObject({ status: 200 });
  });

  test("is not looked up any more once the pool is closed", async () => {
    const { names, pool, send } = await openMoving();
    await send();
    pool.close();
    const { lookups } = names;
    const other = await openMoving();
    await other.send();
    await other.lookedUp(3);
    expect(names.lookups).toBe(lookups);
  });
});

test("an address is never looked up", async () => {
  const upstream = new RawUpstream(answer);
  const port = await upstream.listen();
  let lookups = 0;
  const lookupHost = async (): Promise<HostAddress[]> => {
    lookups++;
    return [at("127.0.0.2")];
  };
  const pool = new UpstreamPool({ host: "127.0.0.1", port, refreshMs: 1, lookupHost });
  onTestFinished(() => {
    pool.destroy();
    upstream.close();
  });
  const recorder = new Recorder();
  pool.request(GET, "GET", NO_BODY, recorder);
  expect(await recorder.over).toMatchObject({ status: 200 });
  expect(lookups).toBe(0);
});
