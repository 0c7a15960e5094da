import { accessSync, constants, existsSync } from "node:fs";

import {
  type DefinitionFile,
  readConfiguration,
  renderConfigIssue,
  type Settings,
} from "@portcullis/config";
import {
  type ApiDefinition,
  type Answer,
  compilePolicy,
  parseApiDefinition,
  unenforcedSettings,
} from "@portcullis/core";

import { readCertificateTexts, tryCertificates } from "../control/certificates.ts";
import { CONNECTION_TABLE } from "../control/connection-census.ts";
import type { RegisteredApi } from "../control/definition-registry.ts";
import { MOST_SERVERS, tooManyServers } from "../control/server-watch.ts";
import { unknownIssuer } from "../control/unknown-issuer.ts";
import { readUpstreamTls } from "../control/upstream-tls.ts";
import { CertificateError } from "../errors.ts";

/** A configuration directory as read, or the lines that say why it cannot be used. */
export type ReadFiles =
  | {
      readonly ok: true;
      readonly settings: Settings;
      readonly files: readonly RegisteredApi[];
      readonly serverErrors: readonly Answer[];
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads a configuration directory and compiles it, so that nothing is left to go wrong later. */
export function readFiles(directory: string): ReadFiles {
  const read = readConfiguration({ directory, parseDefinition: parseApiDefinition });
  if (!read.ok) {
    const { settings } = read;
    const unusable = settings === undefined ? [] : certificateProblems(settings);
    return { ok: false, problems: [...read.issues.map(renderConfigIssue), ...unusable] };
  }
  const { definitions, serverErrors, settings } = read.value;
  const problems = [
    ...policyProblems(definitions.map((file) => file.definition)).map(
      (problem) => `${directory}: ${problem}`,
    ),
    ...certificateProblems(settings),
    ...issuerProblems(definitions, settings),
    ...systemProblems(settings),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const unenforced = definitions.flatMap(({ definition, file }) =>
    unenforcedSettings(definition, settings.trustedProxies.length > 0).map((issue) =>
      renderConfigIssue({ file, ...issue }),
    ),
  );
  return {
    ok: true,
    settings,
    serverErrors,
    files: definitions.map(({ definition, hash, id, json }) => ({
      id,
      json,
      definition,
      fileHash: hash,
    })),
    warnings: [...read.warnings.map(renderConfigIssue), ...unenforced],
  };
}

/** What keeps definitions, each of them in order, from standing together. */
function policyProblems(definitions: readonly ApiDefinition[]): readonly string[] {
  const policy = compilePolicy(definitions);
  if (!policy.ok) return policy.issues.map(({ path, problem }) => `${path}: ${problem}`);
  const servers = definitions.reduce((total, definition) => total + definition.servers.length, 0);
  return servers > MOST_SERVERS ? [tooManyServers()] : [];
}

/** A definition that names no issuer of the settings would refuse every token. */
function issuerProblems(
  definitions: readonly DefinitionFile<ApiDefinition>[],
  { tokenIssuers }: Settings,
): readonly string[] {
  const names = tokenIssuers.map(({ name }) => name);
  const unknown = definitions.flatMap(({ definition, file }) => {
    const issue = unknownIssuer(definition, names);
    return issue === undefined ? [] : [renderConfigIssue({ file, ...issue })];
  });
  const unreadable = tokenIssuers.flatMap(({ keys, name }) => {
    if (keys.kind === "jwks-url" || isReadable(keys.place)) return [];
    return [`token issuer ${name}: ${keys.place}: expected a file that can be read`];
  });
  return [...unknown, ...unreadable];
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Certificates are tried at once: a proxy that starts without its TLS listener would be no help. */
function certificateProblems(settings: Settings): readonly string[] {
  const { https } = settings.listen;
  return [
    ...problemsOf(() => tryCertificates(readCertificateTexts(https), https.ciphers)),
    ...problemsOf(() => readUpstreamTls(settings)),
  ];
}

/** What this system cannot do. An option that does nothing would be taken for protection. */
function systemProblems({ limits }: Settings): readonly string[] {
  if (limits.connectionsPerAddress === 0 || existsSync(CONNECTION_TABLE)) return [];
  return [
    `limits.connections_per_address: expected 0 on this system, which has no ${CONNECTION_TABLE}, got ${limits.connectionsPerAddress}`,
  ];
}

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof CertificateError) return error.problems;
    throw error;
  }
}
