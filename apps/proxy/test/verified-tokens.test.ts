import { readFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { definition, pattern } from "./support/definition.ts";
import { addTo, clearLists, denied } from "./support/management.ts";
import { parseMetrics } from "./support/metrics.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { ask, type Ask, askEachEdge, requestBytes } from "./support/request.ts";
import { issuerYaml, TokenServer } from "./support/token-issuer.ts";
import { Upstream } from "./support/upstream.ts";

const SERVED = { status: 200, text: "hello" };
const DENIED = { status: 403, text: "Error: Unauthorized" };
const INVALID = { status: 401, text: " Error: Unauthorized" };
const UNAVAILABLE = { status: 503, text: "Error: Token Verification Unavailable" };
const JWT = { jwt: { location: "h:authorization:bearer", username: "sub", clientid: "cid" } };
const VERIFYING = {
  oauth2_access_token: true,
  ...JWT,
  jwt_verification: { token_issuer: "login", audience: ["shop"] },
  ...pattern({ methods_allowed: ["GET", "POST"] }),
};

let issuer: TokenServer;
let stranger: TokenServer;
let upstream: Upstream;
let proxy: ProxyProcess;

beforeAll(async () => {
  issuer = await TokenServer.start();
  stranger = await TokenServer.start();
  upstream = await Upstream.start();
  proxy = await ProxyProcess.start({
    yaml: issuerYaml(`jwks_url: "${issuer.url}"`),
    apis: {
      shop: definition("/shop", upstream.port, VERIFYING),
      open: definition("/open", upstream.port, {
        ...VERIFYING,
        jwt_verification: { token_issuer: "login", audience: ["shop"], required: false },
      }),
      watched: definition("/watched", upstream.port, { ...VERIFYING, enable_blocking: false }),
      decoding: definition("/decoding", upstream.port, {
        oauth2_access_token: true,
        ...JWT,
        ...pattern({ methods_allowed: ["GET", "POST"] }),
      }),
      mandatory: definition("/mandatory", upstream.port, {
        ...VERIFYING,
        is_token_mandatory: true,
      }),
    },
  });
});

beforeEach(async () => {
  await clearLists(proxy);
  upstream.forget();
});

const withToken = (token: string, more: Ask = {}): Ask => ({
  path: "/shop/a",
  ...more,
  headers: { authorization: `Bearer ${token}` },
});

describe("a token of the issuer", () => {
  test("is let through, the first time and every other time, on every edge", async () => {
    const token = await issuer.sign();
    for (let round = 0; round < 3; round++) {
      for (const answer of await askEachEdge(proxy.port, withToken(token))) {
        expect(answer).toMatchObject(SERVED);
      }
    }
    expect(upstream.requests.length).toBe(6);
    expect(upstream.requests[0]?.headers).toContainEqual(["authorization", `Bearer ${token}`]);
  });

  test("goes upstream with its body, that came while it waited", async () => {
    for (const size of [1, 70_000, 900_000]) {
      const body = Buffer.alloc(size, `${size}`);
      const request = withToken(await issuer.sign({ jti: `body-${size}` }), {
        method: "POST",
        body,
      });
      expect(await ask(proxy.port, request)).toMatchObject(SERVED);
      expect(upstream.requests.at(-1)?.body.equals(body)).toBe(true);
    }
  });

  test("goes upstream with a chunked body in many pieces", async () => {
    const token = await issuer.sign({ jti: "chunked" });
    const connection = await RawConnection.open(proxy.port);
    connection.send(
      `POST /shop/a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`,
    );
    connection.send("2\r\nde\r\n");
    connection.send("0\r\n\r\n");
    expect(await connection.answer("POST")).toMatchObject(SERVED);
    expect(upstream.requests.at(-1)?.body.toString()).toBe("abcde");
  });

  test("comes in two hundred requests at once, a token for each", async () => {
    const tokens = await Promise.all(
      Array.from({ length: 200 }, (_, at) => issuer.sign({ sub: `u${at}` })),
    );
    const answers = await Promise.all(tokens.map((token) => ask(proxy.port, withToken(token))));
    expect(answers.filter(({ status }) => status === 200).length).toBe(200);
  });

  test("a client that leaves while it waits leaves nothing behind", async () => {
    const token = await issuer.sign({ jti: "gone" });
    for (let i = 0; i < 20; i++) {
      const connection = await RawConnection.open(proxy.port);
      connection.send(
        requestBytes(withToken(token.slice(0, -1 - i), { method: "POST", body: "x" })),
      );
      connection.close();
    }
    expect(await ask(proxy.port, withToken(token))).toMatchObject(SERVED);
  });
});

describe("a token that is not believed", () => {
  test.for<{ name: string; token: () => Promise<string> }>([
    { name: "of a stranger who names the same key", token: () => stranger.sign() },
    { name: "for another service", token: () => issuer.sign({ aud: "bank" }) },
    { name: "of another issuer", token: () => issuer.sign({ iss: "https://evil.example" }) },
    {
      name: "that has run out",
      token: () => issuer.sign({ exp: Math.floor(Date.now() / 1000) - 60 }),
    },
    { name: "that never runs out", token: () => issuer.sign({ exp: undefined }) },
    { name: "with an exp that is text", token: () => issuer.sign({ exp: "9999999999" }) },
    { name: "by a key that nobody knows", token: () => issuer.sign({}, "k9") },
    { name: "by a key that is a path", token: () => issuer.sign({}, "../../../etc/passwd") },
    { name: "with padding", token: async () => `${await issuer.sign()}==` },
    { name: "that is no JWT", token: async () => "opaque" },
    { name: "of 12 KiB", token: async () => `${await issuer.sign({ pad: "x".repeat(9000) })}x` },
  ])("$name is answered 401, each time, and denies nobody", async ({ token }) => {
    const request = withToken(await token(), { from: "127.0.9.1" });
    for (let round = 0; round < 2; round++) {
      expect(await ask(proxy.port, request)).toMatchObject(INVALID);
    }
    expect(await denied(proxy)).toEqual([]);
    expect(upstream.requests).toEqual([]);
    const good = withToken(await issuer.sign(), { from: "127.0.9.1" });
    expect(await ask(proxy.port, good)).toMatchObject(SERVED);
  });

  test("is let through by an API that only watches, and counted", async () => {
    const request = withToken(await stranger.sign(), { path: "/watched/a" });
    expect(await ask(proxy.port, request)).toMatchObject(SERVED);
    const { text } = await ask(proxy.managementPort, { path: "/metrics" });
    const samples = parseMetrics(text);
    expect(samples.get('portcullis_objections_total{api="watched",reason="invalid-token"}')).toBe(
      1,
    );
  });

  test("is not taken for a missing one, which would deny the address", async () => {
    const request = withToken(await stranger.sign(), { path: "/mandatory/a", from: "127.0.9.2" });
    expect(await ask(proxy.port, request)).toMatchObject(INVALID);
    expect(await denied(proxy)).toEqual([]);
  });

  test("is refused where a token may be left out", async () => {
    expect(await ask(proxy.port, { path: "/open/a" })).toMatchObject(SERVED);
    const request = withToken(await stranger.sign(), { path: "/open/a" });
    expect(await ask(proxy.port, request)).toMatchObject(INVALID);
  });

  test("none at all is refused unless it may be left out", async () => {
    expect(await ask(proxy.port, { path: "/shop/a" })).toMatchObject(INVALID);
    expect(await denied(proxy)).toEqual([]);
  });

  test("names itself in the access log, and not the user that it claims", async () => {
    const request = withToken(await stranger.sign({ sub: "victim" }), { path: "/shop/logged" });
    expect(await ask(proxy.port, request)).toMatchObject(INVALID);
    const log = join(proxy.state, "logs", "access.log");
    await expect.poll(() => readFileSync(log, "utf8")).toMatch(/\/shop\/logged.*invalid-token/);
    expect(readFileSync(log, "utf8")).not.toContain("victim");
  });
});

describe("who is known by a verified token", () => {
  test("is denied by the user name in it, and a forger of it is only refused", async () => {
    await addTo(proxy, "blacklist", { type: "username", value: "mallory" });
    expect(await ask(proxy.port, withToken(await issuer.sign({ sub: "mallory" })))).toMatchObject(
      DENIED,
    );
    expect(await ask(proxy.port, withToken(await stranger.sign({ sub: "mallory" })))).toMatchObject(
      INVALID,
    );
  });

  test("is allowed by the user name in it, and a forger of it is not", async () => {
    await addTo(proxy, "whitelist", { type: "username", value: "root" });
    await addTo(proxy, "blacklist", { type: "ip", value: "127.0.9.3" });
    const from = { from: "127.0.9.3" };
    expect(
      await ask(proxy.port, withToken(await issuer.sign({ sub: "root" }), from)),
    ).toMatchObject(SERVED);
    expect(
      await ask(proxy.port, withToken(await stranger.sign({ sub: "root" }), from)),
    ).toMatchObject(DENIED);
  });

  test("is denied by the token for what he does, in both its spellings, and others are not", async () => {
    const token = await issuer.sign({ jti: "offender" });
    const offence = withToken(token, { method: "DELETE", from: "127.0.9.4" });
    expect(await ask(proxy.port, offence)).toMatchObject(INVALID);
    expect(await ask(proxy.port, withToken(token))).toMatchObject(DENIED);
    expect(await ask(proxy.port, withToken(twinOf(token)))).toMatchObject(DENIED);
    // What cannot be spelt so is refused for that already.
    expect(await ask(proxy.port, withToken(`${token}=`))).toMatchObject(INVALID);
    const other = withToken(await issuer.sign({ jti: "other" }), { from: "127.0.9.4" });
    expect(await ask(proxy.port, other)).toMatchObject(SERVED);
  });

  test("a forged token is not denied for what is done with it: the address is", async () => {
    const forged = await stranger.sign({ sub: "ann" });
    const offence = withToken(forged, { method: "DELETE", from: "127.0.9.5" });
    expect(await ask(proxy.port, offence)).toMatchObject(INVALID);
    await expect.poll(() => denied(proxy)).toEqual([expect.stringMatching(/ip 127\.0\.9\.5$/)]);
  });
});

describe("the keys", () => {
  test("are asked for when a token names one that is not known, and tokens by the old one go on", async () => {
    const old = await issuer.sign({ jti: "old" });
    await issuer.addKey("k2");
    const token = await issuer.sign({ jti: "rotated" });
    await expect
      .poll(() => ask(proxy.port, withToken(token)), { timeout: 15_000, interval: 100 })
      .toMatchObject(SERVED);
    expect(await ask(proxy.port, withToken(old))).toMatchObject(SERVED);
  });

  test("that are taken back are believed no more, though their tokens have been", async () => {
    await issuer.addKey("leaked");
    const token = await issuer.sign({ jti: "leaked" });
    await expect
      .poll(() => ask(proxy.port, withToken(token)), { timeout: 15_000, interval: 100 })
      .toMatchObject(SERVED);
    issuer.dropKey("leaked");
    await issuer.addKey("k3");
    const fresh = await issuer.sign({ jti: "fresh" });
    await expect
      .poll(() => ask(proxy.port, withToken(fresh)), { timeout: 15_000, interval: 100 })
      .toMatchObject(SERVED);
    for (const answer of await askEachEdge(proxy.port, withToken(token))) {
      expect(answer).toMatchObject(INVALID);
    }
  });

  test("outlive an outage of the issuer, and are not asked for by every token that names another", async () => {
    const known = await issuer.sign({ jti: "outage" });
    issuer.isDown = true;
    const before = issuer.asked;
    const started = performance.now();
    let sent = 0;
    while (sent < 60 || issuer.asked === before) {
      sent++;
      const flood = withToken(await issuer.sign({}, `flood-${sent}`));
      expect(await ask(proxy.port, flood)).toMatchObject(INVALID);
    }
    const seconds = (performance.now() - started) / 1000;
    expect(issuer.asked - before).toBeLessThanOrEqual(Math.ceil(seconds / 0.3) + 1);
    expect(await ask(proxy.port, withToken(known))).toMatchObject(SERVED);
    expect(
      await ask(proxy.port, withToken(await issuer.sign({ jti: "new in outage" }))),
    ).toMatchObject(SERVED);
    issuer.isDown = false;
    await expect.poll(() => proxy.stderr).toContain("token issuer login: http://127.0.0.1");
    expect(proxy.stderr).not.toContain("hush");
  });
});

describe("without keys", () => {
  test("nothing is let through, and everything once there are keys", async () => {
    const late = await TokenServer.start();
    late.isDown = true;
    const other = await ProxyProcess.start({
      yaml: issuerYaml(`jwks_url: "${late.url}"`, "token_verification: { timeout: 500ms }\n"),
      apis: { shop: definition("/shop", upstream.port, VERIFYING) },
    });
    const request = withToken(await late.sign(), { from: "127.0.9.6" });
    expect(await ask(other.port, request)).toMatchObject(UNAVAILABLE);
    expect(await denied(other)).toEqual([]);
    late.isDown = false;
    await expect
      .poll(() => ask(other.port, request), { timeout: 20_000, interval: 200 })
      .toMatchObject(SERVED);
  });
});

/** The same token with the other signature that ECDSA has for it. */
function twinOf(token: string): string {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const start = token.lastIndexOf(".") + 1;
  const signature = Buffer.from(token.slice(start), "base64url");
  const s = order - BigInt(`0x${signature.toString("hex", 32)}`);
  signature.write(s.toString(16).padStart(64, "0"), 32, "hex");
  return token.slice(0, start) + signature.toString("base64url");
}
