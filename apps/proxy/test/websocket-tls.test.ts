import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, test } from "vitest";
import { type ClientOptions, WebSocket } from "ws";

import { FIRST, SECOND } from "./support/certificates.ts";
import { atEnd } from "./support/cleanup.ts";
import { definition, pattern } from "./support/definition.ts";
import { addTo } from "./support/management.ts";
import { ProxyProcess, writeConfiguration } from "./support/proxy-process.ts";
import { Peer, WebSocketUpstream } from "./support/web-sockets.ts";

const CERTIFICATES = {
  first: { ...FIRST, name: "first.test" },
  second: { ...SECOND, name: "second.test" },
};

let upstream: WebSocketUpstream;
let proxy: ProxyProcess;
let port: number;

beforeAll(async () => {
  upstream = await WebSocketUpstream.start();
  const config = writeConfiguration({
    apis: {
      chat: definition("/chat", upstream.port, {
        protocol: "ws",
        oauth2_access_token: true,
        ...pattern({ protocol_allowed: "wss" }),
      }),
    },
  });
  const files = Object.entries(CERTIFICATES).map(([name, { cert, key }]) => {
    writeFileSync(join(config, `${name}.crt`), cert);
    writeFileSync(join(config, `${name}.key`), key);
    return `{ cert: ${name}.crt, key: ${name}.key }`;
  });
  writeFileSync(
    join(config, "portcullis.yaml"),
    `edges: 2
listen:
  http: { host: 127.0.0.1, port: 0 }
  https: { host: 127.0.0.1, port: 0, certificates: [${files.join(", ")}] }
management: { port: 0 }
reports: { port: 0 }
`,
  );
  proxy = await ProxyProcess.start({ config });
  port = Number(/data, TLS +https:\/\/127\.0\.0\.1:(\d+)/.exec(proxy.stdout)?.[1]);
});

describe.for(Object.values(CERTIFICATES))("over TLS, as $name", ({ cert, name }) => {
  function open(token: string): Promise<Peer> {
    const options: ClientOptions & { readonly servername: string } = {
      ca: cert,
      servername: name,
      headers: { host: name, authorization: `Bearer ${token}` },
    };
    const socket = new WebSocket(`wss://127.0.0.1:${port}/chat`, options);
    atEnd(() => socket.terminate());
    return new Promise((resolve, reject) => {
      socket.on("open", () => resolve(new Peer(socket)));
      socket.on("error", reject);
    });
  }

  test("a message comes back, and the upstream is told how it came", async () => {
    const client = await open("a");
    client.socket.send("grüße");
    expect(await client.texts(1)).toEqual(["grüße"]);
    expect(upstream.last.request.headers["x-forwarded-proto"]).toBe("https");
    client.socket.close(4000, "bye");
    expect(await upstream.last.closed).toEqual({ code: 4000, reason: "bye" });
  });

  test("a client that is denied is cut with 1008", async () => {
    const client = await open(`denied-${name}`);
    await addTo(proxy, "blacklist", { type: "token", value: `denied-${name}` });
    expect(await client.closed).toEqual({ code: 1008, reason: "denied" });
  });
});
