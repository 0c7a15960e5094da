import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { parseApiDefinition } from "@portcullis/core";
import { beforeEach, describe, expect, test } from "vitest";

import { type ParseDefinition, readConfiguration, renderConfigIssue } from "../src/index.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "config-"));
  return () => rmSync(directory, { recursive: true });
});

type Files = Readonly<Record<string, string | Uint8Array>>;

function write(files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
}

/** Takes everything but a definition that says it is bad. */
const parseDefinition: ParseDefinition<unknown> = (_id, json) =>
  JSON.stringify(json).includes("bad")
    ? { ok: false, issues: [{ path: "api_metadata.url", problem: "expected good, got bad" }] }
    : { ok: true, value: json, warnings: [{ path: "w", problem: "worth a line" }] };

function problems(): string[] {
  const read = readConfiguration({ directory, parseDefinition });
  const found = read.ok ? read.warnings : read.issues;
  return found.map((issue) => renderConfigIssue(issue).replace(directory, "DIR"));
}

describe("readConfiguration", () => {
  test("reads settings and definitions, in the order of their ids", () => {
    write({
      "portcullis.yaml": "edges: 2\n",
      "api/shop.json": '\uFEFF{"b":2}',
      "api/cart.json": '{"a":1}',
      "api/rest.json.example": "not read",
      "api/.hidden": "not read",
    });
    expect(readConfiguration({ directory, parseDefinition })).toMatchObject({
      ok: true,
      value: {
        settings: { edges: 2 },
        definitions: [
          {
            id: "cart",
            file: join(directory, "api/cart.json"),
            json: '{"a":1}',
            hash: "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862",
            definition: { a: 1 },
          },
          { id: "shop", json: '{"b":2}', definition: { b: 2 } },
        ],
      },
      warnings: [{ path: "w" }, { path: "w" }],
    });
  });

  test("names every issue of every file at once", () => {
    write({
      "portcullis.yaml": "edges: many\nnope: 1\n",
      "api/a.json": '{"x":1,\n "x":2}',
      "api/b.json": "{",
      "api/c.json": '{"url":"bad"}',
    });
    expect(problems()).toEqual([
      'DIR/portcullis.yaml: edges: expected auto or a whole number from 1 to 64, got "many"',
      expect.stringMatching(
        /^DIR\/portcullis.yaml: nope: expected one of .* got an unknown setting$/,
      ),
      'DIR/api/a.json: line 2, column 2: expected each name once, got "x" again',
      'DIR/api/b.json: line 1, column 2: expected a name in quotes or "}", got the end of the file',
      "DIR/api/c.json: api_metadata.url: expected good, got bad",
    ]);
  });

  test.for<{ name: string; files: Files; want: string }>([
    {
      name: "bad YAML",
      files: { "portcullis.yaml": "a: [1\nb" },
      want: "portcullis.yaml: line 2, column",
    },
    {
      name: "a repeated key",
      files: { "portcullis.yaml": "edges: 1\nlogs: {}\nedges: 2" },
      want: "portcullis.yaml: line 3, column 1: expected each key once",
    },
    {
      name: "two YAML documents",
      files: { "portcullis.yaml": "edges: 1\n---\nedges: 2" },
      want: "portcullis.yaml: line 2",
    },
    {
      name: "an unknown YAML tag",
      files: { "portcullis.yaml": "edges: !run 2" },
      want: "portcullis.yaml: line 1",
    },
    {
      name: "aliases that multiply",
      files: {
        "portcullis.yaml":
          "a: &a [1,1]\nb: &b [*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c]\ne: [*d,*d]\n",
      },
      want: "out of bounds",
    },
    {
      name: "a YAML list in a list without end",
      files: { "portcullis.yaml": "- ".repeat(50_000) },
      want: "out of bounds",
    },
    {
      name: "YAML sections in sections without end",
      files: {
        "portcullis.yaml": Array.from(
          { length: 1000 },
          (_, level) => `${" ".repeat(level)}a:`,
        ).join("\n"),
      },
      want: "out of bounds",
    },
    {
      name: "YAML as deep as is read at all",
      files: {
        "portcullis.yaml": `${Array.from({ length: 256 }, (_, level) => `${" ".repeat(level)}a:`).join("\n")}${"[".repeat(256)}${"]".repeat(256)}`,
      },
      want: "portcullis.yaml: a: expected one of",
    },
    {
      name: "YAML nested without end",
      files: { "portcullis.yaml": "[".repeat(100_000) },
      want: "out of bounds",
    },
    {
      name: "a merge key",
      files: { "portcullis.yaml": "<<: {edges: 2}" },
      want: "<<: expected one of",
    },
    {
      name: "a __proto__ section",
      files: { "portcullis.yaml": "__proto__: {edges: 2}" },
      want: "__proto__: expected one of",
    },
    {
      name: "settings under another name",
      files: { "portcullis.yml": "edges: 1", "api/a.json": "{}" },
      want: "portcullis.yml: expected the settings in portcullis.yaml",
    },
    {
      name: "a directory without either",
      files: { "readme.txt": "" },
      want: "DIR: expected portcullis.yaml or api/, got neither",
    },
    { name: "api as a file", files: { api: "" }, want: "api: expected a readable directory" },
    {
      name: "bytes that are not UTF-8",
      files: { "api/a.json": new Uint8Array([0x22, 0xff, 0x22]) },
      want: "a.json: expected UTF-8 text",
    },
    {
      name: "UTF-16",
      files: { "api/a.json": new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0]) },
      want: "a.json: expected UTF-8 text",
    },
    {
      name: "a file beyond the limit",
      files: { "api/a.json": `"${"x".repeat(1024 * 1024)}"` },
      want: "expected at most 1048576 bytes",
    },
    {
      name: "an empty file",
      files: { "api/a.json": "" },
      want: "a.json: line 1, column 1: expected a JSON value",
    },
    {
      name: "a line feed in a file name, which is shown escaped",
      files: { "api/a\nFAKE.json": "{" },
      want: String.raw`a\u{a}FAKE.json: line 1`,
    },
  ])("$name is an issue", ({ files, want }) => {
    write(files);
    expect(readConfiguration({ directory, parseDefinition }).ok).toBe(false);
    expect(problems().join("\n")).toContain(want);
  });

  test("a directory that is not there, a loop of links, a pipe and a directory are issues", () => {
    write({ "portcullis.yaml": "" });
    mkdirSync(join(directory, "api/folder.json"), { recursive: true });
    symlinkSync("loop.json", join(directory, "api/loop.json"));
    execFileSync("mkfifo", [join(directory, "api/pipe.json")]);
    expect(problems()).toEqual([
      expect.stringContaining("folder.json: expected a regular file"),
      "DIR/api/loop.json: expected a file, got a loop of symbolic links",
      "DIR/api/pipe.json: expected a regular file, got something else",
    ]);
    const missing = readConfiguration({ directory: join(directory, "none"), parseDefinition });
    expect(missing).toMatchObject({
      ok: false,
      issues: [{ problem: expect.stringContaining("nothing there") }],
    });
  });

  test("mounted configuration, which is made of links, is read", () => {
    write({ "..data/shop.json": "{}" });
    mkdirSync(join(directory, "api"));
    symlinkSync("../..data/shop.json", join(directory, "api/shop.json"));
    const read = readConfiguration({ directory, parseDefinition });
    expect(read).toMatchObject({ ok: true, value: { definitions: [{ id: "shop" }] } });
  });

  test.for<{ name: string; files: Files; want: string }>([
    { name: "no API", files: { "portcullis.yaml": "" }, want: "expected at least one API" },
    {
      name: "only examples",
      files: { "api/a.json.example": "{}" },
      want: "expected at least one API",
    },
    {
      name: "a definition under another ending",
      files: { "api/a.JSON": "{}" },
      want: "a.JSON: expected a name that ends in .json",
    },
  ])("$name is a warning", ({ files, want }) => {
    write(files);
    expect(readConfiguration({ directory, parseDefinition }).ok).toBe(true);
    expect(problems().join("\n")).toContain(want);
  });
});

test("the parser of the core fits in", () => {
  write({ "api/all.json": "{}" });
  const read = readConfiguration({ directory, parseDefinition: parseApiDefinition });
  expect(read).toMatchObject({
    ok: false,
    issues: [{ file: join(directory, "api/all.json") }, {}],
  });
});
