import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { beforeEach, describe, expect, test } from "vitest";

import { type ParseDefinition, readConfiguration, renderConfigIssue } from "../src/index.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "config-"));
  mkdirSync(join(directory, "api"));
  return () => rmSync(directory, { recursive: true });
});

const ENTRY = {
  error_code: "500",
  error_def: "Internal Server Error",
  msg_body: "Contact Your Administrator",
};

const parseDefinition: ParseDefinition<unknown> = () => ({ ok: true, value: {}, warnings: [] });

/** The server errors read, or the problems found, with the text in `server_error.json`. */
function read(text: string | undefined, name = "server_error.json"): unknown {
  if (text !== undefined) writeFileSync(join(directory, name), text);
  const result = readConfiguration({ directory, parseDefinition });
  return result.ok
    ? result.value.serverErrors
    : result.issues.map((issue) => renderConfigIssue(issue).replace(directory, "DIR"));
}

const entries = (...list: unknown[]): string => JSON.stringify({ server_error: list });
const at = (path: string, problem: string): string =>
  `DIR/server_error.json: server_error[0]${path}: ${problem}`;

describe("server_error.json", () => {
  test.for([
    { name: "that is not there", text: undefined, want: [] },
    { name: "with an empty list", text: entries(), want: [] },
    {
      name: "with a code as text, and one as a number",
      text: entries(ENTRY, { ...ENTRY, error_code: 404, msg_body: "" }),
      want: [
        { status: 500, phrase: "Internal Server Error", body: "Contact Your Administrator" },
        { status: 404, phrase: "Internal Server Error", body: "" },
      ],
    },
    {
      name: "with a byte order mark and text past ASCII",
      text: `\uFEFF${entries({ ...ENTRY, msg_body: "Bitte später\n" })}`,
      want: [{ status: 500, phrase: "Internal Server Error", body: "Bitte später\n" }],
    },
  ])("$name is read", ({ text, want }) => {
    expect(read(text)).toEqual(want);
  });

  const CODE = "expected a status from 400 to 599, as a number or three digits";
  const PHRASE = "expected a line of 1 to 128 visible ASCII characters and blanks";
  const BODY = "expected a text of at most 65536 bytes in UTF-8";

  test.for<{ name: string; text: string; want: string[] }>([
    {
      name: "that is no JSON",
      text: '{"server_error":',
      want: [
        "DIR/server_error.json: line 1, column 17: expected a JSON value, got the end of the file",
      ],
    },
    {
      name: "with the list twice",
      text: '{"server_error":[],"server_error":[]}',
      want: [
        'DIR/server_error.json: line 1, column 20: expected each name once, got "server_error" again',
      ],
    },
    {
      name: "that is a list",
      text: "[]",
      want: ["DIR/server_error.json: expected an object with server_error, got a list"],
    },
    {
      name: "without the list, under a name that is nearly right",
      text: '{"server_errors":[]}',
      want: [
        'DIR/server_error.json: server_errors: expected one of server_error, got an unknown key, did you mean "server_error"?',
        "DIR/server_error.json: server_error: expected a list, got nothing",
      ],
    },
    {
      name: "with an entry that is no object",
      text: entries("500"),
      want: [at("", 'expected an object with error_code, error_def, msg_body, got "500"')],
    },
    {
      name: "with every key missing, all at once",
      text: entries({}),
      want: [
        at(".error_code", `${CODE}, got nothing`),
        at(".error_def", `${PHRASE}, got nothing`),
        at(".msg_body", `${BODY}, got nothing`),
      ],
    },
    {
      name: "with a key that nobody reads",
      text: entries({ ...ENTRY, severity: "x" }),
      want: [
        at(".severity", "expected one of error_code, error_def, msg_body, got an unknown key"),
      ],
    },
    ...[200, 399, 600, "5xx", "0500", " 500", 500.5, true].map((code) => ({
      name: `with the status ${JSON.stringify(code)}`,
      text: entries({ ...ENTRY, error_code: code }),
      want: [at(".error_code", `${CODE}, got ${JSON.stringify(code)}`)],
    })),
    ...["", " ", "a\r\nSet-Cookie: x=1", "tab\t", "später", "nul\0"].map((phrase) => ({
      name: `with the phrase ${JSON.stringify(phrase)}`,
      text: entries({ ...ENTRY, error_def: phrase }),
      want: [at(".error_def", `${PHRASE}, got ${JSON.stringify(phrase)}`)],
    })),
    {
      name: "with a body that is too long",
      text: entries({ ...ENTRY, msg_body: "ä".repeat(32_769) }),
      want: [at(".msg_body", `${BODY}, got a text of 32769 characters`)],
    },
    {
      name: "with a body that is no text in UTF-8",
      text: String.raw`{"server_error":[{"error_code":500,"error_def":"x","msg_body":"\ud800"}]}`,
      want: [at(".msg_body", String.raw`${BODY}, got "\ud800"`)],
    },
    {
      name: "with one status in two spellings",
      text: entries(ENTRY, { ...ENTRY, error_code: 500 }),
      want: [
        "DIR/server_error.json: server_error[1].error_code: expected each status once, got 500, which is that of server_error[0]",
      ],
    },
  ])("$name is refused", ({ text, want }) => {
    expect(read(text)).toEqual(want);
  });

  test.for(["server_errors.json", "server-error.json", "Server_Error.json"])(
    "under the name %s is not passed over",
    (name) => {
      expect(read(entries(ENTRY), name)).toEqual([
        `DIR/${name}: expected the server errors in server_error.json, got another name`,
      ]);
    },
  );
});
