import { readFileSync, statSync } from "node:fs";
import { release, type } from "node:os";

import type { Command } from "./command.ts";
import { noWords } from "./read-words.ts";

/** What is installed here; asks no proxy and needs no secret. */
export const VERSION_COMMAND: Command = {
  verb: "version",
  usage: "",
  summary: "Shows the version; needs no login",
  async run(words) {
    noWords(words);
    const built = statSync(new URL(import.meta.url))
      .mtime.toISOString()
      .slice(0, 10);
    return [
      `Portcullis ${packageVersion()}`,
      `Kernel Version : ${release()}`,
      `Operating System : ${operatingSystem()}`,
      `Build Date : ${built}`,
    ];
  },
};

function packageVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  );
  const version: unknown =
    typeof manifest === "object" && manifest !== null ? Reflect.get(manifest, "version") : "";
  return typeof version === "string" ? version : "";
}

function operatingSystem(): string {
  try {
    const description = readFileSync("/etc/os-release", "utf8");
    return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(description)?.[1] ?? type();
  } catch {
    return type();
  }
}
