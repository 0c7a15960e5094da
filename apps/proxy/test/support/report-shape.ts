import type { Answer } from "./answer.ts";

/** As reports write a time: `Thu Jan 25 18:00:00:000 2018`. */
const REPORT_DATE =
  /"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{2} \d{2}:\d{2}:\d{2}:\d{3} \d{4}"/g;

/** The JSON text of a report with every well-formed date replaced by `DATE`, so that texts compare. */
export function withoutDates(answer: Answer): string {
  return answer.text.replace(REPORT_DATE, '"DATE"');
}

/** One client in a report: the key it is named by, its value, the codes of its offences. */
export type Reported = readonly [key: string, value: string, codes: readonly string[]];

/** The text of a report as it has to be, key for key. */
export function reportText(
  type: 100 | 101,
  api: string,
  clients: readonly Reported[],
  cookie?: string,
): string {
  const under = (wanted: string): unknown[] =>
    clients
      .filter(([key]) => key === wanted)
      .map(([key, value, codes]) => ({
        [key]: value,
        details: codes.map((code) => ({ access_time: "DATE", attack_code: code })),
      }));
  return JSON.stringify({
    company: "ping identity",
    attack_type: type === 101 ? "Invalid API Activity" : "Decoy Attack",
    ...(cookie === undefined ? {} : { cookie }),
    name: "api_attack_type",
    description:
      type === 101
        ? "Clients using invalid method/protocol/content-type"
        : "Clients accessing decoy APIs",
    earlier_date: "DATE",
    later_date: "DATE",
    api_name: api,
    ips: under("ip"),
    cookies: under("cookie"),
    access_tokens: under("access_token"),
  });
}
