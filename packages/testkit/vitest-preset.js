import { defineConfig } from "vitest/config";

const sourceFirst = ["@portcullis/source", "node", "module", "import", "default"];

/**
 * The one vitest configuration: workspace packages resolve to their source, tests live in `test/`.
 *
 * @param {import("vitest/config").ViteUserConfig["test"]} [test]
 */
export function project(test) {
  return defineConfig({
    ssr: { resolve: { conditions: sourceFirst } },
    // Generous: suites of several packages run side by side, on two cores in CI.
    test: { include: ["test/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000, ...test },
  });
}

/**
 * For packages with allocation tests: natives and `gc` exposed, a nursery that hides no garbage, and
 * hot code compiled at once. In a thread of its own the compiler can come after the last round where
 * the cores are busy, and code that is not compiled yet boxes each number that it reads.
 */
export const HOT_PATH = {
  pool: /** @type {const} */ ("forks"),
  execArgv: [
    "--allow-natives-syntax",
    "--expose-gc",
    "--min-semi-space-size=64",
    "--no-concurrent-recompilation",
  ],
};
