import { AnswerParser, ParserShared } from "../../src/answer/answer-parser.ts";

/** All that a parser made of one answer, whatever the pieces it came in. */
export interface ParsedAnswer {
  status: number;
  phrase: string;
  headers: string[];
  bodyLength: number;
  contentLength: number;
  body: string;
  heads: number;
  isComplete: boolean;
  isReusable: boolean;
  fault: string | undefined;
}

/** Feeds `raw`, cut at the offsets `cuts`, and ends the connection if `thenEnd`. */
export function feedAnswer(
  raw: string,
  cuts: readonly number[],
  { method = "GET", thenEnd = false, maxHeadBytes = 65_536 } = {},
): ParsedAnswer {
  const shared = new ParserShared(maxHeadBytes);
  const parser = new AnswerParser(shared);
  const answer = nothing();
  parser.expect(method === "HEAD");
  for (const piece of pieces(Buffer.from(raw, "latin1"), cuts)) {
    parser.feed(piece, piece.length);
    if (parser.fault !== undefined) break;
    collect(parser, shared, piece, answer);
  }
  answer.fault = parser.fault?.detail;
  if (thenEnd) end(parser, answer);
  answer.isReusable = parser.isReusable;
  return answer;
}

function nothing(): ParsedAnswer {
  return {
    status: 0,
    phrase: "",
    headers: [],
    bodyLength: -2,
    contentLength: -2,
    body: "",
    heads: 0,
    isComplete: false,
    isReusable: false,
    fault: undefined,
  };
}

/** Copies, because the parser may overwrite what it is fed. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const edges = [...cuts, bytes.length];
  return edges
    .map((edge, i) => Buffer.from(bytes.subarray(edges[i - 1] ?? 0, edge)))
    .filter((piece) => piece.length > 0);
}

function end(parser: AnswerParser, answer: ParsedAnswer): void {
  if (parser.fault !== undefined || parser.isComplete) return;
  answer.isComplete = parser.end();
  if (!answer.isComplete) answer.fault = parser.cutFault.detail;
}

function collect(
  parser: AnswerParser,
  { head }: ParserShared,
  piece: Buffer,
  answer: ParsedAnswer,
): void {
  if (parser.hasHead) {
    answer.heads++;
    answer.status = head.status;
    answer.phrase = head.phrase;
    answer.headers = head.pairs.slice(0, 2 * head.count);
    answer.bodyLength = head.bodyLength;
    answer.contentLength = head.contentLength;
  }
  answer.body += piece.toString("latin1", parser.bodyStart, parser.bodyEnd);
  answer.isComplete ||= parser.isComplete;
}

/** Ways to cut `length` bytes: whole, byte by byte, and in two at every place. */
export function everyCut(length: number): number[][] {
  const cuts: number[][] = [[], Array.from({ length: length - 1 }, (_, i) => i + 1)];
  for (let at = 1; at < length; at++) cuts.push([at]);
  return cuts;
}
