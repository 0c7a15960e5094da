import type { DenySource } from "@portcullis/core";
import type { ListEntry, ListName } from "@portcullis/store";

import { toLegacy } from "../legacy-identifier.ts";
import { csvRecord } from "./csv.ts";
import type { ListFormat } from "./list-row.ts";
import { ALLOW_TITLE, SOURCE_TAGS } from "./list-titles.ts";

const CSV_HEADER = "type,name,value,expires,source,api,added,request_id";

/** The entries of one list by one source. */
export type EntriesOf = (list: ListName, source: DenySource) => readonly ListEntry[];

/** Writes a whole list as a file that `parseList` reads; the view is that of the product's commands. */
export function writeList(list: ListName, format: ListFormat, entriesOf: EntriesOf): string {
  const parts = SOURCE_TAGS.filter(([, source]) => list === "deny" || source === "manual")
    .map(([tag, source, title]) => ({
      tag,
      title: list === "deny" ? title : ALLOW_TITLE,
      entries: entriesOf(list, source),
    }))
    .filter(({ entries }) => entries.length > 0);
  const lines: string[] = format === "csv" ? [CSV_HEADER] : [];
  for (const { tag, title, entries } of parts) {
    if (format === "view") lines.push(title);
    entries.forEach((entry, at) => lines.push(lineOf(entry, at + 1, tag, format)));
  }
  if (format === "view" && lines.length === 0) {
    lines.push(list === "deny" ? "No Blacklist" : "No Whitelist");
  }
  return lines.map((line) => `${line}\n`).join("");
}

function lineOf(entry: ListEntry, number: number, tag: string, format: ListFormat): string {
  const { name, type, value } = toLegacy(entry);
  switch (format) {
    case "text":
      return [type, name, value].filter((part) => part !== undefined).join(" ");
    case "view": {
      const named = name === undefined ? "" : `, name : ${name}`;
      return `${number}) type : ${type}${named}, value : ${value}`;
    }
    case "csv": {
      const { addedAt, api, expiresAt, requestId } = entry;
      const expires = expiresAt === 0 ? "" : timeOf(expiresAt * 1000);
      const shown = [tag, api ?? "", timeOf(addedAt), requestId ?? ""];
      return csvRecord([type, name ?? "", value, expires, ...shown]);
    }
    default:
      return format satisfies never;
  }
}

/** To the second, in UTC. */
function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, "Z");
}
