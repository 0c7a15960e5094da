import type { ApiDefinition } from "../definition/api-definition.ts";
import { parseApiDefinition } from "../definition/parse-api-definition.ts";
import { unenforcedSettings } from "../definition/unenforced-settings.ts";
import type { Issue, Parsed } from "../parsed.ts";
import { attachPolicy, compilePolicy, type Policy } from "./compile-policy.ts";

/**
 * Reads API definitions, one API JSON by each API's id, and makes them ready for this thread; or
 * says everything that is wrong with any of them.
 *
 * The path of an issue starts with the id of its API. For several threads use `compilePolicy` and
 * `attachPolicy`: then the tables are shared.
 */
export function parsePolicy(definitions: Readonly<Record<string, unknown>>): Parsed<Policy> {
  const apis: ApiDefinition[] = [];
  const issues: Issue[] = [];
  const warnings: Issue[] = [];
  for (const [id, json] of Object.entries(definitions)) {
    const parsed = parseApiDefinition(id, json);
    if (parsed.ok) {
      apis.push(parsed.value);
      warnings.push(...ofApi(id, [...parsed.warnings, ...unenforcedSettings(parsed.value, true)]));
    } else {
      issues.push(...ofApi(id, parsed.issues));
    }
  }
  const compiled = compilePolicy(apis);
  if (!compiled.ok) issues.push(...compiled.issues);
  if (!compiled.ok || issues.length > 0) return { ok: false, issues };
  return { ok: true, value: attachPolicy(compiled.value), warnings };
}

function ofApi(id: string, issues: readonly Issue[]): readonly Issue[] {
  return issues.map(({ path, problem }) => ({ path: `${id}: ${path}`, problem }));
}
