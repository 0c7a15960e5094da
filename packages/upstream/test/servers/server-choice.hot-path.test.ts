import { bytesPerCall, sameShape } from "@portcullis/testkit/hot-path";
import { afterAll, describe, expect, test } from "vitest";

import {
  allocateServerStates,
  type GroupServer,
  NO_BODY,
  PoolRegistry,
  ServerStates,
} from "../../src/index.ts";
import { GroupExchange } from "../../src/servers/group-exchange.ts";
import { fillGroupSettings, type ServerGroupOptions } from "../../src/servers/group-settings.ts";
import { rankOf, hashServer } from "../../src/servers/rendezvous.ts";
import { ServerBalancer } from "../../src/servers/server-balancer.ts";
import { Server } from "../../src/servers/server.ts";
import { Recorder } from "../support/recorder.ts";

const registry = new PoolRegistry({});
afterAll(() => registry.destroy());

function openBalancer(count: number, limits: Partial<GroupServer>, more: object): ServerBalancer {
  const none = { connectionQuota: 0, spike: { count: 0, seconds: 1 } };
  const servers = Array.from({ length: count }, (_, seat) => {
    return { host: `10.0.0.${seat}`, port: 80, seat, ...none, ...limits };
  });
  const options: ServerGroupOptions = { servers, ...more };
  const states = new ServerStates(allocateServerStates({ seats: 8, edges: 4 }), 1);
  const balancer = new ServerBalancer(fillGroupSettings(options), states);
  const pools = registry.openAll(servers, undefined);
  balancer.servers = servers.flatMap((server, i) => {
    const pool = pools[i];
    return pool === undefined ? [] : [new Server(server.host, server, pool, false)];
  });
  return balancer;
}

const SPIKE = { spike: { count: 2 ** 30, seconds: 1 } };
/** What V8 makes of the time of day: a number on the heap, of 16 bytes. */
const CLOCK_BYTES = 18;

describe("to choose a server and to give its place back allocates nothing, but to know the period", () => {
  const rows = [1, 3, 8].flatMap((count) => [
    { name: `${count}, least connections`, count, limits: {}, more: {}, sticky: 0 },
    { name: `${count}, in turn`, count, limits: {}, more: { balancing: "round-robin" }, sticky: 0 },
    { name: `${count}, sticky`, count, limits: {}, more: {}, sticky: -77_777_777 },
    { name: `${count}, with a quota`, count, limits: { connectionQuota: 9 }, more: {}, sticky: 0 },
    {
      name: `${count}, with a spike threshold`,
      count,
      limits: SPIKE,
      more: {},
      sticky: 0,
    },
  ]);
  test.for(rows)("$name", ({ count, limits, more, sticky }) => {
    const balancer = openBalancer(count, limits, more);
    const run = (): void => {
      balancer.begin();
      const server = balancer.choose(sticky);
      if (server !== undefined) balancer.giveBack(server, balancer.isClaimed);
    };
    expect(bytesPerCall(run)).toBeLessThan(limits === SPIKE ? CLOCK_BYTES : 4);
    expect(balancer.servers.map(({ open }) => open)).toEqual(balancer.servers.map(() => 0));
  });

  test("also when it comes to nothing", () => {
    const balancer = openBalancer(3, { connectionQuota: 1 }, {});
    for (let i = 0; i < 3; i++) {
      balancer.begin();
      balancer.choose(0);
    }
    const run = (): unknown => {
      balancer.begin();
      return balancer.choose(0);
    };
    expect(bytesPerCall(run)).toBeLessThan(4);
    expect(balancer.objection.detail).toBe("quota");
  });
});

test("every exchange of a group has one hidden class", () => {
  const placer = { rescue: () => false, settle: () => undefined };
  const [one, other] = [0, 5].map(
    (stickiness) =>
      new GroupExchange(
        "GET / HTTP/1.1\r\n\r\n",
        "GET",
        NO_BODY,
        new Recorder(),
        placer,
        stickiness,
        stickiness > 0,
      ),
  );
  if (one === undefined || other === undefined) throw new Error("no exchange");
  other.isClaimed = true;
  other.keep(new Uint8Array(5));
  expect(sameShape(one, other)).toBe(true);
});

const SERVERS = Array.from({ length: 8 }, (_, i) => hashServer(`10.0.0.${i}:80`));

function homeOf(session: number, among: readonly number[]): number {
  return among.reduce((best, each) =>
    rankOf(session, each) > rankOf(session, best) ? each : best,
  );
}

describe("a session's server", () => {
  test("changes for the sessions of a server that goes, and for no others", () => {
    const [gone, ...left] = SERVERS;
    const sessions = Array.from({ length: 8000 }, (_, i) => Math.imul(i + 1, 0x9e3779b1));
    const others = sessions.filter((session) => homeOf(session, SERVERS) !== gone);
    expect(others.length).toBeLessThan(7200);
    expect(others.map((session) => homeOf(session, left))).toEqual(
      others.map((session) => homeOf(session, SERVERS)),
    );
  });

  test.for([
    { name: "numbers well mixed", of: (i: number) => Math.imul(i + 1, 0x9e3779b1) },
    { name: "numbers in a row", of: (i: number) => i + 1 },
    { name: "numbers that differ in the high bits only", of: (i: number) => (i + 1) << 18 },
  ])("is any of them, equally often: $name", ({ of }) => {
    const counts = new Map<number, number>();
    for (let i = 0; i < 8000; i++) {
      const home = homeOf(of(i), SERVERS);
      counts.set(home, (counts.get(home) ?? 0) + 1);
    }
    expect(counts.size).toBe(8);
    expect(Math.min(...counts.values())).toBeGreaterThan(850);
    expect(Math.max(...counts.values())).toBeLessThan(1150);
  });
});
