import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { missingForNginx, type NginxSubject, startNginx } from "./nginx.ts";
import type { SubjectSource } from "./subject.ts";

const MODULES = ["ngx_http_modsecurity_module.so"];
const NAME = "nginx-modsecurity";
/** Where Debian has them. */
const RULES = {
  engine: "/etc/nginx/modsecurity.conf",
  setUp: "/etc/modsecurity/crs/crs-setup.conf",
  rules: "/usr/share/modsecurity-crs/rules",
};

/** nginx with ModSecurity and the core rule set: another kind of policy, for scale. */
export const NGINX_MODSECURITY: SubjectSource = {
  name: NAME,
  missing: missingForNginx(MODULES) ?? missingRules(),
  start: (options) => {
    const home = join(options.directory, NAME);
    mkdirSync(home, { recursive: true });
    const lines = [
      `Include ${RULES.engine}`,
      "SecRuleEngine On",
      "SecAuditEngine Off",
      `Include ${RULES.setUp}`,
      `Include ${RULES.rules}/*.conf`,
      "",
    ];
    writeFileSync(join(home, "rules.conf"), lines.join("\n"));
    return startNginx(SUBJECT, options);
  },
};

function missingRules(): string | undefined {
  const missing = Object.values(RULES).find((path) => !existsSync(path));
  return missing === undefined ? undefined : `the core rule set is not installed: no ${missing}`;
}

const SUBJECT: NginxSubject = {
  name: NAME,
  description: "the core rule set as Debian ships it, in place of the policy: for scale only",
  policy: "crs",
  modules: MODULES,
  http: (home) => ["  modsecurity on;", `  modsecurity_rules_file ${home}/rules.conf;`],
  location: [],
};
