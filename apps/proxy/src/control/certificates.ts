import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";

import { type Settings } from "@portcullis/config";

import { CertificateError } from "../errors.ts";
import { type TlsCertificate, type TlsSettings } from "../server/tls-server.ts";

type HttpsSettings = Settings["listen"]["https"];

/** The certificates as the engine takes them, and what tells whether the files have changed. */
export interface ReadCertificates {
  readonly tls: TlsSettings;
  /** Equal as long as the files' content is. */
  readonly fingerprint: string;
}

/**
 * Reads every certificate and key, and tries them as a TLS server would. Throws `CertificateError`
 * with every problem at once, before the engine is asked: that one only says that it failed.
 */
export function readCertificates({ certificates, ciphers }: HttpsSettings): ReadCertificates {
  const problems: string[] = [];
  const read: TlsCertificate[] = [];
  const contents: string[] = [];
  for (const { cert, key } of certificates) {
    const certText = readText(cert, problems);
    const keyText = readText(key, problems);
    if (certText === undefined || keyText === undefined) continue;
    contents.push(certText, keyText);
    const names = namesOf(certText, keyText, cert, ciphers, problems);
    read.push({ certFile: cert, keyFile: key, names });
  }
  if (problems.length > 0) throw new CertificateError(problems);
  return { tls: { certificates: read, ciphers }, fingerprint: contents.join("\n") };
}

/** The authorities that upstream servers are verified by; `undefined`: the system's. */
export function readUpstreamCa({ upstream }: Settings): string | undefined {
  if (upstream.caFile === undefined) return undefined;
  const problems: string[] = [];
  const ca = readText(upstream.caFile, problems);
  try {
    if (ca !== undefined) createSecureContext({ ca: [new X509Certificate(ca).toString()] });
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unusable";
    problems.push(`${upstream.caFile}: expected certificates of authorities, got: ${reason}`);
  }
  if (problems.length > 0) throw new CertificateError(problems);
  return ca;
}

function readText(file: string, problems: string[]): string | undefined {
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
    createSecureContext({ cert, key, ...(ciphers === "" ? {} : { ciphers }) });
    const { subjectAltName = "" } = new X509Certificate(cert);
    return subjectAltName
      .split(", ")
      .filter((name) => name.startsWith("DNS:"))
      .map((name) => name.slice("DNS:".length));
  } catch (error) {
    // OpenSSL's words hold no key material.
    const reason = error instanceof Error ? error.message : "unusable";
    problems.push(`${file}: expected a certificate with its key, got: ${reason}`);
    return [];
  }
}
