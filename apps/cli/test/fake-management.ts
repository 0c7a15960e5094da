import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";

import { beforeEach } from "vitest";

import { run, type Terminal } from "../src/index.ts";

interface RecordedRequest {
  readonly request: string;
  readonly body: unknown;
  readonly user: unknown;
  readonly secret: unknown;
}

/** A management server that answers everything alike and remembers what it was asked. */
class FakeManagement {
  readonly requests: RecordedRequest[] = [];
  status = 200;
  answer: unknown = { status: "success", status_message: "done" };
  readonly #server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      this.requests.push({
        request: `${request.method} ${request.url}`,
        body: body === "" ? undefined : JSON.parse(body),
        user: request.headers["x-ase-access-key"],
        secret: request.headers["x-ase-secret-key"],
      });
      response.writeHead(this.status, { location: "/elsewhere" });
      response.end(typeof this.answer === "string" ? this.answer : JSON.stringify(this.answer));
    });
  });

  async open(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, "127.0.0.1", resolve);
    });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server has no other address
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }
}

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line in this process. */
export async function command(
  argv: readonly string[],
  env: Terminal["env"],
  input: Iterable<string> = [],
): Promise<Outcome> {
  let out = "";
  let err = "";
  const code = await run(argv, {
    stdin: Readable.from(input),
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    fetch,
    env,
  });
  return { code, out, err };
}

export const SECRET = "s3cret-of-the-fake";
export const LOGIN: readonly string[] = ["-u", "admin", "-p", SECRET];

interface Bench {
  server: FakeManagement;
  directory: string;
  env: Record<string, string>;
}

/** Before each test of the file a fresh fake, and a directory with definitions and a secret. */
export function useBench(): Bench {
  const bench: Bench = { server: new FakeManagement(), directory: "", env: {} };
  beforeEach(async () => {
    bench.directory = mkdtempSync(join(tmpdir(), "cli-"));
    mkdirSync(join(bench.directory, "state"));
    const write = (name: string, text: string): void =>
      writeFileSync(join(bench.directory, name), text);
    write("state/admin-secret", "stored-secret\n");
    write("shop.json", '{"api_metadata":{"url":"/shop"}}');
    write("broken.json", '{"api_metadata":');
    write("bad.id.json", "{}");
    bench.server = new FakeManagement();
    bench.env = {
      PORTCULLIS_MANAGEMENT_URL: await bench.server.open(),
      PORTCULLIS_STATE: join(bench.directory, "state"),
    };
    return async () => {
      await bench.server.close();
      rmSync(bench.directory, { recursive: true });
    };
  });
  return bench;
}
