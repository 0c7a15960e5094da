import { readFileSync } from "node:fs";
import { basename } from "node:path";

import type { Answer, Call } from "./client.ts";
import type { Command, Context } from "./command.ts";
import { BadInputError } from "./errors.ts";
import { checkApiId, noWords, oneApiId, records, text } from "./read-words.ts";

/** What is done to API definitions. */
export const API_COMMANDS: readonly Command[] = [
  {
    verb: "add_api",
    usage: "FILE",
    summary: "Adds an API; its id is the file name without .json",
    async run(words, context) {
      const [file] = words;
      if (file === undefined || words.length !== 1) throw new BadInputError("expected one file");
      const id = checkApiId(basename(file).replace(/\.json$/, ""));
      const body = readDefinition(file);
      return change(context, "POST", id, body, `api ${id} added successfully`);
    },
  },
  {
    verb: "update_api",
    usage: "API_ID [FILE]",
    summary: "Takes over an API's definition from FILE, or from where the proxy read it",
    async run(words, context) {
      const [word = "", file, ...more] = words;
      if (word === "" || more.length > 0)
        throw new BadInputError("expected an API id and perhaps a file");
      const id = checkApiId(word);
      const body = file === undefined ? undefined : readDefinition(file);
      return change(context, "PUT", id, body, `api ${id} updated successfully`);
    },
  },
  {
    verb: "delete_api",
    usage: "API_ID",
    summary: "Deletes an API",
    async run(words, context) {
      const id = oneApiId(words);
      return change(context, "DELETE", id, undefined, `api ${id} deleted successfully`);
    },
  },
  {
    verb: "list_api",
    usage: "",
    summary: "Lists the APIs",
    async run(words, context) {
      noWords(words);
      return (await listApis(context)).map(renderApi);
    },
  },
  {
    verb: "api_count",
    usage: "",
    summary: "Says how many APIs there are",
    async run(words, context) {
      noWords(words);
      return [String((await listApis(context)).length)];
    },
  },
  {
    verb: "api_info",
    usage: "API_ID",
    summary: "Shows an API's definition",
    async run(words, context) {
      const id = oneApiId(words);
      const answer = await (await context.open()).call(apiCall("GET", id, undefined));
      return JSON.stringify(answer, undefined, 2).split("\n");
    },
  },
  blockingCommand("enable", "enabled"),
  blockingCommand("disable", "disabled"),
];

function blockingCommand(status: "enable" | "disable", done: string): Command {
  return {
    verb: `${status}_blocking`,
    usage: "API_ID",
    summary: `${status === "enable" ? "Blocks" : "Only reports"} what an API objects to`,
    async run(words, context) {
      const id = oneApiId(words);
      const client = await context.open();
      const query = { api_id: id, status };
      await client.call({ method: "POST", path: "/api/blocking", query, body: undefined });
      return [`blocking is now ${done} for api ${id}`];
    },
  };
}

async function change(
  context: Context,
  method: Call["method"],
  id: string,
  body: string | undefined,
  done: string,
): Promise<string[]> {
  const answer = await (await context.open()).call(apiCall(method, id, body));
  return [text(answer["status_message"]) || done];
}

function apiCall(method: Call["method"], id: string, body: string | undefined): Call {
  return { method, path: "/api", query: { api_id: id }, body };
}

async function listApis(context: Context): Promise<Answer[]> {
  const client = await context.open();
  const answer = await client.call({ method: "GET", path: "/api", query: {}, body: undefined });
  return records(answer["api"]);
}

/** `shop ( loaded ), https, decoy: in-context` */
function renderApi(api: Answer): string {
  const protocol = text(api["protocol"]);
  const scheme = api["https"] === true ? `${protocol}s` : protocol;
  const decoy = text(api["decoy"]);
  const line = `${text(api["api_id"])} ( ${text(api["status"])} ), ${scheme}`;
  return decoy === "" ? line : `${line}, decoy: ${decoy}`;
}

/** The text of a file that is JSON; whether it is a definition is for the server to say. */
function readDefinition(file: string): string {
  let content: string;
  try {
    content = readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new BadInputError(`${file} cannot be read (${reason})`, { cause: error });
  }
  try {
    JSON.parse(content);
  } catch (error) {
    throw new BadInputError(`${file} is not valid JSON`, { cause: error });
  }
  return content;
}
