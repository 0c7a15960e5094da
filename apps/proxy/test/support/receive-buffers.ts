import { existsSync, readFileSync } from "node:fs";

const SETTING = "/proc/sys/net/ipv4/tcp_rmem";

/** So much the engine reads at once: docs/security.md says what happens where the kernel has more at hand. */
export const READ_BYTES = 512 * 1024;

/** The most that the kernel keeps of what a connection has received; infinite where it does not say. */
export function mostReceived(): number {
  if (!existsSync(SETTING)) return Number.POSITIVE_INFINITY;
  return Number(readFileSync(SETTING, "utf8").trim().split("\t").at(-1));
}
