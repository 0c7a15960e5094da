/** An attack report as the report API writes it, its keys in the order in which they are written. */
export interface AttackReport {
  readonly company: "ping identity";
  readonly attack_type: string;
  /** The name of the cookie that the API knows its clients by; absent if it knows them otherwise. */
  readonly cookie?: string;
  readonly name: "api_attack_type";
  readonly description: string;
  readonly earlier_date: string;
  readonly later_date: string;
  /** `all` for a report across APIs. */
  readonly api_name: string;
  readonly ips: readonly IpAttacks[];
  readonly cookies: readonly CookieAttacks[];
  readonly access_tokens: readonly TokenAttacks[];
}

export interface IpAttacks {
  readonly ip: string;
  readonly details: readonly AttackDetail[];
}

export interface CookieAttacks {
  readonly cookie: string;
  readonly details: readonly AttackDetail[];
}

export interface TokenAttacks {
  readonly access_token: string;
  readonly details: readonly AttackDetail[];
}

/** One offence. */
export interface AttackDetail {
  readonly access_time: string;
  /** `protocol`, `method`, `content_type`, `missing_token` or `decoy`. */
  readonly attack_code: string;
}
