// The program as it runs: a file for the commands, one for the control thread's code, one for an edge's, one for the
// process that reads the configuration, and one for what several of them have. Hundreds of modules in their place cost
// every start some 0.4 s and every running proxy 10 MiB (docs/performance.md).
import { defineConfig } from "rolldown";

import { thirdPartyLicenses } from "./third-party-licenses.mjs";

export default defineConfig({
  input: { main: "dist/main.js", edge: "dist/edge/main.js", reader: "dist/commands/reader.js" },
  platform: "node",
  // What has native code or threads of its own finds them beside its own files.
  external: ["lmdb", "msgpackr", "piscina", "ws"],
  plugins: [thirdPartyLicenses()],
  output: {
    dir: "bundle",
    cleanDir: true,
    format: "esm",
    chunkFileNames: "[name].js",
    codeSplitting: { groups: [{ name: "shared", minShareCount: 2 }] },
    // One letter past Latin-1, and V8 keeps the whole file with two bytes for each of its letters.
    charset: "ascii",
    comments: false,
    sourcemap: true,
  },
});
