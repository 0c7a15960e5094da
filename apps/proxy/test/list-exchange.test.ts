import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, expect, test } from "vitest";

import { temporaryDirectory } from "./support/cleanup.ts";
import { cli } from "./support/command-line.ts";
import { definition } from "./support/definition.ts";
import { change, clearLists, manage } from "./support/management.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { askEachEdge } from "./support/request.ts";
import { Upstream } from "./support/upstream.ts";

let proxy: ProxyProcess;
let folder: string;

beforeAll(async () => {
  const upstream = await Upstream.start();
  proxy = await ProxyProcess.start({ apis: { shop: definition("/shop", upstream.port) } });
  folder = temporaryDirectory();
});

/** Writes a file and returns its name. */
function fileOf(name: string, ...lines: readonly string[]): string {
  const file = join(folder, name);
  writeFileSync(file, lines.map((line) => `${line}\n`).join(""));
  return file;
}

const statuses = async (token: string): Promise<number[]> => {
  const answers = await askEachEdge(proxy.port, {
    path: "/shop",
    headers: { authorization: `Bearer ${token}` },
  });
  return answers.map(({ status }) => status);
};

test("a file is imported whole, holds on every edge, is exported in each format, and comes back", async () => {
  await clearLists(proxy);
  const file = fileOf("list.txt", "# ours", "192.0.2.0/24", "token =evil", "cookie SID x y");
  expect(await cli(proxy, "import", "denylist", file)).toEqual({
    code: 0,
    out: "3 entries added to blacklist, 0 were on it already\n",
    err: "",
  });
  expect(new Set(await statuses("=evil"))).toEqual(new Set([403]));
  const { out: view } = await cli(proxy, "view_blacklist", "all");
  expect(await cli(proxy, "export", "denylist", "view")).toEqual({ code: 0, out: view, err: "" });
  const { out: csv } = await cli(proxy, "export", "denylist", "csv");
  expect(csv).toContain("token,,'=evil,,manual,");
  const { out: text } = await cli(proxy, "export", "blacklist");
  expect(text).toBe("ip 192.0.2.0/24\ntoken =evil\ncookie SID x y\n");
  await clearLists(proxy);
  expect(new Set(await statuses("=evil"))).toEqual(new Set([200]));
  for (const [name, content, format] of [
    ["again.csv", csv, "csv"],
    ["again.txt", text, "text"],
    ["again.view", view, "view"],
  ] as const) {
    await clearLists(proxy);
    writeFileSync(join(folder, name), content);
    const { out } = await cli(proxy, "import", "denylist", join(folder, name), format);
    expect(out).toBe("3 entries added to blacklist, 0 were on it already\n");
    expect((await cli(proxy, "export", "denylist")).out).toBe(text);
  }
});

test("a file with errors changes nothing, and names them all by line", async () => {
  await clearLists(proxy);
  const file = fileOf("bad.txt", "token good", "nonsense", "192.0.2.1/8", "0.0.0.0/0");
  const { code, err, out } = await cli(proxy, "import", "denylist", file);
  expect([code, out]).toEqual([2, ""]);
  for (const line of ["line 2, column 1: ", "line 3: ", "line 4: "]) expect(err).toContain(line);
  expect((await cli(proxy, "export", "denylist")).out).toBe("");
  expect(new Set(await statuses("good"))).toEqual(new Set([200]));
});

test("a denial of this machine is imported only when it is confirmed", async () => {
  await clearLists(proxy);
  const file = fileOf("loopback.txt", "127.0.0.9");
  expect((await cli(proxy, "import", "denylist", file)).code).toBe(2);
  expect((await cli(proxy, "import", "denylist", file, "-y")).code).toBe(0);
  await clearLists(proxy);
});

test.for([
  "127.0.0.1",
  "127.9.9.9",
  "126.0.0.0/7",
  "127.0.0.0/8",
  "::1",
  "::/96",
  "::ffff:127.0.0.1",
  "64:ff9b::7f00:1",
])("a single denial of %s, which is or holds this machine, is refused", async (value) => {
  await clearLists(proxy);
  expect((await cli(proxy, "add_blacklist", "ip", value)).code).not.toBe(0);
  const body = JSON.stringify({ type: "ip", value });
  expect((await manage(proxy, "POST", "/firewall/blacklist", body)).status).toBe(400);
  expect((await cli(proxy, "export", "denylist")).out).toBe("");
});

test("a single denial of this machine is taken where it is confirmed, and no other word confirms", async () => {
  await clearLists(proxy);
  const body = JSON.stringify({ type: "ip", value: "127.0.0.9" });
  const refused = await manage(proxy, "POST", "/firewall/blacklist?confirm=yes", body);
  expect([refused.status, refused.text]).toEqual([400, expect.stringContaining("confirm:")]);
  await change(proxy, "POST", "/firewall/blacklist?confirm=true", body);
  expect((await cli(proxy, "export", "denylist")).out).toBe("ip 127.0.0.9\n");
  await clearLists(proxy);
});

test.for([
  { name: "a format that is none", path: "import?format=xml", body: "x", want: "format: expected" },
  { name: "a flag that is none", path: "import?confirm=yes", body: "", want: "confirm: expected" },
])("over REST, $name is refused", async ({ body, path, want }) => {
  const answer = await manage(proxy, "POST", `/firewall/blacklist/${path}`, body);
  expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(want)]);
});

test("an allow list takes no expiry; a deny list does, and lists it until then", async () => {
  await clearLists(proxy);
  const csv = "type,value,expires\ntoken,brief,2096-10-02T07:06:40Z\n";
  expect((await manage(proxy, "POST", "/firewall/whitelist/import?format=csv", csv)).status).toBe(
    400,
  );
  expect(await change(proxy, "POST", "/firewall/blacklist/import?format=csv", csv)).toMatchObject({
    added: 1,
  });
  expect((await cli(proxy, "export", "denylist", "csv")).out).toContain(
    "token,,brief,2096-10-02T07:06:40Z,manual,",
  );
  await clearLists(proxy);
});
