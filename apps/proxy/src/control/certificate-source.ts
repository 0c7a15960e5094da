import type { Settings } from "@portcullis/config";

import type { TlsSettings } from "../server/tls-server.ts";
import { CertificateCopies } from "./certificate-copies.ts";
import { CertificateWatch } from "./certificate-watch.ts";
import { type CertificateTexts, readCertificateTexts, tryCertificates } from "./certificates.ts";

type HttpsSettings = Settings["listen"]["https"];

/** The certificates of the TLS listener, from the operator's files to what the engine reads. */
export class CertificateSource {
  /** What edges start with; `undefined`: there is no TLS listener. */
  readonly tls: TlsSettings | undefined;
  readonly #settings: HttpsSettings;
  readonly #copies: CertificateCopies;
  readonly #texts: CertificateTexts;
  #watch: CertificateWatch | undefined = undefined;

  /** `directory` is for copies, and emptied. Throws `CertificateError` for files that cannot be used. */
  constructor(settings: HttpsSettings, directory: string) {
    this.#settings = settings;
    this.#copies = new CertificateCopies(directory);
    this.#texts = readCertificateTexts(settings);
    this.tls = settings.certificates.length === 0 ? undefined : this.#copied(this.#texts);
  }

  /** Tells of changed files from now on, once they can be used, and of those that cannot. */
  watch(
    onChange: (tls: TlsSettings) => void,
    onTrouble: (what: string, error: unknown) => void,
  ): void {
    if (this.tls === undefined) return;
    this.#watch = new CertificateWatch({
      settings: this.#settings,
      fingerprint: this.#texts.fingerprint,
      onChange: (texts) => onChange(this.#copied(texts)),
      onTrouble,
    });
  }

  /** Call when the edges have ended. */
  close(): void {
    this.#watch?.stop();
    this.#copies.remove();
  }

  #copied(texts: CertificateTexts): TlsSettings {
    const { ciphers } = this.#settings;
    return { certificates: this.#copies.write(tryCertificates(texts, ciphers)), ciphers };
  }
}
