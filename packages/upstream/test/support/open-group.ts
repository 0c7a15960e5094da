import { onTestFinished } from "vitest";

import {
  allocateServerStates,
  type GroupServer,
  NO_BODY,
  type PoolDefaults,
  PoolRegistry,
  ServerGroup,
  type ServerGroupOptions,
  ServerStates,
} from "../../src/index.ts";
import { closedPort, GET } from "./open-pool.ts";
import { RawUpstream, type Script } from "./raw-upstream.ts";
import { Recorder } from "./recorder.ts";

type GroupTestOptions = Omit<ServerGroupOptions, "servers"> & {
  /** For every server. */
  readonly server?: Partial<GroupServer>;
  readonly pools?: PoolDefaults;
};

/** What a test has in hand: a group, its servers, and the memory it shares. */
export interface TestGroup {
  readonly group: ServerGroup;
  readonly upstreams: RawUpstream[];
  readonly servers: GroupServer[];
  readonly buffer: SharedArrayBuffer;
  /** As edge 1 has it. */
  readonly states: ServerStates;
  readonly registry: PoolRegistry;
  /** Sends a GET, and records what comes of it. */
  readonly send: (stickiness?: number) => Recorder;
  /** Sends `count` one after the other, each when the one before is over. */
  readonly sendAll: (count: number, stickiness?: number) => Promise<Recorder[]>;
}

/** How many requests each of the servers has had. */
export function hits(upstreams: readonly RawUpstream[]): number[] {
  return upstreams.map(({ received }) => received.split("GET /").length - 1);
}

/** A group of raw upstreams, one for each script; `undefined` is a server that refuses. */
export async function openGroup(
  scripts: readonly (Script | undefined)[],
  { pools = {}, server, ...options }: GroupTestOptions = {},
): Promise<TestGroup> {
  const upstreams: RawUpstream[] = [];
  const servers: GroupServer[] = [];
  for (const [seat, script] of scripts.entries()) {
    const upstream = new RawUpstream(script ?? (() => undefined));
    const port = script === undefined ? await closedPort() : await upstream.listen();
    upstreams.push(upstream);
    const spike = { count: 0, seconds: 1 };
    servers.push({ host: "127.0.0.1", port, seat, connectionQuota: 0, spike, ...server });
  }
  const buffer = allocateServerStates({ seats: 16, edges: 2 });
  const states = new ServerStates(buffer, 1);
  const registry = new PoolRegistry(pools);
  const group = new ServerGroup(registry, states, { ...options, servers });
  onTestFinished(() => {
    group.destroy();
    registry.destroy();
    for (const upstream of upstreams) upstream.close();
  });
  const send = (stickiness = 0): Recorder => {
    const recorder = new Recorder();
    group.request(GET, "GET", NO_BODY, recorder, stickiness, false);
    return recorder;
  };
  const sendAll = async (count: number, stickiness = 0): Promise<Recorder[]> => {
    const sent: Recorder[] = [];
    for (let i = 0; i < count; i++) sent.push(await send(stickiness).over);
    return sent;
  };
  return { group, upstreams, servers, buffer, states, registry, send, sendAll };
}
