import { bytesPerCall } from "@portcullis/testkit/hot-path";
import { check, constantFrom, nat, oneof, property } from "fast-check";
import { describe, expect, test } from "vitest";

import { formatAddress } from "../../src/identity/ip-address-format.ts";
import {
  applyPrefix,
  isIpv4,
  parseAddress,
  parseAddressIn,
  readAddressBytes,
} from "../../src/identity/ip-address.ts";

const words = new Uint32Array(4);

function oneForm(text: string): string | undefined {
  words.fill(0xdead_beef);
  return parseAddress(text, words) ? formatAddress(words) : undefined;
}

describe("one form for an address", () => {
  test.for([
    { name: "IPv4", text: "203.0.113.9", want: "203.0.113.9" },
    { name: "the lowest IPv4", text: "0.0.0.0", want: "0.0.0.0" },
    { name: "the highest IPv4", text: "255.255.255.255", want: "255.255.255.255" },
    { name: "mapped IPv4", text: "::ffff:203.0.113.9", want: "203.0.113.9" },
    { name: "mapped IPv4 in groups", text: "::FFFF:cb00:7109", want: "203.0.113.9" },
    { name: "mapped IPv4 written out", text: "0:0:0:0:0:ffff:203.0.113.9", want: "203.0.113.9" },
    { name: "translated IPv4 (NAT64)", text: "64:ff9b::203.0.113.9", want: "203.0.113.9" },
    { name: "translated IPv4 in groups", text: "0064:FF9B::cb00:7109", want: "203.0.113.9" },
    { name: "a translator's own prefix is IPv6", text: "64:ff9b:1::1", want: "64:ff9b:1::1" },
    { name: "6to4 stays IPv6", text: "2002:cb00:7109::1", want: "2002:cb00:7109::1" },
    { name: "IPv4-compatible stays IPv6", text: "::203.0.113.9", want: "::cb00:7109" },
    { name: "nothing", text: "::", want: "::" },
    { name: "loopback", text: "::1", want: "::1" },
    { name: "loopback written out", text: "0000:0000:0000:0000:0000:0000:0000:0001", want: "::1" },
    { name: "upper case", text: "2001:DB8::A", want: "2001:db8::a" },
    { name: "a gap at the end", text: "2001:db8::", want: "2001:db8::" },
    { name: "the first of two equal gaps", text: "2001:0:0:1:0:0:1:1", want: "2001::1:0:0:1:1" },
    { name: "the longer of two gaps", text: "2001:0:0:1:0:0:0:1", want: "2001:0:0:1::1" },
    {
      name: "a single zero group stays",
      text: "2001:db8:0:1:1:1:1:1",
      want: "2001:db8:0:1:1:1:1:1",
    },
    { name: "a gap of one group", text: "1:2:3:4:5:6:7::", want: "1:2:3:4:5:6:7:0" },
    { name: "a gap of one group in front", text: "::2:3:4:5:6:7:8", want: "0:2:3:4:5:6:7:8" },
  ])("$name", ({ text, want }) => {
    expect(oneForm(text)).toBe(want);
  });
});

describe("what is no address", () => {
  test.for([
    "",
    " 192.0.2.1",
    "192.0.2.1 ",
    "192.0.2",
    "192.0.2.1.1",
    "192.0.2.256",
    "192.0.2.01",
    "192.0.2.00",
    "0300.0.2.1",
    "0xc0.0.2.1",
    "192.0.2.",
    ".192.0.2.1",
    "192..2.1",
    "192.0.2.-1",
    "192.0.2.1:80",
    "192.0.2.1/32",
    "3221225985",
    "127.1",
    ":",
    ":::",
    "1:",
    ":1",
    "1::2::3",
    "::1::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "::1:2:3:4:5:6:7:8",
    "12345::",
    "g::",
    "::1%eth0",
    "fe80::1%25eth0",
    "[::1]",
    "::ffff:192.0.2.256",
    "::ffff:192.0.2",
    "::192.0.2.1:1",
    "1:2:3:4:5:6:7:192.0.2.1",
    "::ffff:192.0.2.1:80",
    "unknown",
    "_hidden",
    "::\uff11",
    "\u0661.0.0.1",
  ])("%j", (text) => {
    expect(oneForm(text)).toBeUndefined();
  });
});

test("an address is read in place, whatever stands around it", () => {
  expect(parseAddressIn("x, 192.0.2.1, y", 3, 12, words)).toBe(true);
  expect(formatAddress(words)).toBe("192.0.2.1");
  expect(parseAddressIn("::1::", 0, 3, words)).toBe(true);
  expect(parseAddressIn("1:::", 0, 2, words)).toBe(false);
  expect(parseAddressIn("::", 0, 1, words)).toBe(false);
});

describe("raw bytes", () => {
  test.for([
    { name: "four", bytes: [203, 0, 113, 9], want: "203.0.113.9" },
    {
      name: "sixteen",
      bytes: [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe, 0, 1],
      want: "2001:db8::fffe:1",
    },
    {
      name: "sixteen of mapped IPv4",
      bytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 113, 9],
      want: "203.0.113.9",
    },
    {
      name: "sixteen of translated IPv4",
      bytes: [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 203, 0, 113, 9],
      want: "203.0.113.9",
    },
    { name: "none", bytes: [], want: undefined },
    { name: "five", bytes: [1, 2, 3, 4, 5], want: undefined },
  ])("$name", ({ bytes, want }) => {
    words.fill(0xdead_beef);
    const isRead = readAddressBytes(Uint8Array.from(bytes), words);
    expect(isRead ? formatAddress(words) : undefined).toBe(want);
  });
});

describe("prefixes", () => {
  test.for([
    { name: "a /64", text: "2001:db8:1:2:3:4:5:6", prefix: 64, want: "2001:db8:1:2::" },
    { name: "a /65", text: "2001:db8:1:2:ffff:4:5:6", prefix: 65, want: "2001:db8:1:2:8000::" },
    { name: "nothing", text: "2001:db8::1", prefix: 0, want: "::" },
    { name: "everything", text: "ffff::ffff", prefix: 128, want: "ffff::ffff" },
    { name: "an IPv4 /24", text: "203.0.113.9", prefix: 120, want: "203.0.113.0" },
    { name: "all of IPv4", text: "203.0.113.9", prefix: 96, want: "0.0.0.0" },
  ])("$name", ({ text, prefix, want }) => {
    parseAddress(text, words);
    applyPrefix(words, prefix);
    expect(formatAddress(words)).toBe(want);
  });
});

test("any address reads back from its one text, in one form", () => {
  const word = oneof(constantFrom(0, 1, 0xffff, 0x64ff9b, 0xffff_0000), nat(0xffff_ffff));
  const holds = property(word, word, word, word, (...given) => {
    const address = Uint32Array.from(given);
    const isRead = parseAddress(formatAddress(address), words);
    const isSame = words.every((value, index) => value === address[index]);
    return isRead && (isSame || isIpv4(words));
  });
  expect(check(holds, { numRuns: 1000 }).counterexample).toBeNull();
});

test.for(["203.0.113.9", "2001:db8:1:2:3:4:5:6", "::ffff:203.0.113.9", "not an address"])(
  "parsing %s costs no allocation",
  (text) => {
    expect(bytesPerCall(() => parseAddress(text, words))).toBeLessThan(4);
  },
);
