import { formatAddress, parseAddress } from "@portcullis/core";
import { expect, test } from "vitest";

import { AddressTexts } from "../src/server/address-texts.ts";

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

test.for(["0.0.0.0", "::", "10.0.0.1", "::1", "255.255.255.255", "2001:db8::ffff"])(
  "%s is written as ever, the first time and the second",
  (text) => {
    const texts = new AddressTexts();
    const address = new Uint32Array(4);
    expect(parseAddress(text, address)).toBe(true);
    expect([texts.textOf(address), texts.textOf(address)]).toEqual([text, text]);
  },
);
