import { resolve } from "node:path";

const DEFAULT_STATE = "state";

/** The state directory: as given, else what the variable says that the command line reads too, else `./state`. */
export function stateDirectory(given: string | undefined): string {
  return resolve(given ?? process.env["PORTCULLIS_STATE"] ?? DEFAULT_STATE);
}
