// Writes until the disk is full, then says what was acknowledged and what can still be read.
const [url = "", directory = ""] = process.argv.slice(2);
const { openStore } = await import(url);
const store = openStore({ directory, key: new Uint8Array(32).fill(7), values: "encrypted" });

let acknowledged = 0;
let code;
while (code === undefined) {
  const entries = Array.from({ length: 100 }, (_, i) => ({
    list: "deny",
    kind: "token",
    name: "",
    value: `${acknowledged + i}`.padStart(200, "x"),
    source: "method",
    addedAt: 1,
    expiresAt: 0,
    key: new Uint8Array(16),
    prefix: 0,
  }));
  try {
    acknowledged += await store.lists.put(entries);
  } catch (error) {
    code = error.code;
  }
}
const readable = [...store.lists.entries()].length;
await store.close();
process.stdout.write(JSON.stringify({ code, acknowledged, readable }));
