import { BadInputError } from "./errors.ts";

/** A command as typed, its flags taken out. */
export interface CommandLine {
  /** Verb and arguments. */
  readonly words: readonly string[];
  readonly user: string;
  /** `undefined`: to be found in the state directory. */
  readonly secret: string | undefined;
  /** A bare `-p`: the secret has to be asked for. */
  readonly asksSecret: boolean;
  readonly state: string | undefined;
  readonly url: string | undefined;
  readonly yes: boolean;
}

const FLAGS: ReadonlyMap<string, string> = new Map([
  ["-u", "user"],
  ["-p", "secret"],
  ["--state", "state"],
  ["--url", "url"],
  ["-y", "yes"],
  ["--yes", "yes"],
  ["-h", "help"],
  ["--help", "help"],
]);

/**
 * Takes the flags out of a command line, before or after the verb, as the ASE manual shows both.
 *
 * `-p` takes the next word as the secret unless that is a flag, or the only verb there is
 * (`-u admin -p status`): then it stands alone. Everything after `--` is a word.
 */
export function parseCommandLine(
  argv: readonly string[],
  isVerb: (word: string) => boolean,
): CommandLine {
  const words: string[] = [];
  const values = new Map<string, string>();
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? "";
    if (argument === "--") {
      words.push(...argv.slice(i + 1));
      break;
    }
    const { flag, inline } = readFlag(argument);
    if (flag === undefined) {
      words.push(argument);
      continue;
    }
    if (values.has(flag)) throw new BadInputError(`${argument.split("=", 1)[0]} is given twice`);
    const takesNext = inline === undefined && wantsNext(flag, argv, i, words, isVerb);
    if (takesNext) i++;
    values.set(flag, inline ?? (takesNext ? (argv[i] ?? "") : ""));
  }
  return commandLine(words, values);
}

function commandLine(words: string[], values: ReadonlyMap<string, string>): CommandLine {
  for (const [name, flag] of FLAGS) {
    if (flag !== "secret" && takesValue(flag) && values.get(flag) === "") {
      throw new BadInputError(`${name} needs a value`);
    }
  }
  const secret = values.get("secret");
  return {
    words: values.has("help") ? ["help"] : words,
    user: values.get("user") ?? "admin",
    secret: secret === "" ? undefined : secret,
    asksSecret: secret === "",
    state: values.get("state"),
    url: values.get("url"),
    yes: values.has("yes"),
  };
}

function readFlag(argument: string): { flag: string | undefined; inline: string | undefined } {
  if (argument.length < 2 || !argument.startsWith("-"))
    return { flag: undefined, inline: undefined };
  const equals = argument.startsWith("--") ? argument.indexOf("=") : -1;
  const name = equals === -1 ? argument : argument.slice(0, equals);
  const inline = equals === -1 ? undefined : argument.slice(equals + 1);
  const flag = FLAGS.get(name);
  // Not repeated: an unknown flag may be a secret gone astray.
  if (flag === undefined) {
    throw new BadInputError(
      "unknown flag; a value that starts with - goes after --, flags before it",
    );
  }
  if (inline !== undefined && !takesValue(flag)) throw new BadInputError(`${name} takes no value`);
  return { flag, inline };
}

function takesValue(flag: string): boolean {
  return flag !== "yes" && flag !== "help";
}

function wantsNext(
  flag: string,
  argv: readonly string[],
  at: number,
  words: readonly string[],
  isVerb: (word: string) => boolean,
): boolean {
  const next = argv[at + 1];
  if (!takesValue(flag) || next === undefined || isFlag(next)) return false;
  if (flag !== "secret" || words.length > 0 || !isVerb(next)) return true;
  return argv.slice(at + 2).some((word) => isVerb(word));
}

function isFlag(argument: string): boolean {
  return argument === "--" || FLAGS.has(argument.split("=", 1)[0] ?? "");
}
