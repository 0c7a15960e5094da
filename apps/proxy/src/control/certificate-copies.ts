import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { TlsCertificate } from "../server/tls-server.ts";
import type { ReadCertificate } from "./certificates.ts";

/**
 * Copies of the certificates and keys in force, in the state directory and for its owner only.
 *
 * The engine reads files, and ends the process over one that it cannot use. The operator's may change
 * between our look and its own, and may be unusable when a crashed edge starts again; these do not.
 */
export class CertificateCopies {
  readonly #directory: string;
  #generation = 0;

  /** Empties `directory`: a proxy that was killed leaves its copies behind. */
  constructor(directory: string) {
    this.#directory = directory;
    this.remove();
  }

  /** Writes a new generation. The one before it stays, for edges that are about to read it. */
  write(certificates: readonly ReadCertificate[]): TlsCertificate[] {
    const generation = ++this.#generation;
    const directory = this.#of(generation);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const written = certificates.map(({ cert, key, names }, index) => {
      const certFile = join(directory, `${index}.cert.pem`);
      const keyFile = join(directory, `${index}.key.pem`);
      writeFileSync(certFile, cert, { mode: 0o600 });
      writeFileSync(keyFile, key, { mode: 0o600 });
      return { certFile, keyFile, names };
    });
    rmSync(this.#of(generation - 2), { recursive: true, force: true });
    return written;
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #of(generation: number): string {
    return join(this.#directory, String(generation));
  }
}
