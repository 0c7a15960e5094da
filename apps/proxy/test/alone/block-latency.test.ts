import { describe, expect, test } from "vitest";

import { definition, pattern } from "../support/definition.ts";
import { addTo } from "../support/management.ts";
import { ProxyProcess } from "../support/proxy-process.ts";
import type { RawConnection } from "../support/raw-connection.ts";
import { askOver, connectToEdge } from "../support/request.ts";
import { Upstream } from "../support/upstream.ts";

const ROUNDS = 400;
/** Generous, for machines that do other things meanwhile; a quiet one needs a fraction of it. */
const LIMIT_MS = 20;

describe("a denial on one edge", () => {
  test("holds on the other edge, over a connection that was open before, within 20 ms", async () => {
    const upstream = await Upstream.start();
    const proxy = await ProxyProcess.start({
      apis: {
        shop: definition("/shop", upstream.port, {
          oauth2_access_token: true,
          ...pattern({ methods_allowed: ["GET"] }),
        }),
      },
    });
    const edges = [await connectToEdge(proxy.port, 1), await connectToEdge(proxy.port, 2)];
    const byOffence: number[] = [];
    const byCommand: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const [here, there] = round % 2 === 0 ? edges : edges.toReversed();
      if (here === undefined || there === undefined) throw new Error("two edges are needed");
      const headers = { authorization: `Bearer offender-${round}` };
      expect((await askOver(there, { path: "/shop/a", headers })).status).toBe(200);
      expect((await askOver(here, { method: "PUT", path: "/shop/a", headers })).status).toBe(401);
      byOffence.push(await untilRefused(there, headers));
    }
    for (let round = 0; round < 50; round++) {
      const there = edges[round % 2];
      if (there === undefined) throw new Error("two edges are needed");
      const value = `listed-${round}`;
      const headers = { authorization: `Bearer ${value}` };
      expect((await askOver(there, { path: "/shop/a", headers })).status).toBe(200);
      await addTo(proxy, "blacklist", { type: "token", value });
      byCommand.push(await untilRefused(there, headers));
    }
    await reportFigures({ byOffence, byCommand });
    expect(percentile(byOffence, 99)).toBeLessThan(LIMIT_MS);
    // A command has taken effect when it is answered: the first request after it is refused.
    expect(percentile(byCommand, 99)).toBeLessThan(LIMIT_MS);
  });
});

/** Asks until the answer is 403; milliseconds from the first question to that answer. */
async function untilRefused(
  connection: RawConnection,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const { status } = await askOver(connection, { path: "/shop/a", headers });
    const took = performance.now() - startedAt;
    if (status === 403) return took;
    if (took > 10_000) throw new Error("never refused");
  }
}

function percentile(values: readonly number[], percent: number): number {
  const inOrder = values.toSorted((a, b) => a - b);
  return inOrder[Math.min(inOrder.length - 1, Math.floor((inOrder.length * percent) / 100))] ?? 0;
}

/** Written where `PORTCULLIS_FIGURES` says, for those who want to read them. */
async function reportFigures(figures: Readonly<Record<string, readonly number[]>>): Promise<void> {
  const file = process.env["PORTCULLIS_FIGURES"];
  if (file === undefined) return;
  const { appendFile } = await import("node:fs/promises");
  for (const [name, values] of Object.entries(figures)) {
    const [p50, p99] = [percentile(values, 50), percentile(values, 99)];
    await appendFile(file, `${JSON.stringify({ name, rounds: values.length, p50, p99 })}\n`);
  }
}
