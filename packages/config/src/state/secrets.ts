import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { quote, StateDamagedError } from "../errors.ts";
import { readPrivateFile, writePrivateFile } from "./private-file.ts";

/** Shorter secrets are taken for truncated ones; those made here have 43 characters. */
const SHORTEST = 32;

/** Header-safe, one line, and without `:`, which separates key and secret in Basic credentials. */
const SECRET = /^[!-9;-~]{1,256}$/;

const REPORT_KEYS = [
  "access_key",
  "secret_key",
  "restricted_access_key",
  "restricted_secret_key",
] as const;

/** Who may read reports: in full, or with client identifiers masked. */
export interface ReportKeys {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly restrictedAccessKey: string;
  readonly restrictedSecretKey: string;
}

/** What the installation keeps to itself. Never to be logged. */
export interface Secrets {
  readonly adminSecret: string;
  readonly reportKeys: ReportKeys;
  /** 32 bytes in hex: keys the hashes of client identifiers. */
  readonly installationKey: string;
}

/** Reads the secret files, and makes those that are not there yet. */
export function openSecrets(directory: string): Secrets {
  return {
    adminSecret: readOrCreate(directory, "admin-secret", () => `${newSecret()}\n`, parseSecret),
    reportKeys: readOrCreate(directory, "report-keys.json", newReportKeys, parseReportKeys),
    installationKey: readOrCreate(
      directory,
      "installation-key",
      () => `${randomBytes(32).toString("hex")}\n`,
      (text) => (/^[0-9a-f]{64}\n?$/.test(text) ? text.trimEnd() : undefined),
    ),
  };
}

function readOrCreate<T>(
  directory: string,
  name: string,
  create: () => string,
  parse: (text: string) => T | undefined,
): T {
  const path = join(directory, name);
  let text = readPrivateFile(path);
  if (text === undefined) {
    text = create();
    writePrivateFile(path, text);
  }
  const value = parse(text);
  if (value !== undefined) return value;
  throw new StateDamagedError(
    path,
    `${quote(path)} is empty, truncated or damaged: restore it, or delete it to have a new one made`,
  );
}

/** 256 random bits. Never starts with `-`, so that it can follow a flag on a command line. */
function newSecret(): string {
  for (;;) {
    const secret = randomBytes(32).toString("base64url");
    if (!secret.startsWith("-")) return secret;
  }
}

function parseSecret(text: string): string | undefined {
  const secret = text.replace(/\r?\n$/, "");
  return secret.length >= SHORTEST && SECRET.test(secret) ? secret : undefined;
}

function newReportKeys(): string {
  const keys = Object.fromEntries(REPORT_KEYS.map((name) => [name, newSecret()]));
  return `${JSON.stringify(keys, undefined, 2)}\n`;
}

function parseReportKeys(text: string): ReportKeys | undefined {
  const values = parseValues(text);
  // Equal keys would let the restricted reader in as the full one.
  if (values === undefined || new Set(values).size !== REPORT_KEYS.length) return undefined;
  const [accessKey, secretKey, restrictedAccessKey, restrictedSecretKey] = values;
  if (secretKey.length < SHORTEST || restrictedSecretKey.length < SHORTEST) return undefined;
  return { accessKey, secretKey, restrictedAccessKey, restrictedSecretKey };
}

function parseValues(text: string): [string, string, string, string] | undefined {
  let keys: unknown;
  try {
    keys = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof keys !== "object" || keys === null) return undefined;
  const [first, second, third, fourth] = REPORT_KEYS.map((name): string | undefined => {
    const value: unknown = Reflect.get(keys, name);
    return typeof value === "string" && SECRET.test(value) ? value : undefined;
  });
  if (first === undefined || second === undefined) return undefined;
  return third === undefined || fourth === undefined ? undefined : [first, second, third, fourth];
}
