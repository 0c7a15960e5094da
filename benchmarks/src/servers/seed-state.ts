import { hkdfSync } from "node:crypto";
import { join } from "node:path";

import { openState } from "@portcullis/config";
import {
  type ClientIdentifier,
  compileHashKey,
  type HashKey,
  hashIdentifier,
  IDENTIFIER_KINDS,
  KEY_WORDS,
  parseAddress,
} from "@portcullis/core";
import { type ListEntry, openStore } from "@portcullis/store";

import type { DeniedIdentifiers } from "../workload/denied-identifiers.ts";

const BATCH = 5000;
const ADDRESS_BITS = 128;

/**
 * Makes a state directory in which `denied` are denied by hand.
 *
 * Fifty thousand commands over REST, each committed to disk, would take longer than the
 * measurement. Should the proxy ever derive its key in another way, then these entries deny nobody,
 * and the test before the measurement says so.
 */
export async function seedState(directory: string, denied: DeniedIdentifiers): Promise<void> {
  const state = openState(directory);
  const installationKey = Buffer.from(state.installationKey, "hex");
  const store = openStore({
    directory: join(state.directory, "store"),
    key: installationKey,
    values: "encrypted",
  });
  const derived = hkdfSync("sha256", installationKey, "", "portcullis list keys", 16);
  const hashKey = compileHashKey(new Uint8Array(derived));
  const entries = Array.from(denied.identifiers(), (identifier) => entryOf(identifier, hashKey));
  for (let from = 0; from < entries.length; from += BATCH) {
    await store.lists.put(entries.slice(from, from + BATCH));
  }
  await store.close();
  state.close();
}

function entryOf(identifier: ClientIdentifier, hashKey: HashKey): ListEntry {
  const isAddress = identifier.kind === "ip";
  return {
    ...identifier,
    list: "deny",
    source: "manual",
    key: bytesOf(isAddress ? addressWords(identifier.value) : hashWords(identifier, hashKey)),
    prefix: isAddress ? ADDRESS_BITS : 0,
    expiresAt: 0,
    addedAt: Date.now(),
  };
}

function hashWords({ kind, name, value }: ClientIdentifier, hashKey: HashKey): Int32Array {
  const words = new Int32Array(KEY_WORDS);
  hashIdentifier(hashKey, IDENTIFIER_KINDS.indexOf(kind), name, value, words, 0);
  return words;
}

function addressWords(text: string): Uint32Array {
  const words = new Uint32Array(KEY_WORDS);
  if (!parseAddress(text, words)) throw new TypeError("a denied address that is none");
  return words;
}

function bytesOf(words: Int32Array | Uint32Array): Uint8Array {
  const bytes = new Uint8Array(KEY_WORDS * 4);
  const view = new DataView(bytes.buffer);
  words.forEach((word, at) => view.setInt32(at * 4, word));
  return bytes;
}
