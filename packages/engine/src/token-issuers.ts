import type { CompiledJwt } from "@portcullis/core";
import type { Algorithm, KeySetSource, VerificationRule } from "@portcullis/token-pool/verify";

/** An issuer of tokens, as the settings describe it. */
export interface IssuerSettings {
  /** What API definitions call it. */
  readonly name: string;
  /** What `iss` must say. */
  readonly issuer: string;
  readonly algorithms: readonly Algorithm[];
  /** Seconds. */
  readonly clockTolerance: number;
}

/** In which an issuer is not asked again for keys that it did not have. */
const ASK_AGAIN_MS = 1000;
/** Rules of APIs that are long gone: past so many all are made anew. */
const MOST_RULES = 4096;

/** One issuer as a thread knows it: its keys come from elsewhere, and may change. */
export class TokenIssuer {
  readonly settings: IssuerSettings;
  readonly #ask: () => void;
  readonly #now: () => number;
  #keys: KeySetSource | undefined;
  #waiting: (() => void)[] = [];
  #askedAt = Number.NEGATIVE_INFINITY;

  /** `ask`: has somebody look for new keys; what comes of it is told by `take`. */
  constructor(
    settings: IssuerSettings,
    keys: KeySetSource | undefined,
    ask: () => void,
    now: () => number,
  ) {
    this.settings = settings;
    this.#keys = keys;
    this.#ask = ask;
    this.#now = now;
  }

  /** `undefined`: there have never been any. */
  get keys(): KeySetSource | undefined {
    return this.#keys;
  }

  /** 0: no keys. */
  get keysVersion(): number {
    return this.#keys?.version ?? 0;
  }

  /** Takes keys, whoever has asked for them; the ones there are where `undefined`. */
  take(keys: KeySetSource | undefined): void {
    this.#keys = keys ?? this.#keys;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }

  /** Has new keys looked for, one search at a time; resolves to whether there are other ones now. */
  async refresh(): Promise<boolean> {
    const before = this.keysVersion;
    const isUnderWay = this.#waiting.length > 0;
    if (!isUnderWay && this.#now() - this.#askedAt < ASK_AGAIN_MS) return false;
    const answered = new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
    if (!isUnderWay) {
      this.#askedAt = this.#now();
      this.#ask();
    }
    await answered;
    return this.keysVersion !== before;
  }
}

/** What tokens of one kind must be: of this issuer, by this rule. APIs that ask the same share it. */
export interface TokenRule {
  readonly id: string;
  readonly issuer: TokenIssuer;
  readonly rule: VerificationRule;
}

/** The issuers of one thread, and the rules of its APIs. */
export class TokenIssuers {
  readonly #issuers: ReadonlyMap<string, TokenIssuer>;
  readonly #rules = new Map<string, TokenRule>();
  #byJwt = new WeakMap<CompiledJwt, TokenRule>();

  constructor(issuers: readonly TokenIssuer[]) {
    this.#issuers = new Map(issuers.map((issuer) => [issuer.settings.name, issuer]));
  }

  get(name: string): TokenIssuer | undefined {
    return this.#issuers.get(name);
  }

  /** The rule of an API that verifies; `undefined`: its issuer is not known here. */
  ruleOf(jwt: CompiledJwt): TokenRule | undefined {
    return this.#byJwt.get(jwt) ?? this.#compile(jwt);
  }

  #compile(jwt: CompiledJwt): TokenRule | undefined {
    const { clientId, username, verification } = jwt;
    const issuer = this.#issuers.get(verification?.tokenIssuer ?? "");
    if (issuer === undefined || verification === undefined) return undefined;
    const { audiences } = verification;
    const id = JSON.stringify([issuer.settings.name, audiences, username, clientId]);
    const { algorithms, clockTolerance, issuer: iss } = issuer.settings;
    const rule = this.#rules.get(id) ?? {
      id,
      issuer,
      rule: { issuer: iss, audiences, algorithms, clockTolerance, username, clientId },
    };
    if (this.#rules.size >= MOST_RULES) this.#rules.clear();
    this.#rules.set(id, rule);
    this.#byJwt.set(jwt, rule);
    return rule;
  }
}
