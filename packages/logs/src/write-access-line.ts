import type { AccessRecord } from "./access-record.ts";
import { type AsciiPart, asciiPart } from "./ascii-part.ts";
import type { ClockText } from "./clock-text.ts";
import type { LineBuffer } from "./line-buffer.ts";

/** What stands before each value, in the order of the fields; the quote of a text before it comes with it. */
const START = asciiPart('{"time":"');
const REQUEST_ID = asciiPart('","request_id":"');
const IP = asciiPart('","ip":"');
const METHOD = asciiPart('","method":"');
const HOST = asciiPart('","host":"');
const PATH = asciiPart('","path":"');
const API = asciiPart('","api":"');
const VERDICT = asciiPart('","verdict":"');
const REASON = asciiPart('","reason":"');
const STATUS = asciiPart('","status":');
const BYTES_IN = asciiPart(',"bytes_in":');
const BYTES_OUT = asciiPart(',"bytes_out":');
const DURATION = asciiPart(',"duration_us":');
const DECISION = asciiPart(',"decision_us":');
const UPSTREAM = asciiPart(',"upstream_us":');
const QUOTE = asciiPart('"');
const END = asciiPart("}\n");

/** The fields of identifiers, in the order of their keys. */
const LOGGED_IDENTIFIERS = ["token", "cookie", "api_key", "username"] as const;
const IDENTIFIERS = LOGGED_IDENTIFIERS.map((name) => asciiPart(`,"${name}":"`));

/**
 * Appends one request as one line of JSON with its line feed, in ASCII.
 *
 * Written by hand because the field names need no escaping and most values need none either;
 * `JSON.parse` gives back every value exactly. `api`, `reason` and identifiers that are empty are
 * left out. A number that JSON cannot hold is written as 0.
 */
export function writeAccessLine(record: AccessRecord, clock: ClockText, line: LineBuffer): void {
  line.part(START);
  line.part(clock.format(record.timeMs));
  text(line, REQUEST_ID, record.requestId);
  text(line, IP, record.ip);
  text(line, METHOD, record.method);
  text(line, HOST, record.host);
  text(line, PATH, record.path);
  if (record.api !== "") text(line, API, record.api);
  text(line, VERDICT, record.verdict);
  if (record.reason !== "") text(line, REASON, record.reason);
  number(line, STATUS, record.status);
  number(line, BYTES_IN, record.bytesIn);
  number(line, BYTES_OUT, record.bytesOut);
  number(line, DURATION, record.durationUs);
  number(line, DECISION, record.decisionUs);
  number(line, UPSTREAM, record.upstreamUs);
  if (record.identified !== 0) identifiers(line, record);
  line.part(END);
}

function text(line: LineBuffer, opening: AsciiPart, value: string): void {
  line.part(opening);
  line.escaped(value);
}

function number(line: LineBuffer, opening: AsciiPart, value: number): void {
  line.part(opening);
  line.number(value);
}

function identifiers(line: LineBuffer, { identified, keys }: AccessRecord): void {
  for (let place = 0; place < IDENTIFIERS.length; place++) {
    if ((identified & (1 << place)) === 0) continue;
    line.part(IDENTIFIERS[place] ?? QUOTE);
    line.hex(keys[2 * place] ?? 0);
    line.hex(keys[2 * place + 1] ?? 0);
    line.part(QUOTE);
  }
}
