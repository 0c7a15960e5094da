import { project } from "@portcullis/testkit/vitest-preset";
import { defineConfig } from "vitest/config";

/** What measures time, or saturates the machine: nothing may run beside it. */
const ALONE = "test/alone/**/*.test.ts";

/** What stands behind the engine. With `PORTCULLIS_SUITES=engine` it is left out: `.ci/run` has another build of the engine then. */
const BEHIND_THE_ENGINE = [
  "test/alone/durability.test.ts",
  "test/background.test.ts",
  "test/command-line.test.ts",
  "test/list-exchange.test.ts",
  "test/list-formats.test.ts",
  "test/real-issuers.test.ts",
  "test/reload.test.ts",
  "test/server-health.test.ts",
  "test/server-seats.test.ts",
  "test/servers.test.ts",
];
const leftOut = process.env["PORTCULLIS_SUITES"] === "engine" ? BEHIND_THE_ENGINE : [];

const everywhere = {
  setupFiles: ["test/support/leak-check.ts"],
  // What detection saw is on disk, in lists and in reports within 50 ms, not at once.
  expect: { poll: { interval: 10, timeout: 5000 } },
  // The raw request cases wait side by side for connections that are closed after ten seconds.
  maxConcurrency: 300,
};

export default defineConfig({
  test: {
    projects: [
      project({
        ...everywhere,
        name: "side by side",
        exclude: [ALONE, ...leftOut],
        // Each file starts proxies of its own with two edges, and waits a good deal.
        maxWorkers: 2,
        sequence: { groupOrder: 0 },
      }),
      project({
        ...everywhere,
        name: "alone",
        include: [ALONE],
        exclude: leftOut,
        fileParallelism: false,
        sequence: { groupOrder: 1 },
      }),
    ],
  },
});
