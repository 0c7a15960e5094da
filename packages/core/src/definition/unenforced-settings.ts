import type { Issue } from "../parsed.ts";
import type { ApiDefinition } from "./api-definition.ts";

const API = "api_metadata";
const PROBLEM = "has no effect without login_username: nobody's name is learned";

const UNTRUSTED =
  "has no effect without trusted_proxies: the user name of anybody else is neither believed nor passed on";

/**
 * The settings that differ from their defaults and that have no effect as things stand, for whoever
 * loads the definition to tell its owner: a limit that is written down but not kept must be known.
 * `trustsProxies`: whether there is a proxy whose headers are believed.
 */
export function unenforcedSettings(
  definition: ApiDefinition,
  trustsProxies: boolean,
): readonly Issue[] {
  const issues = ofLogin(definition).map((path) => ({ path, problem: PROBLEM }));
  const { jwt, usernameHeader } = definition;
  if (!trustsProxies && usernameHeader !== undefined && jwt === undefined) {
    issues.push({ path: `${API}.username_header`, problem: UNTRUSTED });
  }
  return issues;
}

function ofLogin(api: ApiDefinition): readonly string[] {
  const isUnused = api.loginUrl !== undefined && api.loginUsername === undefined;
  return isUnused ? [`${API}.login_url`] : [];
}
