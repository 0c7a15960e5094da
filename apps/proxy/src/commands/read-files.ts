import { readConfiguration, renderConfigIssue, type Settings } from "@portcullis/config";
import { compilePolicy, parseApiDefinition, unenforcedSettings } from "@portcullis/core";

import { readCertificates, readUpstreamCa } from "../control/certificates.ts";
import { type RegisteredApi } from "../control/definition-registry.ts";
import { CertificateError } from "../errors.ts";

/** A configuration directory as read, or the lines that say why it cannot be used. */
export type ReadFiles =
  | {
      readonly ok: true;
      readonly settings: Settings;
      readonly files: readonly RegisteredApi[];
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Certificates are tried at once: a proxy that starts without its TLS listener would be no help. */
function certificateProblems(settings: Settings): readonly string[] {
  return [
    ...problemsOf(() => readCertificates(settings.listen.https)),
    ...problemsOf(() => readUpstreamCa(settings)),
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

/** Reads a configuration directory and compiles it, so that nothing is left to go wrong later. */
export function readFiles(directory: string): ReadFiles {
  const read = readConfiguration({ directory, parseDefinition: parseApiDefinition });
  if (!read.ok) return { ok: false, problems: read.issues.map(renderConfigIssue) };
  const { definitions, settings } = read.value;
  const policy = compilePolicy(definitions.map((file) => file.definition));
  if (!policy.ok) {
    const problems = policy.issues.map(({ path, problem }) => `${directory}: ${path}: ${problem}`);
    return { ok: false, problems };
  }
  const unusable = certificateProblems(settings);
  if (unusable.length > 0) return { ok: false, problems: unusable };
  const unenforced = definitions.flatMap(({ definition, file }) =>
    unenforcedSettings(definition).map((issue) => renderConfigIssue({ file, ...issue })),
  );
  return {
    ok: true,
    settings,
    files: definitions.map(({ definition, hash, id, json }) => ({
      id,
      json,
      definition,
      fileHash: hash,
    })),
    warnings: [...read.warnings.map(renderConfigIssue), ...unenforced],
  };
}
