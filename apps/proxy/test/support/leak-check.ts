import { afterAll } from "vitest";

import { cleanUp } from "./cleanup.ts";
import { waitFor } from "./wait-for.ts";

/** What a test file must not leave behind: sockets, servers, child processes. */
const LEAKS: ReadonlySet<string> = new Set(["TCPSocketWrap", "TCPServerWrap", "ProcessWrap"]);

// Registered before any hook of the file itself, so it runs after all of them. It throws if something
// is left.
afterAll(async () => {
  await cleanUp();
  await waitFor("sockets and child processes to be closed", () => leaks().length === 0, 5000);
});

function leaks(): string[] {
  return process.getActiveResourcesInfo().filter((name) => LEAKS.has(name));
}
