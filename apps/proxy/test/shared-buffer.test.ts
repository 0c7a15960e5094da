import { expect, test } from "vitest";

import { definition } from "./support/definition.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { askOver, connectToEdge, requestBytes } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";

const BIG = 16 * 1024 * 1024;
const OTHERS = 50;

test("an answer that waits for its slow client holds nothing of what others are answered", async () => {
  const upstream = await Upstream.start();
  upstream.respond = ({ target }) =>
    target === "/shop/big" ? plainAnswer("a".repeat(BIG)) : plainAnswer("b".repeat(60_000));
  const proxy = await ProxyProcess.start({ apis: { shop: definition("/shop", upstream.port) } });
  const slow = await connectToEdge(proxy.port, 1);
  slow.pause();
  slow.send(requestBytes({ path: "/shop/big" }));
  await expect.poll(() => upstream.requests.length).toBe(1);
  const other = await connectToEdge(proxy.port, 1);
  for (let i = 0; i < OTHERS; i++) {
    const { text } = await askOver(other, { path: "/shop/small" });
    expect(text === "b".repeat(60_000)).toBe(true);
  }
  slow.resume();
  const { body } = await slow.answer("GET", 30_000);
  expect(body).toHaveLength(BIG);
  expect(body.findIndex((byte) => byte !== 0x61)).toBe(-1);
  slow.close();
  other.close();
});
