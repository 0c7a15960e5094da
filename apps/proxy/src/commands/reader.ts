import { readFiles } from "./read-files.ts";

/** Entry of the process that reads the configuration for a proxy that starts: see `read-files-apart.ts`. */
const [, , directory] = process.argv;
if (process.send === undefined || directory === undefined) {
  throw new TypeError("the reader is started by a proxy, and given a directory");
}
process.send(readFiles(directory), () => process.disconnect());
