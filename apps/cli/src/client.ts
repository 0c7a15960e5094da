import { readFileSync } from "node:fs";
import { join } from "node:path";

import { BadInputError, FailedError } from "./errors.ts";
import type { CommandLine } from "./parse-command-line.ts";
import { readSecret } from "./read-answer.ts";
import type { Terminal } from "./terminal.ts";

const DEFAULT_URL = "http://127.0.0.1:8010";
const PATIENCE_MS = 30_000;

/** An answer of the management API. */
export type Answer = Readonly<Record<string, unknown>>;

/** One call of the management API. */
export interface Call {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below the base path: `/firewall`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** JSON text; `undefined`: no body. */
  readonly body: string | undefined;
  /** Of the body, where it is not JSON. */
  readonly contentType?: string;
}

/** Asks the running proxy. */
export interface Client {
  call(call: Call): Promise<Answer>;
  /** The same for an answer that is text. */
  read(call: Call): Promise<string>;
}

/** Finds the proxy and the secret that a command line names; nothing is sent yet. */
export async function openClient(line: CommandLine, terminal: Terminal): Promise<Client> {
  const url = readUrl(line.url ?? terminal.env["PORTCULLIS_MANAGEMENT_URL"] ?? DEFAULT_URL);
  const secret = line.asksSecret
    ? await readSecret(terminal)
    : (line.secret ?? storedSecret(line, terminal));
  const headers = { "x-ase-access-key": line.user, "x-ase-secret-key": secret };
  for (const value of Object.values(headers)) {
    if (!/^[!-~]+$/.test(value)) {
      throw new BadInputError("user name and secret hold printable ASCII characters only");
    }
  }
  return {
    call: async (call) => {
      const { status, text } = await send(call, url, headers, terminal);
      return readAnswer(status, text, url);
    },
    read: async (call) => {
      const { isText, status, text } = await send(call, url, headers, terminal);
      if (status !== 200 || !isText) readAnswer(status === 200 ? 502 : status, text, url);
      return text;
    },
  };
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain =
    url?.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (url === undefined || !isPlain || !/^https?:$/.test(url.protocol)) {
    throw new BadInputError("the management URL has to look like http://127.0.0.1:8010");
  }
  return url;
}

function storedSecret(line: CommandLine, terminal: Terminal): string {
  const named = terminal.env["PORTCULLIS_STATE"] ?? "";
  const directory = line.state ?? (named === "" ? "./state" : named);
  const file = join(directory, "admin-secret");
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new FailedError(
      `no secret: ${file} cannot be read (${reason}); name the state directory with --state, or give -p`,
      { cause: error },
    );
  }
}

async function send(
  call: Call,
  base: URL,
  headers: Readonly<Record<string, string>>,
  terminal: Terminal,
): Promise<{ readonly isText: boolean; readonly status: number; readonly text: string }> {
  const url = new URL(`${base.pathname.replace(/\/$/, "")}/v4/ase${call.path}`, base);
  for (const [name, value] of Object.entries(call.query)) url.searchParams.set(name, value);
  try {
    const response = await terminal.fetch(url, {
      method: call.method,
      headers: {
        accept: "application/json",
        ...(call.body === undefined
          ? {}
          : { "content-type": call.contentType ?? "application/json" }),
        ...headers,
      },
      // A redirect would carry the secret elsewhere.
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(call.body === undefined ? {} : { body: call.body }),
    });
    const isText = /^text\/(?:csv|plain)\b/.test(response.headers.get("content-type") ?? "");
    return { isText, status: response.status, text: await response.text() };
  } catch (error) {
    throw new FailedError(
      `no proxy answers at ${base.origin}: is it running? Start it with npm start, or name its management URL with --url`,
      { cause: error },
    );
  }
}

function readAnswer(status: number, text: string, base: URL): Answer {
  if (status === 401) throw new FailedError("wrong user name or secret");
  const answer = parseAnswer(text);
  if (answer === undefined) {
    throw new FailedError(`${base.origin} gave no answer of the management API (status ${status})`);
  }
  if (status < 300 && answer["status"] !== "error") return answer;
  const message = answer["status_message"];
  const line =
    typeof message === "string" && message !== "" ? message : `refused with status ${status}`;
  throw status >= 500 ? new FailedError(line) : new BadInputError(line);
}

function parseAnswer(text: string): Answer | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined;
  }
  return typeof answer === "object" && answer !== null && !Array.isArray(answer)
    ? { ...answer }
    : undefined;
}
