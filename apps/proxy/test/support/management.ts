import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Answer } from "./answer.ts";
import type { ProxyProcess } from "./proxy-process.ts";
import { ask } from "./request.ts";

/** An identifier in the words of the management API. */
export interface Identifier {
  readonly type: string;
  readonly name?: string;
  readonly value: string;
}

export type ListWord = "blacklist" | "whitelist";

/** Asks the management API; `path` is below `/v4/ase`. */
export function manage(
  proxy: ProxyProcess,
  method: string,
  path: string,
  body?: string,
): Promise<Answer> {
  return ask(proxy.managementPort, {
    method,
    path: `/v4/ase${path}`,
    headers: {
      "x-ase-access-key": "admin",
      "x-ase-secret-key": proxy.secret,
      "content-type": "application/json",
    },
    ...(body === undefined ? {} : { body }),
  });
}

/** As `manage`, for what must succeed; resolves to the JSON of the answer. */
export async function change(
  proxy: ProxyProcess,
  method: string,
  path: string,
  body?: string,
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await manage(proxy, method, path, body);
  if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return jsonOf(answer);
}

/** Puts a client on a list by hand; confirmed, since the tests' clients have loopback addresses. */
export async function addTo(
  proxy: ProxyProcess,
  list: ListWord,
  identifier: Identifier,
): Promise<void> {
  await change(proxy, "POST", `/firewall/${list}?confirm=true`, JSON.stringify(identifier));
}

/** Empties both lists. */
export async function clearLists(proxy: ProxyProcess): Promise<void> {
  await change(proxy, "DELETE", "/firewall/blacklist?tag=all");
  await change(proxy, "DELETE", "/firewall/whitelist?tag=all");
}

/** The deny list, each entry with its `tag`, in the order in which it is shown. */
export async function deniedEntries(
  proxy: ProxyProcess,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { lists } = await change(proxy, "GET", "/firewall/blacklist");
  return array(lists).flatMap((list) =>
    array(list["entries"]).map((entry) => ({ ...entry, tag: list["tag"] })),
  );
}

/** The deny list as `tag type [name] value`, in the order in which it is shown. */
export async function denied(proxy: ProxyProcess): Promise<string[]> {
  const entries = await deniedEntries(proxy);
  return entries.map(({ name, tag, type, value }) =>
    [tag, type, name, value].filter((part) => typeof part === "string").join(" "),
  );
}

/** An attack report of today. */
export function report(
  proxy: ProxyProcess,
  query: string,
  keys: "full" | "restricted" = "full",
): Promise<Answer> {
  const file: unknown = JSON.parse(readFileSync(join(proxy.state, "report-keys.json"), "utf8"));
  const key = (name: string): string =>
    String(typeof file === "object" && file !== null ? Reflect.get(file, name) : "");
  const today = new Date().toISOString().slice(0, 10);
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const path = `/v4/abs/attack?later_date=${today}&earlier_date=${yesterday}&${query}`;
  const headers =
    keys === "full"
      ? { "x-abs-ak": key("access_key"), "x-abs-sk": key("secret_key") }
      : {
          "x-abs-ak-ru": key("restricted_access_key"),
          "x-abs-sk-ru": key("restricted_secret_key"),
        };
  return ask(proxy.reportsPort, { path, headers });
}

/** The JSON object of an answer. */
function jsonOf(answer: Answer): Readonly<Record<string, unknown>> {
  const json: unknown = JSON.parse(answer.text);
  if (typeof json !== "object" || json === null) throw new Error(`no object: ${answer.text}`);
  return { ...json };
}

function array(value: unknown): Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value)) throw new TypeError(`no array: ${JSON.stringify(value)}`);
  return value.map((item: unknown) => ({ ...(typeof item === "object" ? item : {}) }));
}
