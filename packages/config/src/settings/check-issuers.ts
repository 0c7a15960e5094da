import type { Issue } from "@portcullis/core";

import type { FilledOptions } from "./options-schema.ts";

/** What must hold within an issuer of tokens, and between all of them. */
export function checkIssuers(issuers: FilledOptions["token_issuers"]): Issue[] {
  const issues: Issue[] = [];
  const names = new Set<string>();
  for (const [index, issuer] of issuers.entries()) {
    const path = `token_issuers[${index}]`;
    const sources = [issuer.jwks_url, issuer.jwks_file, issuer.pem_file];
    const given = sources.filter((source) => source !== undefined).length;
    if (given !== 1) {
      issues.push({
        path,
        problem: `expected one of jwks_url, jwks_file and pem_file, got ${given === 0 ? "none" : given}`,
      });
    }
    if (issuer.pem_file !== undefined && issuer.algorithms.length > 1) {
      issues.push({
        path: `${path}.algorithms`,
        problem: `expected one algorithm for the key of pem_file, got ${issuer.algorithms.length}`,
      });
    }
    if (names.has(issuer.name)) {
      issues.push({ path: `${path}.name`, problem: "expected a name of its own, got one twice" });
    }
    names.add(issuer.name);
  }
  return issues;
}
