import { ALLOW, type ClientIdentifier, denyFlag } from "@portcullis/core";
import { openMemoryStore, openStore } from "@portcullis/store";
import { describe, expect, test } from "vitest";

import type { Offence } from "../src/enforcer.ts";
import { ListsFullError } from "../src/errors.ts";
import { ipOf, NOW, NOW_MS, offence, tokenOf } from "./engine-fixture.ts";
import { freshDirectory, Installation, STORE_KEY } from "./keeper-fixture.ts";

const MANUAL = denyFlag("manual");
const METHOD = denyFlag("method");
const mallory = tokenOf("mallory");

const STORES = [
  { store: "memory", values: "encrypted" },
  { store: "memory", values: "hashed" },
  { store: "disk", values: "encrypted" },
  { store: "disk", values: "hashed" },
] as const;

const flood = (count: number): readonly Offence[] =>
  Array.from({ length: count }, (_, i) => offence({ client: tokenOf(`flood${i}`) }));

describe.for(STORES)("lists kept on $store, values $values", ({ store, values }) => {
  const open = (automaticLimit?: number): Installation => {
    const options = { key: STORE_KEY, values };
    const opened =
      store === "memory"
        ? openMemoryStore(options)
        : openStore({ ...options, directory: freshDirectory() });
    return new Installation(opened, automaticLimit === undefined ? {} : { automaticLimit });
  };

  describe("a command", () => {
    test.for<{ readonly name: string; readonly client: ClientIdentifier }>([
      { name: "a token", client: mallory },
      { name: "a cookie", client: { kind: "cookie", name: "JSESSIONID", value: "s1" } },
      { name: "an address", client: ipOf("192.0.2.1") },
      { name: "a range of addresses", client: ipOf("2001:db8::/64") },
      { name: "an API key", client: { kind: "api-key", name: "x-api-key", value: "k1" } },
      {
        name: "a user name with a blank",
        client: { kind: "username", name: "", value: "your name" },
      },
    ])("lists $name in memory and in the store, and takes it off again", async ({ client }) => {
      const installation = open();
      const { keeper } = installation;
      await keeper.add("deny", client);
      await keeper.add("allow", client);
      const seen = client.value.includes("/") ? ipOf("2001:db8::1") : client;
      expect(installation.flags(seen)).toBe(MANUAL | ALLOW);
      expect([keeper.count("deny", "manual"), keeper.count("allow", "manual")]).toEqual([1, 1]);
      expect(await keeper.remove("deny", client)).toBe(true);
      expect(await keeper.remove("deny", client)).toBe(false);
      expect(installation.flags(seen)).toBe(ALLOW);
      expect(await keeper.clear("allow")).toBe(1);
      expect(installation.flags(seen)).toBe(0);
    });

    test("lists many at once, with their ends, and counts what was new", async () => {
      const installation = open();
      const { clock, keeper } = installation;
      await keeper.add("deny", mallory);
      const wanted = [
        { identifier: mallory, expiresAt: NOW + 5 },
        { identifier: tokenOf("b1"), expiresAt: NOW + 5 },
        { identifier: tokenOf("b1"), expiresAt: NOW + 9 },
        { identifier: ipOf("192.0.2.0/24"), expiresAt: 0 },
      ];
      expect(await keeper.addAll("deny", wanted)).toBe(2);
      expect(["b1", "none"].map((value) => installation.flags(tokenOf(value)))).toEqual([
        MANUAL,
        0,
      ]);
      expect(installation.flags(ipOf("192.0.2.77"))).toBe(MANUAL);
      // Later only: nothing that holds is cut short.
      expect(await keeper.addAll("deny", [{ identifier: tokenOf("b1"), expiresAt: NOW + 7 }])).toBe(
        0,
      );
      const ends = () => keeper.entries("deny", "manual").map(({ expiresAt }) => expiresAt);
      expect(ends()).toEqual([0, NOW + 9, 0]);
      expect(
        await keeper.addAll("deny", [{ identifier: tokenOf("b1"), expiresAt: NOW + 20 }]),
      ).toBe(0);
      expect(ends()).toEqual([0, NOW + 20, 0]);
      clock.now = (NOW + 20) * 1000;
      expect(ends()).toEqual([0, 0]);
      // What has expired is as good as never listed.
      expect(await keeper.addAll("deny", [{ identifier: tokenOf("b1"), expiresAt: 0 }])).toBe(1);
      expect(ends()).toEqual([0, 0, 0]);
    });

    test("lists none of many where one has no room, and keeps what was there", async () => {
      const installation = open();
      const { keeper } = installation;
      await keeper.add("deny", mallory);
      const wanted = Array.from({ length: 200 }, (_, i) => ({
        identifier: tokenOf(`w${i}`),
        expiresAt: 0,
      }));
      const all = [{ identifier: mallory, expiresAt: 0 }, ...wanted];
      await expect(keeper.addAll("deny", all)).rejects.toThrow(ListsFullError);
      expect([installation.flags(mallory), installation.flags(tokenOf("w0"))]).toEqual([MANUAL, 0]);
      expect([keeper.count("deny", "manual"), installation.lists.entries()]).toEqual([1, 1]);
      expect(await keeper.addAll("deny", wanted.slice(0, 50))).toBe(50);
    });

    test("adding what is there already changes nothing", async () => {
      const installation = open();
      const { keeper } = installation;
      await keeper.add("deny", mallory);
      const before = keeper.entries("deny", "manual");
      installation.clock.now += 60_000;
      await keeper.add("deny", mallory);
      expect(keeper.entries("deny", "manual")).toEqual(before);
    });

    test("an API key comes off the list in whatever case its header is spelt", async () => {
      const installation = open();
      const { keeper } = installation;
      const key = { kind: "api-key", name: "X-API-KEY", value: "k1" } as const;
      await keeper.add("deny", key);
      expect(keeper.entries("deny", "manual").map(({ name }) => name)).toEqual(["X-API-KEY"]);
      expect(await keeper.remove("deny", { ...key, name: "x-api-key" })).toBe(true);
      expect(installation.flags({ ...key, name: "x-api-key" })).toBe(0);
      expect(keeper.count("deny", "manual")).toBe(0);
    });

    test("removing takes a client off for every source at once", async () => {
      const installation = open();
      const { keeper } = installation;
      await keeper.add("deny", mallory);
      installation.detect(offence());
      expect(await keeper.remove("deny", mallory)).toBe(true);
      expect(installation.flags(mallory)).toBe(0);
      expect([keeper.count("deny", "manual"), keeper.count("deny", "method")]).toEqual([0, 0]);
    });

    test("an address that is none is refused and changes nothing", async () => {
      const { keeper } = open();
      await expect(keeper.add("deny", ipOf("300.1.1.1"))).rejects.toThrow(TypeError);
      await expect(keeper.remove("deny", ipOf("nonsense"))).rejects.toThrow(TypeError);
      expect(keeper.count("deny", "manual")).toBe(0);
    });

    test("commands given at once are carried out in their order", async () => {
      const installation = open();
      const { keeper } = installation;
      const done = [
        keeper.add("deny", mallory),
        keeper.remove("deny", mallory),
        keeper.add("deny", mallory),
        keeper.clear("deny"),
        keeper.add("deny", tokenOf("t2")),
      ];
      expect(await Promise.all(done)).toEqual([undefined, true, undefined, 1, undefined]);
      expect([installation.flags(mallory), installation.flags(tokenOf("t2"))]).toEqual([0, MANUAL]);
    });
  });

  describe("offences", () => {
    test("are committed together, each with its attack", async () => {
      const installation = open();
      const { keeper } = installation;
      installation.detect(offence(), offence({ source: "decoy", client: ipOf("192.0.2.1") }));
      await keeper.flush();
      expect(installation.attacks().map(({ code }) => code)).toEqual(["method", "decoy"]);
      expect([keeper.count("deny", "method"), keeper.count("deny", "decoy")]).toEqual([1, 1]);
      expect(keeper.entries("deny", "method")).toMatchObject([
        { api: "shop", requestId: "r-1", addedAt: NOW_MS, expiresAt: 0, kind: "token" },
      ]);
      expect(keeper.lostOffences).toBe(0);
    });

    test("are committed by themselves, without anybody asking", async () => {
      const installation = open();
      const { keeper } = installation;
      await new Promise<void>((resolve) => {
        installation.onCommit = resolve;
        installation.detect(offence());
      });
      await keeper.flush();
      expect(keeper.count("deny", "method")).toBe(1);
    });

    test("that come while detection is being switched off leave an attack and no denial", async () => {
      const installation = open();
      const { keeper } = installation;
      await keeper.add("deny", mallory);
      installation.detect(offence(), offence({ client: tokenOf("t2") }));
      installation.switches.set("ase_detected_attack", false);
      await keeper.flush();
      expect([installation.flags(mallory), installation.flags(tokenOf("t2"))]).toEqual([MANUAL, 0]);
      expect([keeper.count("deny", "method"), keeper.count("deny", "manual")]).toEqual([0, 1]);
      expect(installation.attacks()).toHaveLength(2);
    });

    test("of clients go when detection is switched off, and nothing else goes", async () => {
      const installation = open();
      const { keeper } = installation;
      await keeper.add("deny", mallory);
      await keeper.add("allow", ipOf("192.0.2.9"));
      const sources = ["decoy", "protocol", "method", "content-type", "missing-token"] as const;
      installation.detect(...sources.map((source) => offence({ source })));
      installation.switches.set("ase_detected_attack", false);
      expect(await keeper.dropDetected()).toBe(0);
      installation.switches.set("ase_detected_attack", true);
      installation.detect(...sources.map((source) => offence({ source })));
      await keeper.flush();
      installation.switches.set("ase_detected_attack", false);
      expect(await keeper.dropDetected()).toBe(sources.length);
      expect(installation.flags(mallory)).toBe(MANUAL);
      expect(installation.flags(ipOf("192.0.2.9"))).toBe(ALLOW);
      expect(sources.map((source) => keeper.count("deny", source))).toEqual([0, 0, 0, 0, 0]);
    });
  });

  describe("a flood of offences", () => {
    test("past the limit the oldest of that source give way, in memory and in the store", async () => {
      const installation = open(10);
      const { keeper } = installation;
      installation.detect(...flood(25));
      await keeper.flush();
      expect(keeper.count("deny", "method")).toBe(10);
      const flags = flood(25).map(({ client }) => installation.flags(client));
      expect(flags).toEqual([...Array(15).fill(0), ...Array(10).fill(METHOD)]);
    });

    test("never takes a manual entry, nor one of another source, nor the allow list", async () => {
      const installation = open(3);
      const { keeper } = installation;
      await keeper.add("deny", tokenOf("flood0"));
      await keeper.add("deny", mallory);
      await keeper.add("allow", tokenOf("flood1"));
      installation.detect(offence({ source: "decoy", client: ipOf("192.0.2.1") }));
      installation.detect(...flood(20));
      await keeper.flush();
      expect(installation.flags(tokenOf("flood0"))).toBe(MANUAL);
      expect(installation.flags(mallory)).toBe(MANUAL);
      expect(installation.flags(tokenOf("flood1"))).toBe(ALLOW);
      expect(installation.flags(ipOf("192.0.2.1"))).toBe(denyFlag("decoy"));
      expect(keeper.count("deny", "manual")).toBe(2);
    });

    test("who is trimmed and offends again is denied again", async () => {
      const installation = open(2);
      const { keeper } = installation;
      installation.detect(...flood(5));
      await keeper.flush();
      installation.detect(offence({ client: tokenOf("flood0") }));
      await keeper.flush();
      expect(installation.flags(tokenOf("flood0"))).toBe(METHOD);
      expect(installation.flags(tokenOf("flood3"))).toBe(0);
      expect(keeper.count("deny", "method")).toBe(2);
    });
  });

  describe("memory that has room for some entries only", () => {
    test("refuses a command past it, and changes nothing", async () => {
      const installation = open();
      const { keeper } = installation;
      const clients = flood(150).map(({ client }) => client);
      const outcomes = await Promise.allSettled(clients.map((one) => keeper.add("deny", one)));
      const refused = outcomes.filter((outcome) => outcome.status === "rejected");
      expect(refused.length).toBeGreaterThan(0);
      for (const { reason } of refused) {
        expect(reason).toBeInstanceOf(ListsFullError);
        expect(reason).toMatchObject({ code: "ERR_LISTS_FULL", name: "ListsFullError" });
      }
      const added = clients.length - refused.length;
      expect(added).toBeGreaterThan(50);
      expect(keeper.count("deny", "manual")).toBe(added);
      const flags = outcomes.map(({ status }) => (status === "fulfilled" ? MANUAL : 0));
      expect(clients.map(installation.flags)).toEqual(flags);
    });

    test("still takes who was on the lists before", async () => {
      const installation = open();
      const { keeper } = installation;
      const clients = flood(150).map(({ client }) => client);
      await Promise.allSettled(clients.map((one) => keeper.add("deny", one)));
      await keeper.remove("deny", tokenOf("flood0"));
      await keeper.add("deny", tokenOf("flood0"));
      expect(installation.flags(tokenOf("flood0"))).toBe(MANUAL);
    });
  });
});
