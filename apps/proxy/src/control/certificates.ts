import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";

import type { Settings } from "@portcullis/config";

import { CertificateError } from "../errors.ts";

type HttpsSettings = Settings["listen"]["https"];

/** A certificate and its key as the files have them, and the names it is made out to. */
export interface ReadCertificate {
  readonly cert: string;
  readonly key: string;
  /** DNS names in lower case, `*.example.com` included. */
  readonly names: readonly string[];
}

/** What the files of the certificates hold, usable or not. */
export interface CertificateTexts {
  readonly pairs: readonly { readonly file: string; readonly cert: string; readonly key: string }[];
  /** One for each file that cannot be read. */
  readonly problems: readonly string[];
  /** Equal as long as the files' content is; tells nothing of it. */
  readonly fingerprint: string;
}

/** A name that a client may ask for; a certificate may hold others, of mail servers for one. */
const SERVER_NAME = /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/** Reads the files and looks no closer. */
export function readCertificateTexts({ certificates }: HttpsSettings): CertificateTexts {
  const pairs: { file: string; cert: string; key: string }[] = [];
  const problems: string[] = [];
  const hash = createHash("sha256");
  for (const { cert: file, key: keyFile } of certificates) {
    const cert = readText(file, problems);
    const key = readText(keyFile, problems);
    hash.update(JSON.stringify([cert, key]));
    if (cert !== undefined && key !== undefined) pairs.push({ file, cert, key });
  }
  return { pairs, problems, fingerprint: hash.digest("hex") };
}

/**
 * Tries every certificate with its key as a TLS server would. Throws `CertificateError` with every
 * problem at once, before the engine is asked: that one only says that it failed.
 */
export function tryCertificates(texts: CertificateTexts, ciphers: string): ReadCertificate[] {
  const problems = [...texts.problems];
  const read = texts.pairs.map(({ cert, file, key }) => ({
    cert,
    key,
    names: namesOf(cert, key, file, ciphers, problems),
  }));
  if (problems.length > 0) throw new CertificateError(problems);
  return read;
}

/** `undefined`: it cannot be read, and `problems` says so. */
export function readText(file: string, problems: string[]): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    problems.push(`${file}: expected a PEM file, got ${code}`);
    return undefined;
  }
}

/** The DNS names a certificate is made out to (RFC 6125); the key must be its key. */
function namesOf(
  cert: string,
  key: string,
  file: string,
  ciphers: string,
  problems: string[],
): string[] {
  try {
    // A secure context takes an empty file for no key.
    createPrivateKey(key);
    createSecureContext({ cert, key, ...(ciphers === "" ? {} : { ciphers }) });
    const { subjectAltName = "" } = new X509Certificate(cert);
    return subjectAltName
      .split(", ")
      .filter((name) => name.startsWith("DNS:"))
      .map((name) => name.slice("DNS:".length).toLowerCase())
      .filter((name) => SERVER_NAME.test(name));
  } catch (error) {
    problems.push(`${file}: expected a certificate with its key, got: ${reasonOf(error)}`);
    return [];
  }
}

/** OpenSSL's words, which hold no key material. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : "unusable";
}
