/** One answer as it came over the wire. */
export interface Answer {
  readonly status: number;
  readonly phrase: string;
  /** Names in lower case, values byte for byte (latin1), in the order they came. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
  /** The body as text. */
  readonly text: string;
}

/** An answer and how many bytes of the input it took. */
export interface ReadAnswer {
  readonly answer: Answer;
  readonly length: number;
}

/**
 * Reads one answer off the front of `bytes`; `undefined` while it is not complete.
 *
 * `isOver`: nothing more will come, which is what ends an answer without a length.
 */
export function readAnswer(bytes: Buffer, method: string, isOver: boolean): ReadAnswer | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd === -1) return undefined;
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  const match = /^HTTP\/1\.1 (\d{3}) (.*)$/s.exec(statusLine);
  if (match === null) throw new Error(`not a status line: ${JSON.stringify(statusLine)}`);
  const headers = lines.map((line): readonly [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const status = Number(match[1]);
  const start = headEnd + 4;
  const body = readBody(bytes, start, { method, status, headers, isOver });
  if (body === undefined) return undefined;
  const phrase = match[2] ?? "";
  const text = body.bytes.toString("utf8");
  return { answer: { status, phrase, headers, body: body.bytes, text }, length: body.end };
}

/** The only value of `name`; `undefined` if there is none. Throws if there are several. */
export function headerOf({ headers }: Pick<Answer, "headers">, name: string): string | undefined {
  const values = headersOf({ headers }, name);
  if (values.length > 1) throw new Error(`${name} came ${values.length} times`);
  return values[0];
}

/** Every value of `name`. */
export function headersOf({ headers }: Pick<Answer, "headers">, name: string): string[] {
  return headers.filter(([each]) => each === name).map(([, value]) => value);
}

/** Which edge answered: request ids end with the number of the edge and that of the request. */
export function edgeOf(answer: Pick<Answer, "headers">): number {
  const id = headerOf(answer, "x-request-id") ?? "";
  const match = /^[0-9a-f]+-(\d+)-[0-9a-z]+$/.exec(id);
  if (match === null) throw new Error(`not a request id: ${JSON.stringify(id)}`);
  return Number(match[1]);
}

/** The bytes of a chunked body from `start` on; `undefined` while it is not complete. */
export function readChunks(
  bytes: Buffer,
  start: number,
): { readonly bytes: Buffer; readonly end: number } | undefined {
  const pieces: Buffer[] = [];
  let at = start;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd === -1) return undefined;
    const sizeText = bytes.toString("latin1", at, lineEnd);
    if (!/^[0-9a-f]+$/i.test(sizeText)) throw new Error(`not a chunk size: ${sizeText}`);
    const size = Number.parseInt(sizeText, 16);
    const end = lineEnd + 2 + size + 2;
    if (bytes.length < end) return undefined;
    if (bytes.toString("latin1", end - 2, end) !== "\r\n") throw new Error("not a chunk end");
    if (size === 0) return { bytes: Buffer.concat(pieces), end };
    pieces.push(bytes.subarray(lineEnd + 2, end - 2));
    at = end;
  }
}

interface BodyFacts {
  readonly method: string;
  readonly status: number;
  readonly headers: Answer["headers"];
  readonly isOver: boolean;
}

/** RFC 9112, 6.3. */
function readBody(
  bytes: Buffer,
  start: number,
  { method, status, headers, isOver }: BodyFacts,
): { readonly bytes: Buffer; readonly end: number } | undefined {
  if (method === "HEAD" || status === 204 || status === 304 || status < 200) {
    return { bytes: Buffer.alloc(0), end: start };
  }
  if (headerOf({ headers }, "transfer-encoding") === "chunked") return readChunks(bytes, start);
  const length = headerOf({ headers }, "content-length");
  if (length === undefined) {
    return isOver ? { bytes: bytes.subarray(start), end: bytes.length } : undefined;
  }
  const end = start + Number(length);
  return bytes.length < end ? undefined : { bytes: bytes.subarray(start, end), end };
}
