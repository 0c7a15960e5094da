import { Environment } from "../src/lmdb/environment.ts";
import { attack, entry, openTestStore } from "./fixtures.ts";

/** Leaves a closed store of three entries, three attacks and a switch in the directory. */
export async function filled(directory: string): Promise<void> {
  const store = openTestStore(directory);
  await store.lists.put([entry({ value: "a" }), entry({ value: "b" }), entry({ value: "c" })]);
  await store.attacks.append([1, 2, 3].map((at) => attack({ at })));
  await store.switches.set("firewall", false);
  await store.close();
}

/** Changes every row of one table behind the store's back. */
export async function tamper(
  directory: string,
  name: string,
  change: (bytes: Buffer, index: number) => Buffer,
): Promise<void> {
  const environment = new Environment(directory);
  const table = environment.table(name);
  const rows = [...table.range({})];
  await environment.commit(() => {
    for (const [index, { key, value }] of rows.entries()) table.put(key, change(value, index));
  });
  await environment.close();
}

/** Puts one row into one table of an environment that is not a store's. */
export async function writeForeign(directory: string, name: string): Promise<void> {
  const environment = new Environment(directory);
  const table = environment.table(name);
  await environment.commit(() => table.put(Buffer.from("k"), Buffer.from("theirs")));
  await environment.close();
}
