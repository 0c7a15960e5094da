/** A JSON object under construction: what a test changes in the base definition. */
export type Json = Readonly<Record<string, unknown>>;

/** The smallest definition without an issue, with `changes` to its `api_metadata`. */
export function definitionOf(changes: Json = {}): Json {
  return {
    api_metadata: {
      url: "/shop",
      hostname: "*",
      servers: [{ host: "127.0.0.1", port: 8080 }],
      ...changes,
    },
  };
}

/** A definition whose field at `path` has `value`, and whose other fields are good. */
export function definitionWith(path: string, value: unknown): Json {
  const [, ...keys] = path.split(".");
  const [first = "", ...rest] = keys;
  if (first === "servers[]") {
    return definitionOf({ servers: [{ host: "a.example", port: 80, [rest[0] ?? ""]: value }] });
  }
  let nested: unknown = value;
  for (const key of rest.toReversed()) nested = { [key]: nested };
  return definitionOf({ [first]: nested });
}
