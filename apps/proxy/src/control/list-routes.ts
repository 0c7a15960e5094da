import type { ClientIdentifier } from "@portcullis/core";
import type { ListEntry } from "@portcullis/store";
import { type Context, Hono } from "hono";

import { BadRequestError, NotFoundError } from "../errors.ts";
import type { ControlPlane } from "./control-plane.ts";
import { guardedRanges, isGuarded } from "./guarded-ranges.ts";
import { type LegacyIdentifier, readIdentifier, toLegacy } from "./legacy-identifier.ts";
import { SOURCE_TAGS } from "./list-exchange/list-titles.ts";
import { success } from "./success.ts";

/** `/firewall/blacklist` and `/firewall/whitelist`: add to, delete from, clear and view the lists. */
export function listRoutes(control: ControlPlane): Hono {
  const app = new Hono();
  addListRoutes(app, control, "deny", "blacklist");
  addListRoutes(app, control, "allow", "whitelist");
  app.get("/firewall/blacklist", (c) => {
    const wanted = wantedTags(c);
    const lists = wanted
      .map(([tag, source]) => ({ tag, entries: control.lists.entries("deny", source).map(legacy) }))
      .filter(({ entries }) => entries.length > 0);
    return c.json({ status: "success", lists });
  });
  app.get("/firewall/whitelist", (c) =>
    c.json({ status: "success", entries: control.lists.entries("allow", "manual").map(legacy) }),
  );
  return app;
}

function addListRoutes(
  app: Hono,
  control: ControlPlane,
  list: "allow" | "deny",
  legacyName: "whitelist" | "blacklist",
): void {
  app.post(`/firewall/${legacyName}`, async (c) => {
    const identifier = readIdentifier(await readJson(c), list);
    if (list === "deny" && !isConfirmed(c)) guard(identifier, control.trustedProxies);
    await control.lists.add(list, identifier);
    control.audit(`add_${legacyName}`, { type: identifier.kind });
    return c.json(success(`${describe(toLegacy(identifier))} added to ${legacyName}`));
  });
  app.delete(`/firewall/${legacyName}`, async (c) => {
    if (c.req.query("tag") !== undefined) return clear(c, control, list, legacyName);
    const identifier = readIdentifier(await readJson(c), "any");
    const wasThere = await control.lists.remove(list, identifier);
    const what = describe(toLegacy(identifier));
    if (!wasThere) throw new NotFoundError(`${what} is not on the ${legacyName}`);
    control.audit(`delete_${legacyName}`, { type: identifier.kind });
    return c.json(success(`${what} deleted from ${legacyName}`));
  });
}

/** Refuses what would deny everybody behind a trusted proxy, or whoever would undo it from here. */
function guard(identifier: ClientIdentifier, trustedProxies: readonly string[]): void {
  if (!isGuarded(identifier, guardedRanges(trustedProxies))) return;
  throw new BadRequestError(
    "value: expected no address of this machine or of a trusted proxy; over REST, confirm=true if it is meant",
  );
}

function isConfirmed(c: Context): boolean {
  const text = c.req.query("confirm") ?? "false";
  if (text === "true" || text === "false") return text === "true";
  throw new BadRequestError("confirm: expected true or false");
}

async function clear(
  c: Context,
  control: ControlPlane,
  list: "allow" | "deny",
  legacyName: "whitelist" | "blacklist",
): Promise<Response> {
  if (c.req.query("tag") !== "all") throw new BadRequestError("tag: expected all to clear a list");
  const cleared = await control.lists.clear(list);
  control.audit(`clear_${legacyName}`, { entries: String(cleared) });
  const name = legacyName === "blacklist" ? "Blacklist" : "Whitelist";
  return c.json({ ...success(`${name} cleared`), cleared });
}

function wantedTags(c: Context): typeof SOURCE_TAGS {
  const tag = c.req.query("tag") ?? "all";
  const wanted = tag === "all" ? SOURCE_TAGS : SOURCE_TAGS.filter(([name]) => name === tag);
  if (wanted.length > 0) return wanted;
  const known = ["all", ...SOURCE_TAGS.map(([name]) => name)].join(", ");
  throw new BadRequestError(`tag: expected one of ${known}`);
}

/** An entry in the ASE's words, with why it is there where an offence put it there. */
function legacy(entry: ListEntry): LegacyIdentifier & { readonly reason?: string } {
  const { reason } = entry;
  return reason === undefined ? toLegacy(entry) : { ...toLegacy(entry), reason };
}

function describe(identifier: LegacyIdentifier): string {
  const { type, name, value } = identifier;
  return name === undefined ? `${type} ${value}` : `${type} ${name} ${value}`;
}

async function readJson(c: Context): Promise<unknown> {
  const text = await c.req.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new BadRequestError("body: expected JSON with type, value and, by type, name");
  }
}
