import { formatAddress, parseAddress } from "@portcullis/core";
import { expect, test, vi } from "vitest";

import { AddressTexts } from "../src/server/address-texts.ts";

vi.mock("@portcullis/core", { spy: true });

test("an address has its own text, whichever place it shares with others", () => {
  const texts = new AddressTexts();
  const address = Uint32Array.of(0x2001_0db8, 0, 0, 1);
  const wrong: string[] = [];
  for (let at = 1; at <= 20_000; at++) {
    const near = address.slice();
    near[at % 4] = ((near[at % 4] ?? 0) ^ Math.imul(at, 0x0100_0193)) >>> 0;
    if (texts.textOf(near) !== formatAddress(near)) wrong.push(formatAddress(near));
    if (texts.textOf(address) !== "2001:db8::1") wrong.push(`after ${formatAddress(near)}`);
  }
  expect(wrong).toEqual([]);
});

test("of a thousand clients in turn each is written once, but for a few", () => {
  const texts = new AddressTexts();
  const clients = Array.from({ length: 1000 }, (_, at) =>
    Uint32Array.of(0x2001_0db8, Math.imul(at, 0x9e37_79b1) >>> 0, 0, 1),
  );
  const writeAll = (): number => {
    vi.mocked(formatAddress).mockClear();
    for (const client of clients) texts.textOf(client);
    return vi.mocked(formatAddress).mock.calls.length;
  };
  expect(writeAll()).toBe(1000);
  expect(writeAll()).toBeLessThan(20);
});

test.for(["0.0.0.0", "::", "10.0.0.1", "::1", "255.255.255.255", "2001:db8::ffff"])(
  "%s is written as ever, the first time and the second",
  (text) => {
    const texts = new AddressTexts();
    const address = new Uint32Array(4);
    expect(parseAddress(text, address)).toBe(true);
    expect([texts.textOf(address), texts.textOf(address)]).toEqual([text, text]);
  },
);
