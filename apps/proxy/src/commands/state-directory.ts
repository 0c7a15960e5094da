import { resolve } from "node:path";

const DEFAULT_STATE = "state";

/** The state directory: as given, else what the variable says that the command line reads too, else `./state`. */
export function stateDirectory(given: string | undefined): string {
  const named = process.env["PORTCULLIS_STATE"] ?? "";
  return resolve(given ?? (named === "" ? DEFAULT_STATE : named));
}
