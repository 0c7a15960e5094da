import { project } from "@portcullis/testkit/vitest-preset";

export default project({
  setupFiles: ["test/support/leak-check.ts"],
  // What detection saw is on disk, in lists and in reports within 50 ms, not at once.
  expect: { poll: { interval: 10, timeout: 5000 } },
  // The raw request cases wait side by side for connections that are closed after ten seconds.
  maxConcurrency: 300,
  // Each file starts proxies of its own with two edges, and some measure time.
  fileParallelism: false,
});
