import { endianness } from "node:os";

import { parseAddress } from "@portcullis/core";
import { describe, expect, test } from "vitest";

import { countConnections } from "../src/control/connection-table.ts";
import { type AddressKey, addressKeyOf } from "../src/server/address-key.ts";

const HEAD =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const REST =
  "00000000:00000000 00:00000000 00000000     0        0 12345 1 0000000000000000 20 4 30 10 -1";

/** A row as Linux prints it on a little-endian machine. */
function row(local: string, remote: string, state = "01"): string {
  return `   0: ${local} ${remote} ${state} ${REST}\n`;
}

function keyOf(text: string): AddressKey {
  const words = new Uint32Array(4);
  if (!parseAddress(text, words)) throw new TypeError(text);
  return addressKeyOf(words);
}

function count(rows: readonly string[], exempt = ""): Record<string, number> {
  const counts = new Map<AddressKey, number>();
  const isExempt = (address: Uint32Array): boolean =>
    exempt !== "" && addressKeyOf(address) === keyOf(exempt);
  countConnections(HEAD + rows.join(""), [8000, 8443], isExempt, counts);
  return Object.fromEntries(counts);
}

const only = (address: string, connections: number): Record<string, number> => ({
  [keyOf(address)]: connections,
});

describe.skipIf(endianness() !== "LE")(
  "the kernel's table (rows of a little-endian machine)",
  () => {
    const at8000 = "0100007F:1F40";
    test.for([
      {
        name: "two of one address",
        rows: [row(at8000, "057100CB:D2F4"), row(at8000, "057100CB:D2F5")],
        want: only("203.0.113.5", 2),
      },
      {
        name: "the other port",
        rows: [row("0100007F:20FB", "057100CB:D2F4")],
        want: only("203.0.113.5", 1),
      },
      { name: "a port that is not ours", rows: [row("0100007F:1F41", "057100CB:D2F4")], want: {} },
      {
        name: "one that the client has closed and we have not",
        rows: [row(at8000, "057100CB:D2F4", "08")],
        want: only("203.0.113.5", 1),
      },
      { name: "one that listens", rows: [row(at8000, "00000000:0000", "0A")], want: {} },
      { name: "one that is over and waits", rows: [row(at8000, "057100CB:D2F4", "06")], want: {} },
      {
        name: "IPv4 at a listener of IPv6",
        rows: [
          row("00000000000000000000000000000000:1F40", "0000000000000000FFFF0000057100CB:D2F4"),
        ],
        want: only("203.0.113.5", 1),
      },
      {
        name: "two addresses of one network of IPv6",
        rows: [
          row("00000000000000000000000000000000:1F40", "B80D0120000000000000000001000000:D2F4"),
          row("00000000000000000000000000000000:1F40", "B80D0120000000000000000002000000:D2F4"),
        ],
        want: only("2001:db8::1", 2),
      },
      {
        name: "an address past 2^31, which is no negative one",
        rows: [row(at8000, "FEFFFFFF:D2F4")],
        want: only("255.255.255.254", 1),
      },
      { name: "nothing but the head", rows: [], want: {} },
    ])("$name", ({ rows, want }) => {
      expect(count(rows)).toEqual(want);
    });

    test("leaves out who is exempt", () => {
      expect(
        count([row(at8000, "057100CB:D2F4"), row(at8000, "067100CB:D2F4")], "203.0.113.5"),
      ).toEqual(only("203.0.113.6", 1));
    });
  },
);
