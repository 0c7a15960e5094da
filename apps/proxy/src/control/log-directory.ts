import { mkdirSync } from "node:fs";
import { join } from "node:path";

import type { LogSettings } from "@portcullis/config";

/** Where the logs go: created if it is not there, and closed to others then. */
export function openLogDirectory({ directory }: LogSettings, stateDirectory: string): string {
  const path = directory ?? join(stateDirectory, "logs");
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}
