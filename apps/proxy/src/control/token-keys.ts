import { readFile } from "node:fs/promises";

import type { TokenIssuerSettings } from "@portcullis/config";
import { KeySet, type KeySetSource } from "@portcullis/token-pool/verify";

import type { IssuerWithKeys } from "../edge/messages.ts";
import { TokenKeysError } from "../errors.ts";
import { fetchText } from "./fetch-text.ts";

export interface TokenKeysOptions {
  readonly issuers: readonly TokenIssuerSettings[];
  /** Brings an issuer's new keys to every edge. */
  readonly publish: (issuer: string, keys: KeySetSource) => void;
  readonly report: (what: string, error: unknown) => void;
}

const MOST_BYTES = 256 * 1024;
const FETCH_MS = 5000;

/**
 * The keys that tokens are verified with: read at the start, again at intervals, and when a token
 * names one that is not there; but never twice within an issuer's cooldown, whoever asks, and
 * whether or not it went well. Keys that cannot be read leave those in force that there are.
 */
export class TokenKeys {
  readonly #issuers: ReadonlyMap<string, IssuerKeys>;

  constructor({ issuers, publish, report }: TokenKeysOptions) {
    this.#issuers = new Map(
      issuers.map((settings) => {
        const onNews = (keys: KeySetSource): void => publish(settings.name, keys);
        return [settings.name, new IssuerKeys(settings, onNews, report)];
      }),
    );
  }

  /** Reads all keys. Rejects with `TokenKeysError` for a file that is no use; a URL may be so later. */
  async start(): Promise<void> {
    for (const issuer of this.#issuers.values()) await issuer.start();
  }

  /** What edges start with. */
  current(): readonly IssuerWithKeys[] {
    return [...this.#issuers.values()].map(({ keys, settings }) => ({
      keys,
      settings: {
        name: settings.name,
        issuer: settings.issuer,
        algorithms: settings.algorithms,
        clockTolerance: Math.ceil(settings.clockTolerance / 1000),
      },
    }));
  }

  /** Looks for new keys, where that is not too soon; resolves to those in force then. */
  async refresh(name: string): Promise<KeySetSource | undefined> {
    const issuer = this.#issuers.get(name);
    await issuer?.refresh();
    return issuer?.keys;
  }

  close(): void {
    for (const issuer of this.#issuers.values()) issuer.close();
  }
}

let lastVersion = 0;

/** The keys of one issuer. */
class IssuerKeys {
  readonly settings: TokenIssuerSettings;
  keys: KeySetSource | undefined = undefined;
  readonly #onNews: (keys: KeySetSource) => void;
  readonly #report: (what: string, error: unknown) => void;
  #readAt = Number.NEGATIVE_INFINITY;
  #underWay: Promise<void> | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;
  #isFailing = false;

  constructor(
    settings: TokenIssuerSettings,
    onNews: (keys: KeySetSource) => void,
    report: (what: string, error: unknown) => void,
  ) {
    this.settings = settings;
    this.#onNews = onNews;
    this.#report = report;
  }

  async start(): Promise<void> {
    const { keys, refresh } = this.settings;
    if (keys.kind === "jwks-url") void this.refresh();
    else await this.#takeNews();
    this.#timer = setInterval(() => void this.refresh(), refresh);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Never rejects. Whoever asks while a search is under way gets what comes of it. */
  refresh(): Promise<void> {
    if (this.#underWay !== undefined) return this.#underWay;
    if (performance.now() - this.#readAt < this.settings.cooldown) return Promise.resolve();
    this.#underWay = this.#tryToTakeNews().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #tryToTakeNews(): Promise<void> {
    try {
      await this.#takeNews();
      this.#isFailing = false;
    } catch (error) {
      // Once for each outage: tokens may ask for keys as long as it lasts.
      if (!this.#isFailing) this.#report("keys of tokens could not be read", error);
      this.#isFailing = true;
    }
  }

  async #takeNews(): Promise<void> {
    this.#readAt = performance.now();
    const { algorithms, keys, name } = this.settings;
    try {
      const text =
        keys.kind === "jwks-url"
          ? await fetchText(keys.place, FETCH_MS, MOST_BYTES)
          : await readFile(keys.place, "utf8");
      if (text === this.keys?.text) return;
      lastVersion++;
      const source: KeySetSource = {
        version: lastVersion,
        format: keys.kind === "pem-file" ? "pem" : "jwks",
        text,
        algorithms,
        isPublic: keys.kind === "jwks-url",
      };
      await KeySet.read(source);
      this.keys = source;
      this.#onNews(source);
    } catch (error) {
      throw new TokenKeysError(name, keys.place, error);
    }
  }
}
