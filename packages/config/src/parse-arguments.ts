import { parseArgs } from "node:util";

import { didYouMean } from "./suggest.ts";

/** What the proxy was started for. */
export type Arguments =
  | {
      /** `start`: in the background. */
      readonly kind: "run" | "start";
      readonly config: string | undefined;
      readonly state: string | undefined;
    }
  | { readonly kind: "stop"; readonly state: string | undefined }
  | { readonly kind: "check-config"; readonly config: string | undefined }
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  /** One line for whoever typed the command. */
  | { readonly kind: "refused"; readonly problem: string };

const OPTIONS = {
  config: { type: "string" },
  state: { type: "string" },
  "check-config": { type: "boolean" },
  background: { type: "boolean" },
  stop: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
} as const;

/** Of each of these one at most. */
const EXCLUSIVE = [
  ["check-config", "background", "stop"],
  ["config", "stop"],
] as const;

const NAMES: readonly string[] = Object.keys(OPTIONS).map((name) => `--${name}`);

/**
 * Reads the proxy's command line, without the program's own name.
 *
 * `undefined` directories mean that the caller's defaults apply. Whatever is not understood
 * completely is refused; the first problem is named.
 */
export function parseArguments(argv: readonly string[]): Arguments {
  const { values, tokens } = parseArgs({
    args: [...argv],
    options: OPTIONS,
    strict: false,
    tokens: true,
  });
  const seen = new Set<string>();
  for (const token of tokens) {
    const problem = checkToken(token, seen);
    if (problem !== undefined) return { kind: "refused", problem };
  }
  if (values.help === true) return { kind: "help" };
  if (values.version === true) return { kind: "version" };
  for (const names of EXCLUSIVE) {
    const [first, second] = names.filter((name) => seen.has(name));
    if (second !== undefined)
      return { kind: "refused", problem: `--${first} and --${second} exclude each other` };
  }
  const [config, state] = [textOf(values.config), textOf(values.state)];
  if (values["check-config"] === true) return { kind: "check-config", config };
  if (values.stop === true) return { kind: "stop", state };
  return { kind: values.background === true ? "start" : "run", config, state };
}

interface Token {
  readonly kind: string;
  readonly name?: string;
  readonly rawName?: string;
  readonly value?: string | undefined;
}

function checkToken(token: Token, seen: Set<string>): string | undefined {
  if (token.kind === "option-terminator") return undefined;
  if (token.kind === "positional") {
    return `expected flags only, got ${JSON.stringify(token.value)}`;
  }
  const name = token.name ?? "";
  const rawName = token.rawName ?? "";
  const option = Object.entries(OPTIONS).find(([known]) => known === name)?.[1];
  if (option === undefined)
    return `unknown flag ${JSON.stringify(rawName)}${didYouMean(rawName, NAMES)}`;
  if (seen.has(name)) return `${rawName} is given twice`;
  seen.add(name);
  return checkValue(option.type, rawName, token.value);
}

function checkValue(
  type: "string" | "boolean",
  rawName: string,
  value: string | undefined,
): string | undefined {
  if (type === "boolean") return value === undefined ? undefined : `${rawName} takes no value`;
  const isMissing = value === undefined || value === "" || value.startsWith("--");
  return isMissing ? `${rawName} needs a directory` : undefined;
}

function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
