import { type Settings } from "@portcullis/config";

import { type TlsSettings } from "../server/tls-server.ts";
import { readCertificates } from "./certificates.ts";

/** Reading the files is simpler and surer than being told of changes: mounted secrets are swapped by links. */
const LOOK_EVERY_MS = 5_000;

/** Looks at the certificate files now and then, and says when they have changed and can be used. */
export class CertificateWatch {
  readonly #timer: NodeJS.Timeout;

  constructor(
    settings: Settings["listen"]["https"],
    fingerprint: string,
    onChange: (tls: TlsSettings) => void,
    onTrouble: (what: string, error: unknown) => void,
    everyMs: number = LOOK_EVERY_MS,
  ) {
    let known = fingerprint;
    let lastProblem = "";
    this.#timer = setInterval(() => {
      try {
        const read = readCertificates(settings);
        lastProblem = "";
        if (read.fingerprint === known) return;
        known = read.fingerprint;
        onChange(read.tls);
      } catch (error) {
        // Said once, not at every look: a certificate may be replaced before its key is.
        const problem = error instanceof Error ? error.message : "";
        if (problem !== lastProblem) onTrouble("the certificates cannot be reloaded", error);
        lastProblem = problem;
      }
    }, everyMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
