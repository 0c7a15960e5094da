import type { AccessRecord } from "./access-record.ts";
import type { ClockText } from "./clock-text.ts";
import { escapeText } from "./escape-text.ts";

/**
 * One request as one line of JSON with its line feed, in ASCII.
 *
 * Written by hand because the field names need no escaping and most values need none either;
 * `JSON.parse` gives back every value exactly. `api`, `reason` and identifiers that are empty are
 * left out. A number that JSON cannot hold is written as 0.
 */
export function formatAccessLine(record: AccessRecord, clock: ClockText): string {
  return (
    `{"time":"${clock.format(record.timeMs)}","request_id":"${escapeText(record.requestId)}"` +
    `,"ip":"${escapeText(record.ip)}","method":"${escapeText(record.method)}"` +
    `,"host":"${escapeText(record.host)}","path":"${escapeText(record.path)}"` +
    optional(`,"api":"`, record.api) +
    `,"verdict":"${escapeText(record.verdict)}"` +
    optional(`,"reason":"`, record.reason) +
    `,"status":${finite(record.status)},"bytes_in":${finite(record.bytesIn)}` +
    `,"bytes_out":${finite(record.bytesOut)},"duration_us":${finite(record.durationUs)}` +
    `,"decision_us":${finite(record.decisionUs)},"upstream_us":${finite(record.upstreamUs)}` +
    optional(`,"token":"`, record.token) +
    optional(`,"cookie":"`, record.cookie) +
    optional(`,"api_key":"`, record.apiKey) +
    optional(`,"username":"`, record.username) +
    "}\n"
  );
}

function optional(opening: string, text: string): string {
  return text === "" ? "" : `${opening}${escapeText(text)}"`;
}

function finite(number: number): number {
  return Number.isFinite(number) ? number : 0;
}
