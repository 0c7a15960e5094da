import { beforeAll, describe, test } from "vitest";

import { definition } from "./support/definition.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { requestBytes } from "./support/request.ts";
import { issuerYaml, TokenServer } from "./support/token-issuer.ts";
import { Upstream } from "./support/upstream.ts";

// The engine ends a connection that it was told to go on with after 10 to 12 s, whatever is under way, if
// nothing of a body is to come any more.

/** Upstreams may take as long as `timeouts.upstream_first_byte` says. */
const WORK_MS = 13_000;
const LIMIT_MS = 20_000;
const MANY_BYTES = 8 * 1024 * 1024;

let issuer: TokenServer;
let upstream: Upstream;
let proxy: ProxyProcess;

beforeAll(async () => {
  issuer = await TokenServer.start();
  upstream = await Upstream.start();
  upstream.respond = (request, socket) => {
    const body = String(request.body.length);
    setTimeout(() => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    }, WORK_MS);
    return undefined;
  };
  proxy = await ProxyProcess.start({
    yaml: issuerYaml(`jwks_url: "${issuer.url}"`),
    apis: {
      shop: definition("/shop", upstream.port, {
        oauth2_access_token: true,
        jwt: { location: "h:authorization:bearer", username: "sub", clientid: "cid" },
        jwt_verification: { token_issuer: "login", audience: ["shop"] },
      }),
      open: definition("/open", upstream.port),
    },
  });
});

async function post(path: string, body: Buffer, headers: Record<string, string> = {}) {
  const connection = await RawConnection.open(proxy.port);
  connection.send(requestBytes({ method: "POST", path, body, headers }));
  return connection.answer("POST", LIMIT_MS);
}

describe.concurrent("an answer that takes an upstream 13 s comes", () => {
  test("to a request that waited until its token was verified", async ({ expect }) => {
    const headers = { authorization: `Bearer ${await issuer.sign()}` };
    const answer = await post("/shop/a", Buffer.from("order"), headers);
    expect(answer).toMatchObject({ status: 200, text: "5" });
  });

  test("to an upload that waited with it, and was longer than one read", async ({ expect }) => {
    const headers = { authorization: `Bearer ${await issuer.sign()}` };
    const answer = await post("/shop/a", Buffer.alloc(MANY_BYTES), headers);
    expect(answer).toMatchObject({ status: 200, text: String(MANY_BYTES) });
  });

  test("to an upload that its upstream took slowly", async ({ expect }) => {
    upstream.onBytes = (_bytes, socket) => {
      socket.pause();
      setImmediate(() => socket.resume());
    };
    const answer = await post("/open/a", Buffer.alloc(MANY_BYTES));
    expect(answer).toMatchObject({ status: 200, text: String(MANY_BYTES) });
  });
});
