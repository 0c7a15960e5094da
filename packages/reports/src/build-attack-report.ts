import type { AttackRecord } from "@portcullis/store";

import type { AttackDetail, AttackReport } from "./attack-report.ts";
import { ATTACK_TYPE_TEXTS, type AttackType, REPORTED_AS } from "./attack-types.ts";
import { ClientDetails } from "./client-details.ts";
import { formatReportDate, type Timezone } from "./report-date.ts";

/** What one report is to be about. */
export interface AttackReportRequest {
  readonly type: AttackType;
  /** `undefined` is across all APIs. */
  readonly api: string | undefined;
  /** Milliseconds since 1970; both bounds belong to the range. */
  readonly earlier: number;
  readonly later: number;
  /** Gone through once. What is of another type, API or time is left out. */
  readonly records: Iterable<AttackRecord>;
  /** Given if the API knows its clients by this cookie. */
  readonly cookieName?: string | undefined;
  readonly timezone?: Timezone | undefined;
  /** Given for readers who must not see cookies and tokens; addresses stay as they are. */
  readonly obfuscate?: ((value: string) => string) | undefined;
}

interface Sections {
  readonly ips: ClientDetails;
  readonly cookies: ClientDetails;
  readonly tokens: ClientDetails;
}

/**
 * The report of one type of attack; without attacks, its frame with three empty arrays.
 *
 * A client's offences are in the order of `records`. A decoy attack is reported by address. So is
 * an offence by a user name or an API key, for the report has no section for these.
 */
export function buildAttackReport(request: AttackReportRequest): AttackReport {
  const { type, api, earlier, later, records, cookieName, timezone } = request;
  const show = request.obfuscate ?? ((value: string) => value);
  const sections: Sections = {
    ips: new ClientDetails(),
    cookies: new ClientDetails(),
    tokens: new ClientDetails(),
  };
  for (const record of records) {
    const as = REPORTED_AS.get(record.code);
    const isWanted = as?.type === type && (api ?? record.api) === record.api;
    if (!isWanted || record.at < earlier || record.at > later) continue;
    const detail = {
      access_time: formatReportDate(record.at, timezone),
      attack_code: as.spelling,
    };
    addTo(sections, type, record, detail, show);
  }
  const { attackType, description } = ATTACK_TYPE_TEXTS[type];
  return {
    company: "ping identity",
    attack_type: attackType,
    ...(cookieName === undefined ? {} : { cookie: cookieName }),
    name: "api_attack_type",
    description,
    earlier_date: formatReportDate(earlier, timezone),
    later_date: formatReportDate(later, timezone),
    api_name: api ?? "all",
    ips: sections.ips.toElements((ip, details) => ({ ip, details })),
    cookies: sections.cookies.toElements((cookie, details) => ({ cookie, details })),
    access_tokens: sections.tokens.toElements((token, details) => ({
      access_token: token,
      details,
    })),
  };
}

function addTo(
  { ips, cookies, tokens }: Sections,
  type: AttackType,
  { client, ip }: AttackRecord,
  detail: AttackDetail,
  show: (value: string) => string,
): void {
  const kind = type === 100 ? "ip" : client.kind;
  switch (kind) {
    case "token":
      tokens.add(client.value, show(client.value), detail);
      return;
    case "cookie":
      // Across APIs, two cookies of one value under two names are two clients.
      cookies.add(JSON.stringify([client.name, client.value]), show(client.value), detail);
      return;
    case "ip": {
      const address = client.kind === "ip" ? client.value : ip;
      ips.add(address, address, detail);
      return;
    }
    case "api-key":
    case "username":
      ips.add(ip, ip, detail);
      return;
    default:
      unreachable(kind);
  }
}

function unreachable(kind: never): never {
  throw new TypeError(`unhandled kind: ${JSON.stringify(kind)}`);
}
