import { FailedError } from "./errors.ts";
import type { Input, Terminal } from "./terminal.ts";

const INTERRUPT = "\u0003";
const END_OF_INPUT = "\u0004";
const BACKSPACE = /[\b\u007f]/;

/** The first line of `input` without its end, or `undefined` if it ended before one began. */
export async function readLine(input: Input): Promise<string | undefined> {
  let text = "";
  for await (const part of textOf(input)) {
    text += part;
    const end = text.search(/[\r\n]/);
    if (end !== -1) return text.slice(0, end);
  }
  return text === "" ? undefined : text;
}

/** Asks for a secret on a terminal, which shows nothing of what is typed. */
export async function readSecret(terminal: Terminal): Promise<string> {
  const { stdin, stderr } = terminal;
  if (stdin.isTTY !== true || stdin.setRawMode === undefined) {
    throw new FailedError("-p without a secret asks for it, but there is no terminal to ask on");
  }
  stderr.write("Password: ");
  stdin.setRawMode(true);
  try {
    return await readTyped(stdin);
  } finally {
    stdin.setRawMode(false);
    stderr.write("\n");
  }
}

async function readTyped(input: Input): Promise<string> {
  let typed = "";
  for await (const text of textOf(input)) {
    for (const character of text) {
      if (character === INTERRUPT) throw new FailedError("interrupted");
      if (character === "\r" || character === "\n" || character === END_OF_INPUT) return typed;
      typed = BACKSPACE.test(character) ? typed.slice(0, -1) : typed + character;
    }
  }
  return typed;
}

/** Leaves the input open, so that a second question can be asked. */
async function* textOf(input: Input): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const chunks: AsyncIterable<unknown> = input.iterator({ destroyOnReturn: false });
  for await (const chunk of chunks) {
    if (typeof chunk === "string") yield chunk;
    else if (chunk instanceof Uint8Array) yield decoder.decode(chunk, { stream: true });
  }
}
