import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import type { ConfigIssue } from "../config-issue.ts";
import type { Settings } from "../settings/settings.ts";
import {
  type DefinitionFile,
  type ParseDefinition,
  type Read,
  readDefinition,
} from "./read-definition.ts";
import { readSettings } from "./read-settings.ts";
import { codeOf } from "./read-text.ts";

const SETTINGS_FILE = "portcullis.yaml";
const DEFINITIONS = "api";

/** The whole content of a configuration directory. */
export interface Configuration<Definition> {
  readonly settings: Settings;
  /** In the order of their ids. */
  readonly definitions: readonly DefinitionFile<Definition>[];
}

/** A configuration, or every issue; then the settings, if they are in order, for what else is to be checked. */
export type ReadConfiguration<Definition> =
  | Extract<Read<Configuration<Definition>>, { readonly ok: true }>
  | (Extract<Read<never>, { readonly ok: false }> & { readonly settings: Settings | undefined });

/**
 * Reads a configuration directory: `portcullis.yaml` and `api/*.json`.
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

  if (issues.length > 0 || !settings.ok) {
    return { ok: false, issues, settings: settings.ok ? settings.value : undefined };
  }
  return { ok: true, value: { settings: settings.value, definitions }, warnings };
}

/** The names of the definition files, after a look at what else lies around. */
function listConfiguration(directory: string): Read<readonly string[]> {
  const top = listDirectory(directory);
  if (!top.ok) return top;
  const misnamed = top.value.filter((name) => /^portcullis\.(?:yml|json)$/i.test(name));
  if (misnamed.length > 0) {
    const issues = misnamed.map((name) => ({
      file: join(directory, name),
      path: "",
      problem: `expected the settings in ${SETTINGS_FILE}, got another name`,
    }));
    return { ok: false, issues };
  }
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
