import { endianness } from "node:os";

import type { AddressWords } from "@portcullis/core";

import { type AddressKey, addressKeyOf } from "../server/address-key.ts";

/** `/proc/net/tcp` and `tcp6`: local and remote `ADDRESS:PORT` in hexadecimal, then the state. */
const ROW =
  /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) ([0-9A-F]{8}|[0-9A-F]{32}):[0-9A-F]{4} ([0-9A-F]{2}) /gm;
/** Open on our side: established, and closed by the other side only. */
const OPEN_STATES: ReadonlySet<string> = new Set(["01", "08"]);
const IPV4_PREFIX = 0xffff;
const IS_LITTLE = endianness() === "LE";

/**
 * Counts the open connections in a table of the kernel's to one of `ports`, by who is at the other
 * end, into `counts`. Addresses that `isExempt` takes are left out.
 */
export function countConnections(
  table: string,
  ports: readonly number[],
  isExempt: (address: AddressWords) => boolean,
  counts: Map<AddressKey, number>,
): void {
  const address = new Uint32Array(4);
  for (const [, port = "", remote = "", state = ""] of table.matchAll(ROW)) {
    if (!OPEN_STATES.has(state) || !ports.includes(Number.parseInt(port, 16))) continue;
    readKernelAddress(remote, address);
    if (isExempt(address)) continue;
    const key = addressKeyOf(address);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
}

/** The kernel prints each word of 32 bits as the number that its bytes are on this machine. */
function readKernelAddress(text: string, address: AddressWords): void {
  if (text.length === 8) {
    address.fill(0);
    address[2] = IPV4_PREFIX;
    address[3] = networkOrder(text, 0);
    return;
  }
  for (let word = 0; word < 4; word++) address[word] = networkOrder(text, 8 * word);
}

function networkOrder(text: string, at: number): number {
  const word = Number.parseInt(text.slice(at, at + 8), 16);
  if (!IS_LITTLE) return word;
  return ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
