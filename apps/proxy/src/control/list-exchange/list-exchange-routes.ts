import type { ListName } from "@portcullis/store";
import { type Context, Hono } from "hono";

import { BadRequestError } from "../../errors.ts";
import type { ControlPlane } from "../control-plane.ts";
import { success } from "../success.ts";
import { checkImport } from "./check-import.ts";
import { LIST_FORMATS, type ListFormat } from "./list-row.ts";
import { parseList } from "./parse-list.ts";
import { writeList } from "./write-list.ts";

/** Problems that one answer names; the rest are counted. */
const MAX_PROBLEMS = 50;

/** `/firewall/blacklist/import` and `/export`, and those of the whitelist: whole lists as files. */
export function listExchangeRoutes(control: ControlPlane): Hono {
  const app = new Hono();
  addRoutes(app, control, "deny", "blacklist");
  addRoutes(app, control, "allow", "whitelist");
  return app;
}

function addRoutes(app: Hono, control: ControlPlane, list: ListName, legacyName: string): void {
  app.get(`/firewall/${legacyName}/export`, (c) => {
    const format = formatOf(c);
    const text = writeList(list, format, (name, source) => control.lists.entries(name, source));
    const type = format === "csv" ? "text/csv" : "text/plain";
    return c.text(text, 200, { "content-type": `${type}; charset=utf-8` });
  });
  app.post(`/firewall/${legacyName}/import`, async (c) => {
    const format = formatOf(c);
    const { problems, rows } = parseList(await readText(c), format);
    const { trustedProxies } = control;
    const isConfirmed = flagOf(c, "confirm");
    const checked = checkImport(rows, { list, trustedProxies, isConfirmed });
    refuse([...problems, ...checked.problems]);
    const added = await control.lists.addAll(list, checked.entries);
    control.audit(`import_${legacyName}`, { entries: String(added) });
    const known = checked.entries.length - added;
    const message = `${added} entries added to ${legacyName}, ${known} were on it already`;
    return c.json({ ...success(message), added });
  });
}

function refuse(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const more = problems.length - MAX_PROBLEMS;
  const shown = problems.slice(0, MAX_PROBLEMS).join("; ");
  throw new BadRequestError(more > 0 ? `${shown}; and ${more} more` : shown);
}

function formatOf(c: Context): ListFormat {
  const wanted = c.req.query("format") ?? "text";
  const format = LIST_FORMATS.find((known) => known === wanted);
  if (format !== undefined) return format;
  throw new BadRequestError(`format: expected one of ${LIST_FORMATS.join(", ")}`);
}

function flagOf(c: Context, name: string): boolean {
  const text = c.req.query(name) ?? "false";
  if (text === "true" || text === "false") return text === "true";
  throw new BadRequestError(`${name}: expected true or false`);
}

async function readText(c: Context): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      await c.req.arrayBuffer(),
    );
  } catch (error) {
    if (error instanceof TypeError) throw new BadRequestError("body: expected UTF-8");
    throw error;
  }
}
