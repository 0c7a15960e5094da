// Writes batches in a loop and says the number of each one that was acknowledged.
const [url = "", directory = "", first = ""] = process.argv.slice(2);
const { openStore } = await import(url);
const store = openStore({ directory, key: new Uint8Array(32).fill(7), values: "encrypted" });

const entryOf = (value) => ({
  list: "deny",
  kind: "token",
  name: "",
  value,
  source: "method",
  addedAt: 1,
  expiresAt: 0,
  key: new Uint8Array(16),
  prefix: 0,
});
const attackOf = (number) => ({
  at: number,
  api: "shop",
  code: "method",
  client: { kind: "token", name: "", value: `${number}` },
  ip: "203.0.113.9",
  method: "PUT",
  path: "/shop",
  requestId: `${number}`,
});

for (let number = Number(first); ; number++) {
  const entries = Array.from({ length: 20 }, (_, i) => entryOf(`${number}-${i}`));
  await Promise.all([
    store.lists.put(entries),
    store.attacks.append([attackOf(number), attackOf(number)]),
    number > 2 ? store.lists.remove("deny", entryOf(`${number - 2}-0`)) : undefined,
  ]);
  process.stdout.write(`${number}\n`);
}
