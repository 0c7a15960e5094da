import { project } from "@portcullis/testkit/vitest-preset";
import { defineConfig } from "vitest/config";

/** What measures time, or saturates the machine: nothing may run beside it. */
const ALONE = "test/alone/**/*.test.ts";

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
        exclude: [ALONE],
        // Each file starts proxies of its own with two edges, and waits a good deal.
        maxWorkers: 2,
        sequence: { groupOrder: 0 },
      }),
      project({
        ...everywhere,
        name: "alone",
        include: [ALONE],
        fileParallelism: false,
        sequence: { groupOrder: 1 },
      }),
    ],
  },
});
