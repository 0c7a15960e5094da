import { expect, test } from "vitest";

import { definition } from "./support/definition.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { askOver, connectToEdge } from "./support/request.ts";
import { Upstream } from "./support/upstream.ts";

const OPEN_FILES = 256;
const SERVED = { status: 200, text: "hello" };
const ROUNDS = 100;
/**
 * Less than any time-out, and than the engine takes to close the silent. The edges are busy asking for
 * descriptors meanwhile, and on a machine that does other things, too, an answer may take most of a second.
 */
const ANSWERED_WITHIN_MS = 4_000;

test.skipIf(process.platform === "win32")(
  "at the limit of open files those who are there are served, and when others have gone, everybody",
  async () => {
    const upstream = await Upstream.start();
    const neverAsked = await Upstream.start();
    const proxy = await ProxyProcess.start({
      apis: {
        shop: definition("/shop", upstream.port),
        stock: definition("/stock", neverAsked.port),
      },
      openFiles: OPEN_FILES,
    });
    const early = [await connectToEdge(proxy.port, 1), await connectToEdge(proxy.port, 2)];
    const unlucky = [await connectToEdge(proxy.port, 1), await connectToEdge(proxy.port, 2)];
    for (const connection of early) await askOver(connection, { path: "/shop/a" });
    const crowd: RawConnection[] = [];
    // The kernel accepts for the process what it has no descriptor for. Half of them come in when the
    // engine has closed the first half for their silence, so that the limit stays reached for a while.
    for (let i = 0; i < 2 * OPEN_FILES; i++) crowd.push(await RawConnection.open(proxy.port));
    let slowestMs = 0;
    const timed = async (connection: RawConnection, path: string): Promise<unknown> => {
      const startedAt = performance.now();
      const answer = await askOver(connection, { path });
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
      return answer;
    };
    // No connection to this server is there, and none can be opened: they are told so.
    for (const connection of unlucky) {
      expect(await timed(connection, "/stock/a")).toMatchObject({ status: 502 });
    }
    expect(neverAsked.accepted).toBe(0);
    for (let round = 0; round < ROUNDS; round++) {
      for (const connection of early) {
        expect(await timed(connection, "/shop/a")).toMatchObject(SERVED);
      }
    }
    expect(slowestMs).toBeLessThan(ANSWERED_WITHIN_MS);
    for (const connection of crowd) connection.close();
    for (const edge of [1, 2]) {
      const late = await connectToEdge(proxy.port, edge);
      expect(await askOver(late, { path: "/shop/a" })).toMatchObject(SERVED);
      expect(await askOver(late, { path: "/stock/a" })).toMatchObject(SERVED);
      late.close();
    }
    for (const connection of early) connection.close();
    expect(proxy.isOver).toBe(false);
    expect(proxy.stderr).toBe("");
  },
  30_000,
);
