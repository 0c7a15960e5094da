import { readStrictly, type StrictRequest, trimmed, valuesOf } from "./strict-reading.ts";
import type { ParsedRequest, UpstreamStream } from "./strict-upstream.ts";

/** What one client sent, what it was answered, and what reached the upstream on its behalf. */
export interface WireOutcome {
  readonly raw: string;
  /** Everything that the client was sent. */
  readonly received: string;
  readonly upstream: readonly ParsedRequest[];
}

/** Fields by which a client is known or its body is read: what was checked is what is forwarded. */
const DECIDED_ON = ["authorization", "cookie", "content-type", "x-http-method-override"];
/** Written by whoever forwards. */
const WRITTEN: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "x-request-id",
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-host",
  "x-forwarded-port",
  "forwarded",
]);
/** Errors of a connection that ends in a request whose client went away. */
const CUT: ReadonlySet<string> = new Set(["ECONNRESET", "HPE_INVALID_EOF_STATE"]);

/** Status and request id of each answer in what a client received. */
export function answersIn(received: string): { readonly status: number; readonly id: string }[] {
  return [...received.matchAll(/HTTP\/1\.1 ([2-5]\d\d)[^\r\n]*\r\n(.*?)\r\n\r\n/gs)].map(
    ([, status, head = ""]) => ({
      status: Number(status),
      id: /x-request-id: (\S+)/.exec(head)?.[1] ?? "",
    }),
  );
}

/** Whether every request that a strict reader finds in `raw` is answered, and nothing else is in it. */
export function isAllAnswered(raw: string, received: string): boolean {
  const { requests, isClean } = readStrictly(raw);
  return isClean && answersIn(received).length >= requests.length;
}

/** What is wrong with what reached the upstream; empty if all is accounted for. */
export function faultsOf({ raw, received, upstream }: WireOutcome): string[] {
  const { requests, hasEmptyName } = readStrictly(raw);
  const faults = upstream.flatMap((request, index) => {
    const given = requests[index];
    if (given !== undefined) return differences(given, request);
    // The engine ends a head at a field without a name, and says nothing (docs/security.md).
    return hasEmptyName ? [] : [`no strict reader finds ${request.method} ${request.target}`];
  });
  const oddAt = requests.findIndex(({ end }) => end !== "whole");
  if (oddAt !== -1 && upstream.length > oddAt + 1) faults.push("served what is behind odd chunks");
  const ids = upstream.flatMap(({ fields }) => valuesOf(fields, "x-request-id"));
  const served = answersIn(received).filter(({ status }) => status === 200);
  for (const { id } of served) {
    if (!ids.includes(id)) faults.push(`answered ${id}, which the upstream never saw`);
  }
  return faults;
}

function differences(given: StrictRequest, request: ParsedRequest): string[] {
  const faults: string[] = [];
  if (request.method !== given.method) faults.push(`method ${request.method}`);
  if (request.target !== given.target) faults.push(`target ${request.target}`);
  if (!isBodyOf(given, request)) faults.push(`body ${request.body}`);
  for (const name of DECIDED_ON) {
    const values = valuesOf(request.fields, name).join("|");
    if (values !== valuesOf(given.fields, name).map(trimmed).join("|")) faults.push(name);
  }
  for (const [name, value] of request.fields) {
    const isGiven = valuesOf(given.fields, name).some((each) => trimmed(each) === trimmed(value));
    if (!WRITTEN.has(name) && !isGiven) faults.push(`field ${name}: ${value}`);
  }
  return faults;
}

function isBodyOf(given: StrictRequest, request: ParsedRequest): boolean {
  // Framed anew by the engine's reading, of which no strict reader can say anything.
  if (given.end === "odd-chunks") return true;
  if (!request.isComplete) return given.body.startsWith(request.body);
  const isChunked = valuesOf(given.fields, "transfer-encoding").length > 0;
  return request.body === given.body && (given.end === "whole" || isChunked);
}

/** What is wrong with a stream to the upstream, read a second time from its bytes. */
export function faultsOfStream({ bytes, requests, errors }: UpstreamStream): string[] {
  const faults = errors.filter((code) => !CUT.has(code)).map((code) => `llhttp: ${code}`);
  const strict = readStrictly(Buffer.concat(bytes).toString("latin1"));
  const llhttp = requests.filter(({ isComplete }) => isComplete);
  const whole = strict.requests.filter(({ end }) => end === "whole");
  if (llhttp.length !== whole.length) {
    faults.push(`${whole.length} requests to a strict reader, ${llhttp.length} to llhttp`);
  }
  for (const [index, { method, target, body }] of whole.entries()) {
    const request = llhttp[index];
    const isSame = request?.method === method && request.target === target && request.body === body;
    if (!isSame) faults.push(`${method} ${target} is another request to llhttp`);
  }
  return faults;
}
