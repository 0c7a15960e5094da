import { beforeAll, describe, expect, test } from "vitest";

import { definition, pattern } from "./support/definition.ts";
import { denied, deniedEntries } from "./support/management.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { type Ask, ask, askEachEdge } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";

let upstream: Upstream;
let proxy: ProxyProcess;

beforeAll(async () => {
  upstream = await Upstream.start();
  const metadata = {
    oauth2_access_token: true,
    cookie: "SID",
    ...pattern({ methods_allowed: ["GET"] }),
  };
  proxy = await ProxyProcess.start({
    apis: {
      shop: definition("/shop", upstream.port, {
        ...metadata,
        decoy_config: { decoy_enabled: true, decoy_subpaths: ["/shop/root"] },
      }),
      out: definition("/out", upstream.port, { ...metadata, logout_api_enabled: true }),
    },
    yaml: "automatic_denials: { unproven_limit: 3, shared_identities: 4, shared_offences: 2 }\n",
  });
});

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

/** What the deny list says of one client: its type and why it is there. */
async function reasonsFor(value: string): Promise<string[]> {
  const entries = await deniedEntries(proxy);
  return entries
    .filter((entry) => entry["value"] === value)
    .map((entry) => `${String(entry["type"])} ${String(entry["reason"])}`);
}

/** A request with a wrong method. */
async function offend(headers: Ask["headers"], from: string): Promise<number> {
  const request = { method: "PUT", path: "/shop/a", from, headers: headers ?? {} };
  return (await ask(proxy.port, request)).status;
}

describe("what is on the list says why", () => {
  test("a token that the API has taken, and one that it never has", async () => {
    const from = "127.0.9.1";
    expect(await ask(proxy.port, { path: "/shop/a", headers: bearer("good"), from })).toMatchObject(
      { status: 200 },
    );
    await offend(bearer("good"), from);
    await offend(bearer("invented"), from);
    await expect.poll(() => reasonsFor("good")).toEqual(["token seen"]);
    await expect.poll(() => reasonsFor("invented")).toEqual(["token never-seen"]);
  });

  test.for([401, 403, 500])("an answer %i shows nothing", async (status) => {
    const from = `127.0.10.${status % 251}`;
    upstream.respond = () => plainAnswer("no", "", `${status} No`);
    await ask(proxy.port, { path: "/shop/a", headers: bearer(`bad-${status}`), from });
    upstream.respond = () => plainAnswer("hello");
    await offend(bearer(`bad-${status}`), from);
    await expect.poll(() => reasonsFor(`bad-${status}`)).toEqual(["token never-seen"]);
  });

  test("a cookie that the API has taken away counts as never seen", async () => {
    const from = "127.0.9.2";
    const headers = { cookie: "SID=s-out" };
    await ask(proxy.port, { path: "/out/a", headers, from });
    const gone = "Set-Cookie: SID=; Path=/; Max-Age=0; HttpOnly\r\n";
    upstream.respond = () => plainAnswer("bye", gone);
    await ask(proxy.port, { path: "/out/logout", headers, from });
    upstream.respond = () => plainAnswer("hello");
    await offend(headers, from);
    await expect.poll(() => reasonsFor("s-out")).toEqual(["cookie never-seen"]);
  });
});

test("a client that changes its token with every offence is soon denied by address (I16, I17)", async () => {
  const from = "127.0.9.3";
  const statuses: number[] = [];
  for (let i = 0; i < 6; i++) statuses.push(await offend(bearer(`rotating-${i}`), from));
  expect(statuses).toEqual([401, 401, 401, 401, 403, 403]);
  await expect.poll(() => reasonsFor(from)).toEqual(["ip rotating"]);
  expect((await denied(proxy)).filter((entry) => entry.includes("rotating-"))).toHaveLength(3);
  for (const answer of await askEachEdge(proxy.port, { path: "/shop/a", from })) {
    expect(answer).toMatchObject({ status: 403 });
  }
});

test("an address that many users share is not cut off for the first one who probes a decoy (I5)", async () => {
  const from = "127.0.9.4";
  for (let i = 0; i < 16; i++) {
    await ask(proxy.port, { path: "/shop/a", headers: bearer(`user-${i}`), from });
  }
  const probe = { path: "/shop/root", from };
  await ask(proxy.port, probe);
  await ask(proxy.port, probe);
  const user = { path: "/shop/a", headers: bearer("user-1"), from };
  expect(await ask(proxy.port, user)).toMatchObject({ status: 200 });
  await ask(proxy.port, probe);
  expect(await ask(proxy.port, user)).toMatchObject({ status: 403 });
  await expect.poll(() => reasonsFor(from)).toEqual(["ip shared-address"]);
});

describe("a decoy that another site's page makes a browser ask for (D2)", () => {
  test.for<{ name: string; from: string; headers: Record<string, string> }>([
    { name: "a link or an image", from: "127.0.9.5", headers: { "sec-fetch-site": "cross-site" } },
    {
      name: "a prefetch",
      from: "127.0.9.6",
      headers: { "sec-purpose": "prefetch;prerender", purpose: "prefetch" },
    },
  ])("denies nobody: $name", async ({ from, headers }) => {
    expect(await ask(proxy.port, { path: "/shop/root", from, headers })).toMatchObject({
      status: 200,
    });
    expect(await ask(proxy.port, { path: "/shop/a", from })).toMatchObject({ status: 200 });
  });

  test.for<{ name: string; from: string; request: Ask }>([
    {
      name: "from the same site",
      from: "127.0.9.7",
      request: { headers: { "sec-fetch-site": "same-site" } },
    },
    {
      name: "by POST",
      from: "127.0.9.8",
      request: { method: "POST", headers: { "sec-fetch-site": "cross-site" } },
    },
    { name: "without a browser", from: "127.0.9.9", request: {} },
  ])("denies all the same: $name", async ({ from, request }) => {
    await ask(proxy.port, { path: "/shop/root", from, ...request });
    expect(await ask(proxy.port, { path: "/shop/a", from })).toMatchObject({ status: 403 });
  });
});
