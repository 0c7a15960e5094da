import { expect, test } from "vitest";

import { definition } from "./support/definition.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { askOver, connectToEdge } from "./support/request.ts";
import { Upstream } from "./support/upstream.ts";

const OPEN_FILES = 256;
const SERVED = { status: 200, text: "hello" };

test.skipIf(process.platform === "win32")(
  "at the limit of open files those who are there are served, and when others have gone, everybody",
  async () => {
    const upstream = await Upstream.start();
    const proxy = await ProxyProcess.start({
      apis: { shop: definition("/shop", upstream.port) },
      openFiles: OPEN_FILES,
    });
    const early = [await connectToEdge(proxy.port, 1), await connectToEdge(proxy.port, 2)];
    for (const connection of early) await askOver(connection, { path: "/shop/a" });
    const crowd: RawConnection[] = [];
    // The kernel accepts for the process what it has no descriptor for.
    for (let i = 0; i < OPEN_FILES; i++) crowd.push(await RawConnection.open(proxy.port));
    for (const connection of early) {
      expect(await askOver(connection, { path: "/shop/a" })).toMatchObject(SERVED);
    }
    for (const connection of crowd) connection.close();
    for (const edge of [1, 2]) {
      const late = await connectToEdge(proxy.port, edge);
      expect(await askOver(late, { path: "/shop/a" })).toMatchObject(SERVED);
      late.close();
    }
    for (const connection of early) connection.close();
    expect(proxy.isOver).toBe(false);
    expect(proxy.stderr).toBe("");
  },
);
