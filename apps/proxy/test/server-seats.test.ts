import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { runToEnd } from "./support/command-line.ts";
import { definition } from "./support/definition.ts";
import { change, manage } from "./support/management.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { askEachEdge } from "./support/request.ts";
import { Upstream } from "./support/upstream.ts";

const MAIN = fileURLToPath(new URL("../bundle/main.js", import.meta.url));
const MOST_OF_AN_API = 256;
const MOST_OF_ALL = 4096;

test("more servers than there is room for are refused, and nothing has changed then", async () => {
  const upstream = await Upstream.start();
  const servers = Array.from({ length: MOST_OF_AN_API }, (_, index) => ({
    host: index === 0 ? "127.0.0.1" : `server-${index}.test`,
    port: upstream.port,
  }));
  const few = definition("/small", upstream.port, { health_check: false });
  const many = (url: string): string =>
    definition(url, undefined, { health_check: false, servers });
  const apis = Object.fromEntries(
    Array.from({ length: MOST_OF_ALL / MOST_OF_AN_API - 1 }, (_, index) => [
      `full-${index}`,
      many(`/full/${index}`),
    ]),
  );
  const proxy = await ProxyProcess.start({ apis: { ...apis, small: few } });

  const refused = [
    await manage(proxy, "PUT", "/api?api_id=small", many("/small")),
    await manage(proxy, "POST", "/api?api_id=late", many("/late")),
  ];
  // The first one fits: the small API gives its own place back.
  expect(refused.map(({ status }) => status)).toEqual([200, 409]);
  expect(refused[1]?.text).toContain(`expected at most ${MOST_OF_ALL} servers over all APIs`);
  expect((await manage(proxy, "GET", "/api?api_id=late")).status).toBe(404);
  await change(proxy, "PUT", "/api?api_id=small", few);
  for (const answer of await askEachEdge(proxy.port, { path: "/small/a" })) {
    expect(answer.status).toBe(200);
  }
  // Nor has it been written down.
  expect(await proxy.stop()).toEqual({ code: 0, signal: null });
  const again = await ProxyProcess.start({ config: proxy.config, state: proxy.state });
  expect((await manage(again, "GET", "/api?api_id=late")).status).toBe(404);
  await again.stop();

  writeFileSync(proxy.apiFile("late"), many("/late"));
  writeFileSync(proxy.apiFile("small"), few);
  const { code, err } = await runToEnd(process.execPath, [
    MAIN,
    "--config",
    proxy.config,
    "--check-config",
  ]);
  expect(code).toBe(1);
  expect(err).toContain(`expected at most ${MOST_OF_ALL} servers over all APIs`);
});
