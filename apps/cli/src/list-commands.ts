import type { Answer, Call } from "./client.ts";
import type { Command, Context } from "./command.ts";
import { BadInputError, FailedError } from "./errors.ts";
import { DENY_LIST, ALLOW_LIST, DENY_LIST_TITLES, type LegacyList } from "./legacy-words.ts";
import { ENTRY_USAGE, parseListEntry, renderListEntry } from "./list-entry.ts";
import { readLine } from "./read-answer.ts";
import { noWords, records, text } from "./read-words.ts";

/** What is done to the deny list and the allow list. */
export const LIST_COMMANDS: readonly Command[] = [
  ...entryCommands(DENY_LIST),
  viewDenyList(),
  clearCommand(DENY_LIST),
  ...entryCommands(ALLOW_LIST),
  viewAllowList(),
  clearCommand(ALLOW_LIST),
];

function listCall(list: LegacyList, method: Call["method"], rest: Partial<Call>): Call {
  return { method, path: `/firewall/${list.word}`, query: {}, body: undefined, ...rest };
}

function entryCommands(list: LegacyList): readonly Command[] {
  const command = (verb: string, method: "POST" | "DELETE", done: string): Command => ({
    verb: `${verb}_${list.word}`,
    usage: `{${ENTRY_USAGE}}`,
    summary: `${verb === "add" ? "Puts a client on" : "Takes a client from"} the ${list.word}`,
    async run(words, context) {
      const entry = parseListEntry(words);
      const client = await context.open();
      await client.call(listCall(list, method, { body: JSON.stringify(entry) }));
      return [`${renderListEntry(entry)} ${done} ${list.word}`];
    },
  });
  return [command("add", "POST", "added to"), command("delete", "DELETE", "deleted from")];
}

function clearCommand(list: LegacyList): Command {
  return {
    verb: `clear_${list.word}`,
    usage: "[-y]",
    summary: `Deletes the whole ${list.word}, after a question`,
    async run(words, context) {
      noWords(words);
      if (!(context.yes || (await isConfirmed(list, context)))) {
        throw new FailedError("nothing changed");
      }
      const client = await context.open();
      await client.call(listCall(list, "DELETE", { query: { tag: "all" } }));
      return [list.cleared];
    },
  };
}

/** Only a clear yes is one: the end of the input is a no. */
async function isConfirmed(list: LegacyList, { terminal }: Context): Promise<boolean> {
  terminal.stdout.write(list.question);
  const answer = await readLine(terminal.stdin);
  // A terminal has shown what was typed, line end included.
  if (terminal.stdin.isTTY !== true) terminal.stdout.write("\n");
  return /^\s*y(?:es)?\s*$/i.test(answer ?? "");
}

function viewDenyList(): Command {
  const tags = ["all", ...DENY_LIST_TITLES.keys()];
  return {
    verb: `view_${DENY_LIST.word}`,
    usage: `[${tags.join(" | ")}]`,
    summary: `Shows the ${DENY_LIST.word}, or one part of it`,
    async run(words, context) {
      const [tag = "all", ...more] = words;
      if (!tags.includes(tag) || more.length > 0) {
        throw new BadInputError(`expected one of ${tags.join(", ")}`);
      }
      const client = await context.open();
      const answer = await client.call(listCall(DENY_LIST, "GET", { query: { tag } }));
      const lines = renderLists(records(answer["lists"]));
      return lines.length === 0 ? [DENY_LIST.empty] : lines;
    },
  };
}

function viewAllowList(): Command {
  return {
    verb: `view_${ALLOW_LIST.word}`,
    usage: "",
    summary: `Shows the ${ALLOW_LIST.word}`,
    async run(words, context) {
      noWords(words);
      const client = await context.open();
      const answer = await client.call(listCall(ALLOW_LIST, "GET", {}));
      const rows = renderRows(records(answer["entries"]));
      return rows.length === 0 ? [ALLOW_LIST.empty] : [ALLOW_LIST.title, ...rows];
    },
  };
}

function renderLists(lists: readonly Answer[]): string[] {
  const lines: string[] = [];
  for (const [tag, title] of DENY_LIST_TITLES) {
    const rows = lists
      .filter((list) => list["tag"] === tag)
      .flatMap((list) => records(list["entries"]));
    if (rows.length > 0) lines.push(title, ...renderRows(rows));
  }
  return lines;
}

function renderRows(entries: readonly Answer[]): string[] {
  return entries.map((entry, index) => {
    const name = entry["name"] === undefined ? "" : `, name : ${text(entry["name"])}`;
    return `${index + 1}) type : ${text(entry["type"])}${name}, value : ${text(entry["value"])}`;
  });
}
