import type { Issue } from "../parsed.ts";
import type { ApiDefinition } from "./api-definition.ts";

const API = "api_metadata";
const PROBLEM = "is read, but this version does not act on it";

/**
 * The settings that differ from their defaults and that this version does not act on, for whoever
 * loads the definition to tell its owner: a limit that is written down but not kept must be known.
 */
export function unenforcedSettings(definition: ApiDefinition): readonly Issue[] {
  return ofLogin(definition).map((path) => ({ path, problem: PROBLEM }));
}

function ofLogin(api: ApiDefinition): readonly string[] {
  return api.loginUrl === undefined ? [] : [`${API}.login_url`];
}
