import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

import { UwsUnavailableError } from "../errors.ts";
import { UWS_BUILDS, type UwsBuild } from "./uws-builds.ts";
import type { Uws } from "./uws.ts";

/** The largest request head, read by the addon (20.57) when it loads; past it the addon answers 431. */
const HEAD_BYTES_VARIABLE = "UWS_HTTP_MAX_HEADERS_SIZE";
/** Accepts a binary of one's own making: the SHA-256 of the file to load. */
const OWN_BUILD_VARIABLE = "PORTCULLIS_UWS_SHA256";

/** Of a binary, read at a time. */
const PIECE_BYTES = 64 * 1024;

const require = createRequire(import.meta.url);

/** What the loader looks at to choose a build. */
export interface Platform {
  readonly os: string;
  readonly arch: string;
  /** `process.versions.modules`: the ABI of this Node. */
  readonly abi: string;
  /** `undefined` where there is no glibc: macOS, Windows, musl. */
  readonly glibc: string | undefined;
}

export interface LoadedUws {
  readonly uws: Uws;
  /** Which build runs, for the start-up line: `uWebSockets.js 20.30.0 (uws_linux_x64_115.node)`. */
  readonly description: string;
  /** The largest Content-Length that it reads. */
  readonly largestLength: number;
}

/**
 * Sets the largest request head, for what is loaded from now on in any thread. To be called on the main thread:
 * a worker's `process.env` is a copy, which an addon does not see.
 */
export function limitHead(bytes: number): void {
  process.env[HEAD_BYTES_VARIABLE] = String(bytes);
}

/**
 * Loads the build of uWebSockets.js that fits this Node and system.
 *
 * The binary itself is required, never a package's entry point: one of them falls back to a slow
 * JavaScript server. Throws `UwsUnavailableError` where no build fits or its hash is not the pinned one.
 */
export function loadUws(): LoadedUws {
  const platform = currentPlatform();
  const build = chooseBuild(platform);
  const name = binaryName(platform);
  const file = binaryFile(build, name);
  verifyBinary(file, build, name);
  const uws: unknown = require(file);
  if (!isUws(uws))
    throw new UwsUnavailableError(`${name} does not export what uWebSockets.js does`);
  // Drops the `uWebSockets: 20` header, which would tell a decoy from a real answer.
  uws._cfg("silent");
  const { largestLength, version } = build;
  return { uws, description: `uWebSockets.js ${version} (${name})`, largestLength };
}

/** The first build, in order of preference, that loads on `platform`. */
export function chooseBuild(platform: Platform): UwsBuild {
  const name = binaryName(platform);
  const build = UWS_BUILDS.find(
    (candidate) =>
      candidate.binaries.has(name) &&
      (platform.os !== "linux" ||
        (platform.glibc !== undefined && isAtLeast(platform.glibc, candidate.glibc))),
  );
  if (build !== undefined) return build;
  throw new UwsUnavailableError(
    `no build of uWebSockets.js for ${platform.os} ${platform.arch}, Node ABI ${platform.abi}, ` +
      `${platform.glibc === undefined ? "no glibc" : `glibc ${platform.glibc}`}: use Node 20 on ` +
      "glibc 2.27 or later, Node 20 to 25 on glibc 2.38 or later (Debian 13, Ubuntu 24.04), or " +
      "either on macOS or Windows",
  );
}

/**
 * Where the binary `name` of `build` lies. Found by the package's entry point, which is resolved but not
 * run: it is the one thing that every package exports.
 */
export function binaryFile(build: UwsBuild, name: string): string {
  return path.join(path.dirname(require.resolve(build.package)), build.folder, name);
}

function binaryName(platform: Platform): string {
  return `uws_${platform.os}_${platform.arch}_${platform.abi}.node`;
}

/** This Node and system. */
export function currentPlatform(): Platform {
  const report: unknown = process.report.getReport();
  return {
    os: process.platform,
    arch: process.arch,
    abi: process.versions.modules,
    glibc: glibcOf(report),
  };
}

function glibcOf(report: unknown): string | undefined {
  if (typeof report !== "object" || report === null || !("header" in report)) return undefined;
  const { header } = report;
  if (typeof header !== "object" || header === null) return undefined;
  if (!("glibcVersionRuntime" in header)) return undefined;
  const version = header.glibcVersionRuntime;
  return typeof version === "string" ? version : undefined;
}

/** Compares dotted versions as numbers: 2.4 is less than 2.38. */
function isAtLeast(version: string, least: string): boolean {
  const have = version.split(".").map(Number);
  const need = least.split(".").map(Number);
  for (let i = 0; i < need.length; i++) {
    const difference = (have[i] ?? 0) - (need[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function verifyBinary(file: string, build: UwsBuild, name: string): void {
  const pinned = process.env[OWN_BUILD_VARIABLE] ?? build.binaries.get(name);
  const actual = hashOf(file);
  if (actual === pinned) return;
  throw new UwsUnavailableError(
    `${name} of ${build.package} has SHA-256 ${actual}, expected ${pinned ?? "none"}; ` +
      `a build of your own is accepted by ${OWN_BUILD_VARIABLE}`,
  );
}

/**
 * The SHA-256 of a file, read in small pieces: the memory of a whole binary (7 MB), once freed, makes glibc
 * keep as much of what is freed later, in each thread (mallopt(3), M_MMAP_THRESHOLD).
 */
function hashOf(file: string): string {
  const hash = createHash("sha256");
  const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
  const descriptor = openSync(file, "r");
  try {
    for (let taken = -1; taken !== 0;) {
      taken = readSync(descriptor, piece);
      hash.update(piece.subarray(0, taken));
    }
  } finally {
    closeSync(descriptor);
  }
  return hash.digest("hex");
}

function isUws(value: unknown): value is Uws {
  return (
    typeof value === "object" &&
    value !== null &&
    "App" in value &&
    "_cfg" in value &&
    "us_listen_socket_close" in value
  );
}
