import { describe, expect, test } from "vitest";

import { OK, openPool, POST } from "./support/open-pool.ts";
import { Recorder } from "./support/recorder.ts";

describe("a request with a body", () => {
  test.for([
    { name: "a small body", size: 5 },
    { name: "a large one", size: 20_000 },
  ])("keeps no hold of the bytes it was given: $name", async ({ size }) => {
    const head = `POST / HTTP/1.1\r\nHost: up\r\nContent-Length: ${size}\r\n\r\n`;
    const want = `${head}${"x".repeat(size)}`;
    const { pool, upstream } = await openPool((socket, _bytes, { received }) => {
      if (received.endsWith(want)) socket.write(OK);
    });
    for (let round = 1; round <= 2; round++) {
      const recorder = new Recorder();
      const exchange = pool.request(head, "POST", size, recorder);
      const body = Buffer.alloc(size, "x");
      exchange.write(body);
      body.fill("-");
      exchange.end();
      await recorder.over;
      expect(recorder.fault).toBeUndefined();
      expect(upstream.received).toBe(want.repeat(round));
    }
  });

  test("sends its head although its body is late", async () => {
    const { pool, upstream } = await openPool((socket, _bytes, { received }) => {
      if (received.endsWith("hello")) socket.write(OK);
    });
    const recorder = new Recorder();
    const exchange = pool.request(POST, "POST", 5, recorder);
    await upstream.until(() => upstream.received === POST);
    exchange.write(Buffer.from("hello"));
    exchange.end();
    expect(await recorder.over).toMatchObject({ status: 200 });
  });
});
