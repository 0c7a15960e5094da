import { ALLOW, type ClientIdentifier, denyFlag } from "@portcullis/core";
import { openMemoryStore, openStore, type Store } from "@portcullis/store";
import { describe, expect, test } from "vitest";

import { ListsFullError } from "../src/errors.ts";
import { ipOf, offence, tokenOf } from "./engine-fixture.ts";
import { freshDirectory, Installation, STORE_KEY } from "./keeper-fixture.ts";

const MANUAL = denyFlag("manual");
const METHOD = denyFlag("method");
const mallory = tokenOf("mallory");
const full = new Error("no space left on device");

const memoryStore = (): Store => openMemoryStore({ key: STORE_KEY, values: "encrypted" });

const failing = (): Promise<never> => Promise.reject(full);

/** A store on whose disk nothing can be written any more. */
function breakStore(store: Store): void {
  Object.assign(store.lists, { put: failing, remove: failing, clear: failing });
  store.attacks.append = failing;
}

describe("a command that cannot be committed fails and changes nothing", () => {
  test.for<{ readonly name: string; readonly act: (to: Installation) => Promise<unknown> }>([
    { name: "denying", act: ({ keeper }) => keeper.add("deny", tokenOf("t2")) },
    { name: "allowing", act: ({ keeper }) => keeper.add("allow", mallory) },
    { name: "removing", act: ({ keeper }) => keeper.remove("deny", mallory) },
    { name: "clearing", act: ({ keeper }) => keeper.clear("deny") },
    { name: "dropping what was detected", act: ({ keeper }) => keeper.dropDetected() },
  ])("$name", async ({ act }) => {
    const store = memoryStore();
    const installation = new Installation(store);
    await installation.keeper.add("deny", mallory);
    installation.detect(offence());
    await installation.keeper.flush();
    breakStore(store);
    await expect(act(installation)).rejects.toBe(full);
    expect(installation.flags(mallory)).toBe(MANUAL | METHOD);
    expect(installation.flags(tokenOf("t2"))).toBe(0);
    expect([...store.lists.entries()]).toHaveLength(2);
  });

  test("denying again who is denied succeeds, for nothing is to be committed", async () => {
    const store = memoryStore();
    const { flags, keeper } = new Installation(store);
    await keeper.add("deny", mallory);
    breakStore(store);
    await keeper.add("deny", mallory);
    expect(flags(mallory)).toBe(MANUAL);
  });

  test("with a store that is closed", async () => {
    const store = memoryStore();
    const { flags, keeper } = new Installation(store);
    await store.close();
    await expect(keeper.add("deny", mallory)).rejects.toMatchObject({ code: "ERR_STORE_CLOSED" });
    expect(flags(mallory)).toBe(0);
  });

  test("and the next command is carried out all the same", async () => {
    const store = memoryStore();
    const { flags, keeper } = new Installation(store);
    const failed = keeper.add("deny", ipOf("nonsense"));
    const next = keeper.add("deny", mallory);
    await expect(failed).rejects.toThrow(TypeError);
    await next;
    expect(flags(mallory)).toBe(MANUAL);
  });
});

describe("offences that cannot be committed", () => {
  test("are counted as lost and reported, and their clients stay denied in memory", async () => {
    const store = memoryStore();
    const installation = new Installation(store);
    breakStore(store);
    const reported = new Promise((resolve) => {
      installation.onError = resolve;
    });
    installation.detect(offence(), offence({ client: tokenOf("t2") }));
    await reported;
    expect(installation.errors).toEqual([
      { what: "detected attacks could not be stored", error: full },
    ]);
    expect(installation.keeper.lostOffences).toBe(2);
    expect(installation.flags(mallory)).toBe(METHOD);
  });

  test("do not stop those that come after them", async () => {
    const store = memoryStore();
    const installation = new Installation(store);
    const put = store.lists.put.bind(store.lists);
    store.lists.put = () => Promise.reject(full);
    installation.detect(offence());
    await expect(installation.keeper.flush()).rejects.toBe(full);
    store.lists.put = put;
    installation.detect(offence({ client: tokenOf("t2") }));
    await installation.keeper.flush();
    expect(installation.keeper.count("deny", "method")).toBe(1);
    expect(installation.keeper.lostOffences).toBe(1);
  });

  test("stored or lost, they make room for others", async () => {
    const store = memoryStore();
    const { backlog, keeper } = new Installation(store);
    backlog.open(50_000);
    keeper.record(Array.from({ length: 49_999 }, () => offence()));
    await keeper.flush();
    expect(backlog.hasRoom()).toBe(true);
    backlog.open(49_999);
    expect(backlog.hasRoom()).toBe(false);
    breakStore(store);
    keeper.record([offence()]);
    await expect(keeper.flush()).rejects.toBe(full);
    expect(backlog.hasRoom()).toBe(true);
    backlog.lose();
    expect(keeper.lostOffences).toBe(2);
  });
});

describe("a restart", () => {
  const CLIENTS: readonly ClientIdentifier[] = [
    mallory,
    ipOf("192.0.2.1"),
    { kind: "cookie", name: "SID", value: "s1" },
    { kind: "api-key", name: "x-api-key", value: "k1" },
    { kind: "username", name: "", value: "\u00e9ve" },
  ];

  test.for(["encrypted", "hashed"] as const)("brings back every entry: %s", async (values) => {
    const directory = freshDirectory();
    const open = (): Store => openStore({ directory, key: STORE_KEY, values });
    const first = open();
    const before = new Installation(first);
    await Promise.all(CLIENTS.map((client) => before.keeper.add("deny", client)));
    await before.keeper.add("allow", ipOf("2001:db8::/32"));
    before.detect(offence(), offence({ source: "decoy", client: ipOf("198.51.100.7") }));
    await before.keeper.flush();
    await first.close();

    const after = new Installation(open());
    expect(CLIENTS.map(after.flags)).toEqual([MANUAL | METHOD, MANUAL, MANUAL, MANUAL, MANUAL]);
    expect(after.flags(ipOf("2001:db8::1"))).toBe(ALLOW);
    expect(after.flags(ipOf("198.51.100.7"))).toBe(denyFlag("decoy"));
    expect(after.errors).toEqual([]);
    await after.keeper.remove("deny", mallory);
    expect(after.flags(mallory)).toBe(0);
  });

  test("with detection off brings back nothing that detection denied", async () => {
    const store = memoryStore();
    const before = new Installation(store);
    await before.keeper.add("deny", mallory);
    before.detect(offence(), offence({ client: tokenOf("t2") }));
    await before.keeper.flush();
    const { flags } = new Installation(store, { detection: false });
    expect([flags(mallory), flags(tokenOf("t2"))]).toEqual([MANUAL, 0]);
  });

  test("says how many entries the memory has no room for", async () => {
    const store = memoryStore();
    const roomy = new Installation(store, { maxEntries: 1024 });
    for (let i = 0; i < 200; i++) await roomy.keeper.add("deny", tokenOf(`t${i}`));
    const { errors, lists } = new Installation(store);
    expect(errors).toEqual([
      {
        what: `${200 - lists.entries()} list entries are not enforced`,
        error: new ListsFullError(),
      },
    ]);
  });
});
