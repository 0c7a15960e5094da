import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import type { Answer } from "@portcullis/core";

import type { ConfigIssue } from "../config-issue.ts";
import type { Settings } from "../settings/settings.ts";
import {
  type DefinitionFile,
  type ParseDefinition,
  type Read,
  readDefinition,
} from "./read-definition.ts";
import { readServerErrors } from "./read-server-errors.ts";
import { readSettings } from "./read-settings.ts";
import { codeOf } from "./read-text.ts";

const SETTINGS_FILE = "portcullis.yaml";
const SERVER_ERRORS_FILE = "server_error.json";
const DEFINITIONS = "api";

/** The whole content of a configuration directory. */
export interface Configuration<Definition> {
  readonly settings: Settings;
  /** In the order of their ids. */
  readonly definitions: readonly DefinitionFile<Definition>[];
  /** What clients get in place of an upstream's answer with the same status; each status once. */
  readonly serverErrors: readonly Answer[];
}

/** A configuration, or every issue; then the settings, if they are in order, for what else is to be checked. */
export type ReadConfiguration<Definition> =
  | Extract<Read<Configuration<Definition>>, { readonly ok: true }>
  | (Extract<Read<never>, { readonly ok: false }> & { readonly settings: Settings | undefined });

/**
 * Reads a configuration directory: `portcullis.yaml`, `server_error.json` and `api/*.json`.
 *
 * All or nothing: one issue anywhere and there is no configuration, but every issue of every file.
 * No API at all is a warning, since APIs can be added while the proxy runs; until then every
 * request is answered 503.
 */
export function readConfiguration<Definition>(options: {
  readonly directory: string;
  readonly parseDefinition: ParseDefinition<Definition>;
}): ReadConfiguration<Definition> {
  const { directory, parseDefinition } = options;
  const listing = listConfiguration(directory);
  if (!listing.ok) return { ...listing, settings: undefined };

  const issues: ConfigIssue[] = [];
  const warnings: ConfigIssue[] = [...listing.warnings];
  const file = join(directory, SETTINGS_FILE);
  const settings = readSettings(file, directory);
  if (settings.ok) warnings.push(...settings.warnings.map((issue) => ({ file, ...issue })));
  else issues.push(...settings.issues.map((issue) => ({ file, ...issue })));

  const serverErrorsFile = join(directory, SERVER_ERRORS_FILE);
  const serverErrors = readServerErrors(serverErrorsFile);
  if (!serverErrors.ok) {
    issues.push(...serverErrors.issues.map((issue) => ({ file: serverErrorsFile, ...issue })));
  }

  const definitions: DefinitionFile<Definition>[] = [];
  for (const name of listing.value) {
    const read = readDefinition(join(directory, DEFINITIONS, name), parseDefinition);
    if (!read.ok) {
      issues.push(...read.issues);
      continue;
    }
    definitions.push(read.value);
    warnings.push(...read.warnings);
  }

  if (issues.length > 0 || !settings.ok || !serverErrors.ok) {
    return { ok: false, issues, settings: settings.ok ? settings.value : undefined };
  }
  const value = { settings: settings.value, definitions, serverErrors: serverErrors.value };
  return { ok: true, value, warnings };
}

/** The names of the definition files, after a look at what else lies around. */
function listConfiguration(directory: string): Read<readonly string[]> {
  const top = listDirectory(directory);
  if (!top.ok) return top;
  const misnamed = top.value.flatMap((name) => misnamedFile(join(directory, name), name));
  if (misnamed.length > 0) return { ok: false, issues: misnamed };
  const file = join(directory, DEFINITIONS);
  if (!top.value.includes(DEFINITIONS)) {
    if (!top.value.includes(SETTINGS_FILE)) {
      const problem = `expected ${SETTINGS_FILE} or ${DEFINITIONS}/, got neither`;
      return { ok: false, issues: [{ file: directory, path: "", problem }] };
    }
    return { ok: true, value: [], warnings: [noApi(file)] };
  }
  return listDefinitions(file);
}

/** A file that nobody reads, for its name, would be taken to hold. */
function misnamedFile(file: string, name: string): ConfigIssue[] {
  const issue = (what: string, right: string): ConfigIssue[] => [
    { file, path: "", problem: `expected ${what} in ${right}, got another name` },
  ];
  if (/^portcullis\.(?:yml|json)$/i.test(name)) return issue("the settings", SETTINGS_FILE);
  if (name !== SERVER_ERRORS_FILE && /^server[-_]?errors?\.json$/i.test(name)) {
    return issue("the server errors", SERVER_ERRORS_FILE);
  }
  return [];
}

function listDefinitions(directory: string): Read<readonly string[]> {
  const listed = listDirectory(directory);
  if (!listed.ok) return listed;
  const names = listed.value.filter((name) => !name.startsWith("."));
  const definitions = names.filter((name) => name.endsWith(".json"));
  const warnings = names
    .filter((name) => !name.endsWith(".json") && !name.endsWith(".json.example"))
    .map((name) => ({
      file: join(directory, name),
      path: "",
      problem: "expected a name that ends in .json, got another: the file is not read",
    }));
  if (definitions.length === 0) warnings.push(noApi(directory));
  return { ok: true, value: definitions, warnings };
}

function noApi(file: string): ConfigIssue {
  return { file, path: "", problem: "expected at least one API, got none: every request gets 503" };
}

function listDirectory(directory: string): Read<readonly string[]> {
  try {
    if (statSync(directory).isDirectory()) {
      return { ok: true, value: readdirSync(directory).toSorted(), warnings: [] };
    }
    return notListed(directory, "something else");
  } catch (error) {
    return notListed(directory, codeOf(error) === "ENOENT" ? "nothing there" : codeOf(error));
  }
}

function notListed(file: string, got: string): Read<never> {
  return {
    ok: false,
    issues: [{ file, path: "", problem: `expected a readable directory, got ${got}` }],
  };
}
