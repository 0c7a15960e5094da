// An answer's outcome does not depend on how it is cut in two, unless bytes come behind it.
import { AnswerParser, ParserShared } from "../../packages/upstream/dist/answer/answer-parser.js";

const LINE = "HTTP/1.1 200 OK\r\n";

export function fuzz(data) {
  const [first = 0, ...rest] = data;
  const bytes = Buffer.concat([Buffer.from(LINE), Buffer.from(rest)]);
  const whole = outcomeOf([bytes]);
  const at = first % (bytes.length + 1);
  const cut = outcomeOf([bytes.subarray(0, at), bytes.subarray(at)]);
  const isLeftOver = [whole, cut].some((outcome) => outcome.includes("bytes-after-answer"));
  if (whole !== cut && !isLeftOver) throw new Error(`${whole} is ${cut}, cut at ${at}`);
}

function outcomeOf(pieces) {
  const parser = new AnswerParser(new ParserShared(65_536));
  parser.expect(false);
  for (const piece of pieces) {
    if (piece.length === 0) continue;
    // The parser may overwrite what it is fed.
    parser.feed(Buffer.from(piece), piece.length);
    if (parser.fault !== undefined) break;
  }
  return `${parser.fault?.detail ?? "in order"}, ${parser.isComplete}, ${parser.isReusable}`;
}
