import { chooseBuild, currentPlatform } from "../../src/server/load-uws.ts";

/**
 * Whether the proxies of these tests run the older build of uWebSockets.js, 20.30; else it is 20.57. Where the
 * two differ (docs/security.md), a test says what each does.
 */
export const isOldBuild: boolean = chooseBuild(currentPlatform()).version.startsWith("20.30.");

/** Within this an idle connection is closed, and so is one whose request does not go on: 8 to 12 s or 28 to 32 s. */
export const CLOSED_WITHIN_MS: number = isOldBuild ? 20_000 : 45_000;
