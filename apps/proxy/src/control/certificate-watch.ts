import type { Settings } from "@portcullis/config";

import { CertificateError } from "../errors.ts";
import { type CertificateTexts, readCertificateTexts } from "./certificates.ts";

/** Reading the files is simpler and surer than being told of changes: mounted secrets are swapped by links. */
const LOOK_EVERY_MS = 5_000;

export interface CertificateWatchOptions {
  readonly settings: Settings["listen"]["https"];
  /** Of what is in force. */
  readonly fingerprint: string;
  /** Brings what the files hold now into force, or throws. */
  readonly onChange: (texts: CertificateTexts) => void;
  readonly onTrouble: (what: string, error: unknown) => void;
}

/** Looks at the certificate files now and then, and says when they have changed. */
export class CertificateWatch {
  readonly #options: CertificateWatchOptions;
  readonly #timer: NodeJS.Timeout;
  #inForce: string;
  /** Of what was looked at last, usable or not. */
  #lookedAt: string;
  #lastProblem = "";

  constructor(options: CertificateWatchOptions) {
    this.#options = options;
    this.#inForce = options.fingerprint;
    this.#lookedAt = options.fingerprint;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { onChange, onTrouble, settings } = this.#options;
    const texts = readCertificateTexts(settings);
    if (texts.fingerprint === this.#lookedAt) return;
    this.#lookedAt = texts.fingerprint;
    try {
      if (texts.fingerprint !== this.#inForce) onChange(texts);
      this.#inForce = texts.fingerprint;
      this.#lastProblem = "";
    } catch (error) {
      // Usable files that could not be brought into force are tried again.
      if (!(error instanceof CertificateError)) this.#lookedAt = "";
      // Said once, not at every look: a certificate may be replaced before its key is.
      const problem = error instanceof Error ? error.message : "";
      if (problem !== this.#lastProblem) onTrouble("the certificates cannot be reloaded", error);
      this.#lastProblem = problem;
    }
  }
}
