import { type AddressWords, allocateLists, denyFlag } from "@portcullis/core";
import { bytesPerCall } from "@portcullis/testkit/hot-path";
import { describe, expect, test, vi } from "vitest";

import { KnownAddresses } from "../src/known-addresses.ts";
import { attachLists, NOW } from "./engine-fixture.ts";

const MANUAL = denyFlag("manual");
const METHOD = denyFlag("method");
const DENIED = Uint32Array.of(0x2001_0db8, 0x0000_00ff, 0xfedc_ba98, 0x8000_0001);

function twoThreads() {
  const buffers = allocateLists(1024);
  const lists = attachLists(buffers, 1);
  const known = new KnownAddresses();
  const look = (address: AddressWords, now = NOW): number =>
    known.flags(address, lists, lists.generation(), now);
  return { look, elsewhere: attachLists(buffers, 2), lists };
}

/** `count` addresses, unlike `address` in one word each; enough of them to share its place. */
function* neighbours(address: AddressWords, count: number): Generator<AddressWords> {
  for (let at = 1; at <= count; at++) {
    const near = address.slice();
    near[at % 4] = ((near[at % 4] ?? 0) ^ Math.imul(at, 0x0100_0193)) >>> 0;
    yield near;
  }
}

describe("what was said of an address", () => {
  test("is said of no other, whichever place it shares", () => {
    const { elsewhere, look } = twoThreads();
    elsewhere.addAddress(DENIED, 128, MANUAL, 0, NOW);
    for (const near of neighbours(DENIED, 50_000)) {
      expect(look(DENIED)).toBe(MANUAL);
      expect(look(near)).toBe(0);
    }
  });

  test("is given up at once when another thread lists it or lets it go", () => {
    const { elsewhere, look } = twoThreads();
    expect(look(DENIED)).toBe(0);
    elsewhere.addAddress(DENIED, 128, METHOD, 0, NOW);
    expect(look(DENIED)).toBe(METHOD);
    elsewhere.addAddress(DENIED, 64, MANUAL, 0, NOW);
    expect(look(DENIED)).toBe(METHOD | MANUAL);
    elsewhere.removeAddress(DENIED, 128, METHOD, NOW);
    expect(look(DENIED)).toBe(MANUAL);
    elsewhere.removeFlags(MANUAL);
    expect(look(DENIED)).toBe(0);
  });

  test("ends with the entry, without any change of the lists", () => {
    const { elsewhere, look } = twoThreads();
    elsewhere.addAddress(DENIED, 128, METHOD, NOW + 10, NOW);
    const seconds = [NOW, NOW + 9, NOW + 10, NOW + 11];
    expect(seconds.map((now) => look(DENIED, now))).toEqual([METHOD, METHOD, 0, 0]);
  });

  test("is not kept where the lists changed while they were asked", () => {
    const { elsewhere, lists } = twoThreads();
    const known = new KnownAddresses();
    const before = lists.generation();
    elsewhere.addAddress(DENIED, 128, MANUAL, 0, NOW);
    expect(known.flags(DENIED, lists, before, NOW)).toBe(MANUAL);
    elsewhere.removeAddress(DENIED, 128, MANUAL, NOW);
    expect(known.flags(DENIED, lists, lists.generation(), NOW)).toBe(0);
  });

  test("is not there before anybody asked, not even of the address that is all zeros", () => {
    const { elsewhere, look } = twoThreads();
    const zeros = new Uint32Array(4);
    elsewhere.addAddress(zeros, 128, MANUAL, 0, NOW);
    expect(look(zeros)).toBe(MANUAL);
  });

  test("is known of a thousand clients in turn, but for a few", () => {
    const { lists } = twoThreads();
    const known = new KnownAddresses();
    const asked = vi.spyOn(lists, "addressFlags");
    const clients = Array.from({ length: 1000 }, (_, at) => [
      Uint32Array.of(0, 0, 0xffff, 0xc612_0000 + at),
      Uint32Array.of(0x2001_0db8, Math.imul(at, 0x9e37_79b1) >>> 0, 0, 1),
    ]).flat();
    const lookAtAll = (): void => {
      for (const client of clients) known.flags(client, lists, lists.generation(), NOW);
    };
    lookAtAll();
    asked.mockClear();
    lookAtAll();
    expect(asked.mock.calls.length).toBeLessThan(40);
  });

  test("costs no memory, known or not", () => {
    const { look } = twoThreads();
    const address = DENIED.slice();
    let last = 0;
    const next = (): void => {
      address[3] = last++ >>> 1;
      look(address);
    };
    expect(bytesPerCall(next)).toBeLessThan(4);
  });
});
