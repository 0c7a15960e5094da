import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { binaryFile, chooseBuild, type Platform } from "../src/server/load-uws.ts";
import { UWS_BUILDS } from "../src/server/uws-builds.ts";

const DEBIAN_12: Platform = { os: "linux", arch: "x64", abi: "115", glibc: "2.36" };

describe("the build of uWebSockets.js", () => {
  test.for<{ readonly name: string; readonly given: Partial<Platform>; readonly want: string }>([
    { name: "Node 20 on an older glibc takes the older build", given: {}, want: "20.30.0" },
    { name: "Node 20 on a newer glibc", given: { glibc: "2.38" }, want: "20.57.0" },
    { name: "2.4 is an older glibc than 2.38", given: { glibc: "2.4" }, want: "none" },
    { name: "Node 24 on a newer glibc", given: { abi: "137", glibc: "2.41" }, want: "20.57.0" },
    { name: "Node 24 on an older glibc", given: { abi: "137" }, want: "none" },
    { name: "a Linux without glibc", given: { glibc: undefined }, want: "none" },
    { name: "a Mac", given: { os: "darwin", arch: "arm64", glibc: undefined }, want: "20.57.0" },
    { name: "a Node that is too new", given: { abi: "999", glibc: "2.41" }, want: "none" },
    { name: "a processor that nobody built for", given: { arch: "riscv64" }, want: "none" },
  ])("$name: $want", ({ given, want }) => {
    expect(versionFor({ ...DEBIAN_12, ...given })).toBe(want);
  });

  test("where none fits, it is said what would", () => {
    expect(() => chooseBuild({ ...DEBIAN_12, abi: "137" })).toThrow(/Node ABI 137.*glibc 2\.38/);
  });
});

// The build of this machine is tried by every other suite; the rest of them only here.
test.for(
  UWS_BUILDS.flatMap((build) =>
    [...build.binaries].map(([name, sha256]) => ({ build, name, sha256, from: build.package })),
  ),
)("$from has $name where the loader looks for it, as it was pinned", ({ build, name, sha256 }) => {
  const bytes = readFileSync(binaryFile(build, name));
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
});

function versionFor(platform: Platform): string {
  try {
    return chooseBuild(platform).version;
  } catch {
    return "none";
  }
}
