import type { ViteUserConfig } from "vitest/config";

export function project(test?: ViteUserConfig["test"]): ViteUserConfig;
export const HOT_PATH: { pool: "forks"; execArgv: string[] };
