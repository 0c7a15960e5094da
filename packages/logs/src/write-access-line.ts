import type { AccessRecord } from "./access-record.ts";
import type { ClockText } from "./clock-text.ts";
import type { LineBuffer } from "./line-buffer.ts";

/** The fields of identifiers, in the order of their keys. */
const LOGGED_IDENTIFIERS = ["token", "cookie", "api_key", "username"] as const;
const OPENINGS = LOGGED_IDENTIFIERS.map((name) => `,"${name}":"`);

/**
 * Appends one request as one line of JSON with its line feed, in ASCII.
 *
 * Written by hand because the field names need no escaping and most values need none either;
 * `JSON.parse` gives back every value exactly. `api`, `reason` and identifiers that are empty are
 * left out. A number that JSON cannot hold is written as 0.
 */
export function writeAccessLine(record: AccessRecord, clock: ClockText, line: LineBuffer): void {
  line.ascii('{"time":"');
  line.ascii(clock.format(record.timeMs));
  text(line, '","request_id":"', record.requestId);
  text(line, '","ip":"', record.ip);
  text(line, '","method":"', record.method);
  text(line, '","host":"', record.host);
  text(line, '","path":"', record.path);
  if (record.api !== "") text(line, '","api":"', record.api);
  text(line, '","verdict":"', record.verdict);
  if (record.reason !== "") text(line, '","reason":"', record.reason);
  number(line, '","status":', record.status);
  number(line, ',"bytes_in":', record.bytesIn);
  number(line, ',"bytes_out":', record.bytesOut);
  number(line, ',"duration_us":', record.durationUs);
  number(line, ',"decision_us":', record.decisionUs);
  number(line, ',"upstream_us":', record.upstreamUs);
  if (record.identified !== 0) identifiers(line, record);
  line.ascii("}\n");
}

function text(line: LineBuffer, opening: string, value: string): void {
  line.ascii(opening);
  line.escaped(value);
}

function number(line: LineBuffer, opening: string, value: number): void {
  line.ascii(opening);
  line.number(value);
}

function identifiers(line: LineBuffer, { identified, keys }: AccessRecord): void {
  for (let place = 0; place < OPENINGS.length; place++) {
    if ((identified & (1 << place)) === 0) continue;
    line.ascii(OPENINGS[place] ?? "");
    line.hex(keys[2 * place] ?? 0);
    line.hex(keys[2 * place + 1] ?? 0);
    line.ascii('"');
  }
}
