import { expect, test } from "vitest";

import { parseArguments } from "../src/index.ts";

test.for([
  { argv: [], want: { kind: "run", config: undefined, state: undefined } },
  { argv: ["--config", "c", "--state=s"], want: { kind: "run", config: "c", state: "s" } },
  { argv: ["--check-config", "--config", "c"], want: { kind: "check-config", config: "c" } },
  {
    argv: ["--background", "--state", "s"],
    want: { kind: "start", config: undefined, state: "s" },
  },
  { argv: ["--stop"], want: { kind: "stop", state: undefined } },
  { argv: ["--stop", "--state", "s"], want: { kind: "stop", state: "s" } },
  { argv: ["--version"], want: { kind: "version" } },
  { argv: ["-h", "--version"], want: { kind: "help" } },
])("$argv is understood", ({ argv, want }) => {
  expect(parseArguments(argv)).toEqual(want);
});

test.for([
  { argv: ["--confg", "c"], want: 'unknown flag "--confg", did you mean "--config"?' },
  {
    argv: ["--check_config"],
    want: 'unknown flag "--check_config", did you mean "--check-config"?',
  },
  { argv: ["--no-check-config"], want: 'unknown flag "--no-check-config"' },
  { argv: ["-x"], want: 'unknown flag "-x"' },
  { argv: ["--__proto__"], want: 'unknown flag "--__proto__"' },
  { argv: ["--x\ny"], want: String.raw`unknown flag "--x\ny"` },
  { argv: ["start"], want: 'expected flags only, got "start"' },
  { argv: ["--", "start"], want: 'expected flags only, got "start"' },
  { argv: ["--config"], want: "--config needs a directory" },
  { argv: ["--config="], want: "--config needs a directory" },
  { argv: ["--config", "--state", "s"], want: "--config needs a directory" },
  { argv: ["--state", "a", "--state", "b"], want: "--state is given twice" },
  { argv: ["--help=no"], want: "--help takes no value" },
  { argv: ["--stop", "--background"], want: "--background and --stop exclude each other" },
  { argv: ["--stop", "--config", "c"], want: "--config and --stop exclude each other" },
  {
    argv: ["--background", "--check-config"],
    want: "--check-config and --background exclude each other",
  },
])("$argv is refused in one line", ({ argv, want }) => {
  expect(parseArguments(argv)).toEqual({ kind: "refused", problem: expect.stringContaining(want) });
  expect(JSON.stringify(parseArguments(argv))).not.toContain(String.raw`\\n\\n`);
});
