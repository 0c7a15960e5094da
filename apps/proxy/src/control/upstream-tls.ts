import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import * as tls from "node:tls";

import type { Settings } from "@portcullis/config";
import type { UpstreamTlsOptions } from "@portcullis/upstream";

import { CertificateError } from "../errors.ts";
import { readText, reasonOf } from "./certificates.ts";

type UpstreamTlsSettings = Pick<
  Settings["upstream"],
  "authorities" | "caFile" | "clientCertificate"
>;

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
/** Where OpenSSL's own programs look first. */
const SYSTEM_FILE_VARIABLE = "SSL_CERT_FILE";
/** Where systems keep their authorities in one file: Debian, Red Hat, SUSE, Alpine and the BSDs. */
const SYSTEM_FILES: readonly string[] = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/**
 * How servers with `server_ssl` are verified, and what they are shown. Throws `CertificateError`, with
 * every problem at once, for files that cannot be used: what is unusable would be left out in silence.
 */
export function readUpstreamTls({
  upstream,
}: {
  readonly upstream: UpstreamTlsSettings;
}): UpstreamTlsOptions {
  const problems: string[] = [];
  const { caFile, clientCertificate } = upstream;
  const ca =
    caFile === undefined ? authoritiesOf(upstream, problems) : readAuthorities(caFile, problems);
  const own =
    clientCertificate &&
    readClientCertificate(clientCertificate.cert, clientCertificate.key, problems);
  if (problems.length > 0) throw new CertificateError(problems);
  return { ...(ca === undefined ? {} : { ca }), ...own };
}

/** `undefined`: those that Node comes with. */
function authoritiesOf(
  { authorities }: UpstreamTlsSettings,
  problems: string[],
): string | undefined {
  if (authorities === "node") return undefined;
  const file = process.env[SYSTEM_FILE_VARIABLE] ?? SYSTEM_FILES.find((each) => existsSync(each));
  if (file !== undefined) return readAuthorities(file, problems);
  const found = askSystem();
  if (found.length > 0) return found.join("\n");
  if (authorities === "system") {
    problems.push(
      `upstream.authorities: expected the system to have authorities, got none: neither ${SYSTEM_FILE_VARIABLE} nor ${SYSTEM_FILES.join(", ")}`,
    );
  }
  return undefined;
}

/** What Node (22.15 and later) finds where there is no such file: macOS and Windows keep none. */
function askSystem(): readonly string[] {
  const ask: unknown = Reflect.get(tls, "getCACertificates");
  const found: unknown = typeof ask === "function" ? ask("system") : [];
  return Array.isArray(found) ? found.filter((each) => typeof each === "string") : [];
}

function readAuthorities(file: string, problems: string[]): string | undefined {
  const text = readText(file, problems);
  if (text === undefined) return undefined;
  const authorities = text.match(PEM_CERTIFICATE) ?? [];
  if (authorities.length === 0) {
    problems.push(`${file}: expected certificates of authorities, got none`);
  }
  for (const [index, authority] of authorities.entries()) {
    try {
      // A secure context leaves out in silence what is none.
      tls.createSecureContext({ ca: new X509Certificate(authority).toString() });
    } catch (error) {
      problems.push(
        `${file}: expected certificates of authorities, got, as number ${index + 1}: ${reasonOf(error)}`,
      );
    }
  }
  return authorities.join("\n");
}

function readClientCertificate(
  file: string,
  keyFile: string,
  problems: string[],
): Pick<UpstreamTlsOptions, "cert" | "key"> {
  const cert = readText(file, problems);
  const key = readText(keyFile, problems);
  if (cert === undefined || key === undefined) return {};
  try {
    // A secure context takes an empty file for no key, and for no certificate.
    createPrivateKey(key);
    tls.createSecureContext({ cert: new X509Certificate(cert).toString(), key });
    return { cert, key };
  } catch (error) {
    problems.push(`${file}: expected a certificate with its key, got: ${reasonOf(error)}`);
    return {};
  }
}
