import assert from "node:assert/strict";
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const SHOP = fileURLToPath(new URL("shop.mjs", import.meta.url));

/** The port that the child says it listens on. */
async function portOf(child) {
  const [line] = await once(child.stdout, "data");
  return JSON.parse(line).listening;
}

describe("the process", () => {
  test("says where it listens, and ends on SIGTERM", async () => {
    const child = spawn(process.execPath, [SHOP, "--port", "0"]);
    const port = await portOf(child);
    assert.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200);
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [0, null]);
  });

  test("ends with the channel to its parent, even while a client is connected", async () => {
    const child = fork(SHOP, ["--port", "0"], { silent: true });
    const client = connect(await portOf(child), "127.0.0.1");
    client.on("error", () => {});
    await once(client, "connect");
    child.disconnect();
    assert.deepEqual(await once(child, "exit"), [0, null]);
  });

  test("ends with the pipe to its parent", async () => {
    const child = spawn(process.execPath, [SHOP, "--port", "0"]);
    await portOf(child);
    child.stdin.end();
    assert.deepEqual(await once(child, "exit"), [0, null]);
  });

  test("lives on without a standard input", async () => {
    const child = spawn(process.execPath, [SHOP, "--port", "0"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const port = await portOf(child);
    assert.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200);
    child.kill("SIGTERM");
    await once(child, "exit");
  });

  test("refuses a port that is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const child = spawn(process.execPath, [SHOP, "--port", String(other.address().port)]);
    assert.deepEqual(await once(child, "exit"), [1, null]);
    other.close();
  });

  for (const args of [
    ["--port", "x"],
    ["--port", "65536"],
    ["--port", "-1"],
    ["--prot", "1"],
  ]) {
    test(`refuses ${args.join(" ")}`, async () => {
      assert.deepEqual(await once(spawn(process.execPath, [SHOP, ...args]), "exit"), [2, null]);
    });
  }
});
