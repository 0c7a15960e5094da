import { API_COMMANDS } from "./api-commands.ts";
import { openClient } from "./client.ts";
import type { Command } from "./command.ts";
import { BadInputError, CliError } from "./errors.ts";
import { EXCHANGE_COMMANDS } from "./exchange-commands.ts";
import { ALLOW_LIST, DENY_LIST, legacyVerb } from "./legacy-words.ts";
import { LIST_COMMANDS } from "./list-commands.ts";
import { type CommandLine, parseCommandLine } from "./parse-command-line.ts";
import { printable } from "./printable.ts";
import { STATUS_COMMANDS } from "./status-commands.ts";
import type { Terminal } from "./terminal.ts";
import { VERSION_COMMAND } from "./version-command.ts";

const HELP_COMMAND: Command = {
  verb: "help",
  usage: "",
  summary: "Shows this; needs no login",
  run: () => Promise.resolve(helpLines()),
};

const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [
    ...STATUS_COMMANDS,
    ...LIST_COMMANDS,
    ...EXCHANGE_COMMANDS,
    ...API_COMMANDS,
    VERSION_COMMAND,
    HELP_COMMAND,
  ].map((command) => [command.verb, command]),
);

/**
 * Runs one command line, without the program's own name, and returns the exit code.
 *
 * 0: done. 1: not carried out (wrong secret, no proxy, a question answered with no). 2: bad input,
 * and nothing has changed. A failure is one line on stderr. Never rejects for what a user or server
 * can do; everything printed is free of terminal escapes.
 */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const line = parseCommandLine(argv, (word) => COMMANDS.has(legacyVerb(word)));
    const [verb, ...words] = line.words;
    const lines = await commandFor(verb).run(words, contextOf(line, terminal));
    for (const printed of lines) terminal.stdout.write(`${printable(printed)}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    terminal.stderr.write(`${printable(error.message)}\n`);
    return error.exitCode;
  }
}

function contextOf(line: CommandLine, terminal: Terminal) {
  return { terminal, yes: line.yes, open: () => openClient(line, terminal) };
}

function commandFor(verb: string | undefined): Command {
  if (verb === undefined) throw new BadInputError("expected a command; help lists them all");
  const command = COMMANDS.get(legacyVerb(verb));
  if (command !== undefined) return command;
  throw new BadInputError(`unknown command ${verb.slice(0, 64)}; help lists them all`);
}

function helpLines(): string[] {
  const verbs = [...COMMANDS.values()].flatMap(({ verb, usage, summary }) => [
    `  ${[verb, usage].filter((part) => part !== "").join(" ")}`,
    `      ${summary}`,
  ]);
  return [
    "Usage: portcullis COMMAND [ARGUMENTS] [FLAGS]",
    "",
    "Commands:",
    ...verbs,
    "",
    `denylist and allowlist may be written for ${DENY_LIST.word} and ${ALLOW_LIST.word}.`,
    "",
    "Flags, before or after the command:",
    "  -u USER        the user, admin by default",
    "  -p [SECRET]    the secret; without SECRET it is asked for. Others can see a SECRET given here",
    "                 in the list of processes: better leave -p out and let --state find it",
    "  --state DIR    the state directory that holds admin-secret (default ./state, PORTCULLIS_STATE)",
    "  --url URL      the management URL (default http://127.0.0.1:8010, PORTCULLIS_MANAGEMENT_URL)",
    "  -y, --yes      answer questions with yes",
    "  --             what follows are arguments, even if they start with -",
  ];
}
