import type { Issue } from "../parsed.ts";
import type { ApiDefinition } from "./api-definition.ts";

const API = "api_metadata";
const PROBLEM = "is read, but this version does not act on it";
const DEFAULT_IDLE_SECONDS = 12_000;

/**
 * The settings that differ from their defaults and that this version does not act on, for whoever
 * loads the definition to tell its owner: a limit that is written down but not kept must be known.
 */
export function unenforcedSettings(definition: ApiDefinition): readonly Issue[] {
  return ofCookie(definition).map((path) => ({ path, problem: PROBLEM }));
}

function ofCookie(api: ApiDefinition): readonly string[] {
  const isIdleTimeSet =
    api.cookie !== undefined && api.cookieIdleTimeoutSeconds !== DEFAULT_IDLE_SECONDS;
  return [
    ...when(isIdleTimeSet, `${API}.cookie_idle_timeout`),
    ...when(api.logoutApiEnabled, `${API}.logout_api_enabled`),
    ...when(api.loginUrl !== undefined, `${API}.login_url`),
  ];
}

function when(isSet: boolean, path: string): readonly string[] {
  return isSet ? [path] : [];
}
