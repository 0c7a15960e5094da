/** One request as the standards read it, with nothing forgiven. Bytes are characters (latin1). */
export interface StrictRequest {
  readonly method: string;
  /** In canonical form. */
  readonly target: string;
  /** Names in lower case, values without the blanks around them, in the order they came. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** As far as it came, without its framing. */
  readonly body: string;
  /** `partial`: more bytes must come. `odd-chunks`: the chunks are no chunks to a strict reader. */
  readonly end: "whole" | "partial" | "odd-chunks";
}

/** What a strict reader makes of a client's bytes. */
export interface StrictReading {
  /** Only the last one can be anything but whole. */
  readonly requests: readonly StrictRequest[];
  /** Behind the requests is nothing, not even the beginning of another one. */
  readonly isClean: boolean;
  /** A header without a name comes where the requests end. */
  readonly hasEmptyName: boolean;
}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const REQUEST_LINE = new RegExp(`^(${TOKEN}) (/[!-~]*) HTTP/1\\.1$`);
/** A name with an underscore has a hyphen to some. */
const FIELD = /^([!#$%&'*+\-.^`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;
const HOST = /^([\w.-]+|\[[0-9a-f:.]+\])(:\d{0,5})?$/i;
const CHUNK_SIZE = new RegExp(
  `^([0-9A-Fa-f]{1,13})([ \\t]*;[ \\t]*${TOKEN}([ \\t]*=[ \\t]*(${TOKEN}|"([\\t !#-[\\]-~]|\\\\[\\t -~])*"))?)*$`,
);
/** Fields of which a second one is a second opinion. */
const SINGLE = ["host", "content-length", "transfer-encoding", "authorization", "cookie"].concat([
  "content-type",
  "connection",
  "x-http-method-override",
]);

interface Head extends Pick<StrictRequest, "method" | "target" | "fields"> {
  /** Where the body starts. */
  readonly end: number;
}

interface Body extends Pick<StrictRequest, "body" | "end"> {
  /** Where what follows starts. */
  readonly next: number;
}

/** Reads requests off the front of `bytes` up to the first thing that is not in order. */
export function readStrictly(bytes: string): StrictReading {
  const requests: StrictRequest[] = [];
  let at = 0;
  for (;;) {
    // RFC 9112, 2.2: empty lines before a request line are nothing.
    while (bytes.startsWith("\r\n", at)) at += 2;
    const head = readHead(bytes, at);
    if (head === undefined) break;
    const body = readBody(bytes, head);
    requests.push({ ...head, body: body.body, end: body.end });
    at = body.next;
    if (body.end !== "whole") break;
  }
  const isClean = at === bytes.length && requests.every(({ end }) => end === "whole");
  return { requests, isClean, hasEmptyName: /\r\n:/.test(bytes.slice(at)) };
}

function readHead(bytes: string, start: number): Head | undefined {
  const end = bytes.indexOf("\r\n\r\n", start);
  if (end === -1) return undefined;
  const [first = "", ...lines] = bytes.slice(start, end).split("\r\n");
  const [, method, rawTarget] = REQUEST_LINE.exec(first) ?? [];
  const target = canonicalTarget(rawTarget ?? "");
  const fields = lines.map(readField);
  if (method === undefined || method === "CONNECT" || target === undefined || !areAllFields(fields))
    return undefined;
  return isUnambiguous(fields) ? { method, target, fields, end: end + 4 } : undefined;
}

function readField(line: string): readonly [string, string] | undefined {
  const [, name, value = ""] = FIELD.exec(line) ?? [];
  return name === undefined ? undefined : [name.toLowerCase(), trimmed(value)];
}

/**
 * Without the blanks at both ends. The one thing forgiven: the engine takes bytes past ASCII for blanks
 * there, and nobody behind it ever sees them (docs/security.md).
 */
export function trimmed(value: string): string {
  return value.replace(/^[\t \x80-\xff]+|[\t \x80-\xff]+$/g, "");
}

function areAllFields(
  fields: readonly (readonly [string, string] | undefined)[],
): fields is readonly (readonly [string, string])[] {
  return !fields.includes(undefined);
}

/** One host, one framing, each as a strict reader wants it. */
function isUnambiguous(fields: StrictRequest["fields"]): boolean {
  if (SINGLE.some((name) => valuesOf(fields, name).length > 1)) return false;
  const [host = ""] = valuesOf(fields, "host");
  const [length] = valuesOf(fields, "content-length");
  const [coding] = valuesOf(fields, "transfer-encoding");
  if (!HOST.test(host) || (length !== undefined && coding !== undefined)) return false;
  return /^(0|[1-9]\d{0,15})$/.test(length ?? "0") && /^chunked$/i.test(coding ?? "chunked");
}

/** RFC 3986, 6.2.2: `undefined` for what can be read in two ways. */
function canonicalTarget(raw: string): string | undefined {
  const mark = raw.indexOf("?");
  const path = mark === -1 ? raw : raw.slice(0, mark);
  const query = mark === -1 ? "" : raw.slice(mark);
  if (/[#"<>\\`{}]|%(?![0-9a-f]{2})|%(2f|5c|[01][0-9a-f]|7f)/i.test(path)) return undefined;
  if (/#|%(?![0-9a-f]{2})/i.test(query)) return undefined;
  const canonical = path
    .replace(/%([0-9a-f]{2})/gi, (_, digits: string) => canonicalEscape(digits))
    .replace(/[[\]|^]/g, (mark_) => canonicalEscape(mark_.charCodeAt(0).toString(16)));
  if (canonical.includes("//") || canonical.split("/").some(isDots)) return undefined;
  return canonical + (query === "?" ? "" : query);
}

function canonicalEscape(digits: string): string {
  const character = String.fromCharCode(Number.parseInt(digits, 16));
  return /[\w.~-]/.test(character) ? character : `%${digits.toUpperCase()}`;
}

function isDots(segment: string): boolean {
  return /^\.{1,2}($|;)/.test(segment);
}

function readBody(bytes: string, { fields, end: start }: Head): Body {
  if (valuesOf(fields, "transfer-encoding").length > 0) return readChunks(bytes, start);
  const length = Number(valuesOf(fields, "content-length")[0] ?? 0);
  const body = bytes.slice(start, start + length);
  return { body, end: body.length < length ? "partial" : "whole", next: start + body.length };
}

function readChunks(bytes: string, start: number): Body {
  let body = "";
  let at = start;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    const line = bytes.slice(at, lineEnd === -1 ? bytes.length : lineEnd);
    if (lineEnd === -1) return stop(body, /^[0-9a-f]{0,13}\r?$/i.test(line), bytes);
    const digits = CHUNK_SIZE.exec(line)?.[1];
    if (digits === undefined) return stop(body, false, bytes);
    const size = Number.parseInt(digits, 16);
    at = lineEnd + 2;
    if (size === 0) return readTrailers(bytes, at, body);
    body += bytes.slice(at, at + size);
    const terminator = bytes.slice(at + size, at + size + 2);
    if (terminator !== "\r\n") return stop(body, "\r\n".startsWith(terminator), bytes);
    at += size + 2;
  }
}

function readTrailers(bytes: string, start: number, body: string): Body {
  for (let at = start; ;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd === -1) return stop(body, /^\r?$/.test(bytes.slice(at)), bytes);
    if (lineEnd === at) return { body, end: "whole", next: at + 2 };
    if (!FIELD.test(bytes.slice(at, lineEnd))) return stop(body, false, bytes);
    at = lineEnd + 2;
  }
}

function stop(body: string, isPartial: boolean, bytes: string): Body {
  return { body, end: isPartial ? "partial" : "odd-chunks", next: bytes.length };
}

/** Every value of the field `name`. */
export function valuesOf(fields: StrictRequest["fields"], name: string): string[] {
  return fields.filter(([each]) => each === name).map(([, value]) => value);
}
