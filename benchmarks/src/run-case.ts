import { writeFileSync } from "node:fs";

import { CASES } from "./cases.ts";

/** Entry of the process that runs one case: `run-case.js NAME short|full FILE` writes its result to FILE. */
const [name = "", length = "", file = ""] = process.argv.slice(2);
const load = CASES.get(name);
if (load === undefined) throw new TypeError(`no case ${name}`);
// The servers that a case has started are ended when this process exits.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
const benchCase = await load();
const result = await benchCase.run(
  (progress) => {
    process.stderr.write(`${name}: ${progress}\n`);
  },
  length === "full" ? "full" : "short",
);
writeFileSync(file, JSON.stringify(result));
