import { readFileSync } from "node:fs";

import type { Command } from "./command.ts";
import { BadInputError } from "./errors.ts";
import { ALLOW_LIST, DENY_LIST, type LegacyList } from "./legacy-words.ts";
import { text } from "./read-words.ts";

const FORMATS = ["text", "csv", "view"];
const LISTS: ReadonlyMap<string, LegacyList> = new Map([
  ["denylist", DENY_LIST],
  [DENY_LIST.word, DENY_LIST],
  ["allowlist", ALLOW_LIST],
  [ALLOW_LIST.word, ALLOW_LIST],
]);
const LIST_USAGE = "denylist | allowlist";

const IMPORT: Command = {
  verb: "import",
  usage: `{${LIST_USAGE}} FILE [${FORMATS.join(" | ")}] [-y]`,
  summary:
    "Puts every entry of a file on a list, or none; -y also takes very wide ranges, trusted proxies and this machine",
  async run(words, context) {
    const [listWord, file, format, ...more] = words;
    const list = listOf(listWord);
    if (file === undefined || more.length > 0) throw new BadInputError("expected one file");
    const query = {
      format: formatOf(format ?? formatByName(file)),
      confirm: String(context.yes),
    };
    const body = readList(file);
    const client = await context.open();
    const answer = await client.call({
      method: "POST",
      path: `/firewall/${list.word}/import`,
      query,
      body,
      contentType: "text/plain; charset=utf-8",
    });
    return [text(answer["status_message"])];
  },
};

const EXPORT: Command = {
  verb: "export",
  usage: `{${LIST_USAGE}} [${FORMATS.join(" | ")}]`,
  summary: "Prints a whole list as import reads it",
  async run(words, context) {
    const [listWord, format = "text", ...more] = words;
    const list = listOf(listWord);
    if (more.length > 0) throw new BadInputError(`expected one of ${FORMATS.join(", ")}`);
    const query = { format: formatOf(format) };
    const client = await context.open();
    const path = `/firewall/${list.word}/export`;
    const printed = await client.read({ method: "GET", path, query, body: undefined });
    return printed.split("\n").slice(0, -1);
  },
};

/** Whole lists to and from files. */
export const EXCHANGE_COMMANDS: readonly Command[] = [IMPORT, EXPORT];

function listOf(word: string | undefined): LegacyList {
  const list = LISTS.get(word ?? "");
  if (list === undefined) throw new BadInputError(`expected ${LIST_USAGE}`);
  return list;
}

function formatOf(word: string): string {
  if (FORMATS.includes(word)) return word;
  throw new BadInputError(`expected one of ${FORMATS.join(", ")}`);
}

function formatByName(file: string): string {
  return file.toLowerCase().endsWith(".csv") ? "csv" : "text";
}

function readList(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new BadInputError(`${file} cannot be read (${reason})`, { cause: error });
  }
}
