import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import {
  StoreClosedError,
  StoreCorruptError,
  type StoreError,
  StoreKeyError,
  StoreOpenError,
  StoreVersionError,
} from "../src/errors.ts";
import { RecordCodec } from "../src/lmdb/record-codec.ts";
import { attack, entry, freshDirectory, openTestStore } from "./fixtures.ts";
import { filled, tamper, writeForeign } from "./tamper.ts";

const dataFile = (directory: string): string => join(directory, "store.mdb");
const contentOf = (directory: string): string =>
  statSync(dataFile(directory)).isFile() ? readFileSync(dataFile(directory), "latin1") : "";

/** How much of a mapped file is resident (proc_pid_smaps(5)). */
function mappedKib(path: string): number {
  const smaps = readFileSync("/proc/self/smaps", "utf8");
  const sizes = smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).map((mapping) => {
    const isOfFile = mapping.slice(0, mapping.indexOf("\n")).endsWith(path);
    return isOfFile ? Number(/^Rss: +(\d+) kB$/m.exec(mapping)?.[1]) : 0;
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}

describe("a directory", () => {
  test("is made for its owner alone, and so are the files", async () => {
    const directory = join(freshDirectory(), "a", "state");
    await filled(directory);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(directory)) {
      expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    }
  });

  test("keeps everything across a restart", async () => {
    const directory = freshDirectory();
    await filled(directory);
    const store = openTestStore(directory);
    expect(Array.from(store.lists.entries(), (e) => e.value)).toEqual(["a", "b", "c"]);
    expect([...store.attacks.between({ from: 0, to: 9 })]).toHaveLength(3);
    expect(store.switches.get("firewall")).toBe(false);
    await store.lists.put([entry({ value: "d" })]);
    expect(Array.from(store.lists.entries(), (e) => e.value)).toEqual(["a", "b", "c", "d"]);
  });

  test("is not read on, after its pages were released, by who had begun before", async () => {
    const directory = freshDirectory();
    await filled(directory);
    const store = openTestStore(directory);
    const begun = store.lists.keys()[Symbol.iterator]();
    begun.next();
    const left = store.lists.entries()[Symbol.iterator]();
    left.next();
    const fresh = store.lists.keys();
    await store.releasePages();
    expect([...fresh]).toHaveLength(3);
    expect(() => begun.next()).toThrow(StoreClosedError);
    left.return?.();
    expect(Array.from(store.lists.entries(), (e) => e.value)).toEqual(["a", "b", "c"]);
  });

  test.for([
    { name: "an empty one lies, which lacks its tables", content: "" },
    { name: "something else lies", content: "no store" },
  ])("is not opened again where $name meanwhile", async ({ content }) => {
    const directory = freshDirectory();
    await filled(directory);
    const store = openTestStore(directory);
    const released = store.releasePages();
    renameSync(dataFile(directory), join(directory, "aside"));
    writeFileSync(dataFile(directory), content);
    await expect(released).rejects.toThrow(StoreCorruptError);
    expect(() => store.switches.get("firewall")).toThrow(StoreClosedError);
    await store.close();
  });

  test.skipIf(process.platform !== "linux")(
    "takes none of the memory of what was read, once its pages are released",
    async () => {
      const directory = freshDirectory();
      const store = openTestStore(directory);
      const many = Array.from({ length: 10_000 }, (_, at) => entry({ value: `value ${at}` }));
      await store.lists.put(many);
      expect([...store.lists.keys()]).toHaveLength(many.length);
      const read = mappedKib(dataFile(directory));
      expect(read).toBeGreaterThan(1000);
      await store.releasePages();
      expect(mappedKib(dataFile(directory))).toBeLessThan(read / 4);
    },
  );

  test.for(["encrypted", "hashed"] as const)(
    "%s, shows no value to a reader of the disk",
    async (values) => {
      const directory = freshDirectory();
      const secret = "eyJhbGciOiJIUzI1NiJ9.secret";
      const store = openTestStore(directory, { values });
      await store.lists.put([
        entry({ value: secret }),
        entry({ kind: "cookie", name: "JSESSIONID", value: secret }),
      ]);
      await store.attacks.append([
        attack({ client: { kind: "token", name: "", value: secret }, path: `/reset/${secret}` }),
      ]);
      await store.close();
      for (const name of readdirSync(directory)) {
        const bytes = readFileSync(join(directory, name));
        expect(bytes.includes(secret)).toBe(false);
        expect(bytes.includes(Buffer.from(secret, "utf16le"))).toBe(false);
      }
    },
  );
});

const withSchema = async (directory: string, schema: readonly unknown[]): Promise<void> => {
  await filled(directory);
  await tamper(directory, "meta", (bytes, index) =>
    index === 2 ? new RecordCodec().encode(schema) : bytes,
  );
};

describe("what is not a store of ours is refused and left as it is", () => {
  interface Row {
    readonly name: string;
    readonly prepare: (directory: string) => Promise<void> | void;
    readonly key?: Uint8Array;
    readonly want: new (...args: never[]) => StoreError;
  }
  test.for<Row>([
    { name: "another key", prepare: filled, key: new Uint8Array(32), want: StoreKeyError },
    {
      name: "a key of another length",
      prepare: filled,
      key: new Uint8Array(16),
      want: StoreKeyError,
    },
    {
      name: "a newer version",
      prepare: (directory) => withSchema(directory, ["portcullis", 2, Buffer.alloc(0)]),
      want: StoreVersionError,
    },
    {
      name: "another product's schema",
      prepare: (directory) => withSchema(directory, ["other", 1, Buffer.alloc(0)]),
      want: StoreCorruptError,
    },
    {
      name: "a damaged schema record",
      prepare: async (directory) => {
        await filled(directory);
        await tamper(directory, "meta", (bytes) => bytes.subarray(0, 2));
      },
      want: StoreCorruptError,
    },
    {
      name: "another program's LMDB with a table of the same name",
      prepare: (directory) => writeForeign(directory, "meta"),
      want: StoreCorruptError,
    },
    {
      name: "another program's LMDB with other tables",
      prepare: (directory) => writeForeign(directory, "t"),
      want: StoreCorruptError,
    },
    {
      name: "a text",
      prepare: (directory) => writeFileSync(dataFile(directory), "no database ".repeat(5_000)),
      want: StoreCorruptError,
    },
    {
      name: "a few bytes",
      prepare: (directory) => writeFileSync(dataFile(directory), "x"),
      want: StoreCorruptError,
    },
    {
      name: "a file cut to half",
      prepare: async (directory) => {
        await filled(directory);
        truncateSync(dataFile(directory), statSync(dataFile(directory)).size / 2);
      },
      want: StoreCorruptError,
    },
    {
      name: "a file cut to its first page",
      prepare: async (directory) => {
        await filled(directory);
        truncateSync(dataFile(directory), 4_096);
      },
      want: StoreCorruptError,
    },
    {
      name: "a directory in the place of the file",
      prepare: (directory) => mkdirSync(dataFile(directory)),
      want: StoreOpenError,
    },
  ])("$name", async ({ prepare, key, want }) => {
    const directory = freshDirectory();
    await prepare(directory);
    const before = contentOf(directory);
    expect(() => openTestStore(directory, key === undefined ? {} : { key })).toThrow(want);
    expect(contentOf(directory)).toBe(before);
  });

  test("a file in the place of the directory", () => {
    const path = join(freshDirectory(), "file");
    writeFileSync(path, "kept");
    expect(() => openTestStore(path)).toThrow(StoreOpenError);
    expect(() => openTestStore(join(path, "state"))).toThrow(StoreOpenError);
    expect(readFileSync(path, "utf8")).toBe("kept");
  });

  test("refused with the wrong key, it opens with the right one", async () => {
    const directory = freshDirectory();
    await filled(directory);
    expect(() => openTestStore(directory, { key: new Uint8Array(32) })).toThrow(StoreKeyError);
    expect([...openTestStore(directory).lists.entries()]).toHaveLength(3);
  });

  test("a file without pages that no record is on is whole", async () => {
    const directory = freshDirectory();
    await filled(directory);
    const size = statSync(dataFile(directory)).size;
    const copy = freshDirectory();
    copyFileSync(dataFile(directory), dataFile(copy));
    // The newest meta page claims one page more than any table has.
    const bytes = readFileSync(dataFile(copy));
    for (const meta of [0, 4_096]) {
      bytes.writeBigUInt64LE(BigInt(size / 4_096), meta + 144);
    }
    writeFileSync(dataFile(copy), bytes);
    expect([...openTestStore(copy).lists.entries()]).toHaveLength(3);
  });
});
