/** Random choices that a seed repeats. */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 up to, and not, `limit` (mulberry32). */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  isOneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  pick(items: readonly string[]): string {
    return items[this.below(items.length)] ?? "";
  }
}

/** What a client sends on one connection: bytes (latin1), in pieces. */
export interface WireCase {
  readonly raw: string;
  readonly pieces: readonly string[];
}

const SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: b.example\r\n\r\n";

const METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"];
const ODD_METHODS = ["get", "GE T", "G\0ET", "REPORT", "BREW", "", "CONNECT", "PRI", "GET\t"];
const TARGETS = ["/", "/a", "/a/b?c=d", "/%7Euser/x", "/caf%c3%a9", "/a;v=1", "/[id]", "/a?"];
const ODD_TARGETS = [
  "/a/../b",
  "/%2e%2E/b",
  "//a",
  "/a//b",
  "/a%2Fb",
  "/a%5cb",
  "/a\\b",
  "/a#b",
  "/a?b#c",
  "/%zz",
  "/a b",
  "/\x80",
  "/%C0%AF",
  "/%00",
  "/a\tb",
  "*",
  "a",
  "",
  "http://b.example/",
  "/..;/a",
  "/?%",
  "/a\x7f",
  '/"',
  "/{a}",
  "/%252e",
  "/.",
  "/a?b c",
  "/a?\x01",
  "/a?b=%0d%0a",
];
const VERSIONS = [
  "HTTP/1.0",
  "HTTP/1.1 ",
  "HTTP/2.0",
  "http/1.1",
  "HTTP/1.10",
  "HTTP/1.",
  "",
  " HTTP/1.1",
];
const FIELDS = [
  "User-Agent: fuzz/1",
  "Accept: */*",
  "Authorization: Bearer abc.def",
  "Cookie: a=b; c=d",
  "Content-Type: text/plain",
  "X-A: b",
  "X-A:\tb \t",
  "X-Empty:",
  "Connection: keep-alive",
  "X-Text: caf\xc3\xa9 au lait",
  "Upgrade: h2c",
  "TE: trailers",
  "X-Request-Id: mine",
  "Connection: close",
  "X-Forwarded-For: 203.0.113.9",
  "X-Long: " + "y".repeat(600),
  "Expect: 100-continue",
];
const ODD_FIELDS = [
  "Content-Length: 5",
  "Content-Length: +5",
  "Content-Length: 5, 5",
  "Content-Length: 05",
  "Content-Length:",
  "Content-Length : 5",
  " Content-Length: 5",
  "Content-Length: 5 5",
  "Content-Length: -1",
  "Content-Length\t: 5",
  "Content-Length: 0x5",
  "Content-Length: 5;",
  "content-length: 0",
  "Content-Length: 99999999999999999999",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: x, chunked",
  "Transfer-Encoding: chunked, x",
  "Transfer-Encoding:\x0bchunked",
  "Transfer-Encoding : chunked",
  "Transfer-Encoding: Chunked",
  "Transfer-Encoding:",
  "Transfer-Encoding: identity",
  'Transfer-Encoding: "chunked"',
  "TE: chunked",
  "X-A: a\nContent-Length: 3",
  "X-A: a\rContent-Length: 3",
  "X-A: a\r\n Content-Length: 3",
  "X-A: \0",
  "Host: b.example",
  "Host: a/b",
  "Host:",
  "Host: a@b",
  "Host : b.example",
  "X\0: a",
  "X A: b",
  "no-colon",
  "X_A: b",
  "Content_Length: 3",
  "Connection: authorization",
  "Connection: content-length",
  "Connection: x-a",
  "Cookie: e=f",
  "Authorization: Basic x",
  "Content-Type: a/b",
  "X-A: \x80\xff",
  "\x80: a",
  "X-A: \x7f",
  ": empty",
  "\t: a",
  "X-A: b\r",
  "X-A: b\n",
  "Trailer: x",
  "X-HTTP-Method-Override: DELETE",
];
const BODIES = [
  "",
  "hello",
  "a=1&b=2",
  SMUGGLED,
  "0\r\n\r\n",
  "\r\n",
  "5\r\nhello\r\n0\r\n\r\n",
  "z".repeat(3000),
];
const ODD_SIZES = [
  "5 ",
  " 5",
  "0x5",
  "5;ext",
  '5;a="b;c"',
  "05",
  "+5",
  "-1",
  "ffffffffffffffff",
  "10000000000000005",
  "5\n",
  "",
  "g",
  "5\r",
  "5,5",
  ":",
  "5;",
  "5 x",
  '5;a="\r\n',
  "5;\n",
];
const ODD_ENDS = ["\n", "\r", "", "XX", "\r\n\r\n", "\r\r\n", "\n\r"];
const LAST_CHUNKS = [
  "0\r\nX: y\r\n\r\n",
  "0\r\n",
  "0\n\n",
  "00\r\n\r\n",
  "0;x\r\n\r\n",
  "0\r\nContent-Length: 3\r\n\r\n",
  "0\r\n\r",
  `0\r\n${SMUGGLED}`,
  "0\r\nXX",
  "0 \r\n\r\n",
  "",
  "0\r\n\n",
  "0\r\n : x\r\n\r\n",
];
const BYTES = [
  "\r",
  "\n",
  "\r\n",
  " ",
  "\t",
  "\0",
  ":",
  ",",
  ";",
  "%",
  "#",
  "0",
  "\x80",
  "\x0b",
  "/",
  "=",
];

/** One case of the language: up to three requests, most with something wrong in one place. */
export function wireCase(seed: number): WireCase {
  const dice = new Dice(seed);
  const isOdd = !dice.isOneIn(4);
  let raw = "";
  for (let left = 1 + (dice.isOneIn(3) ? dice.below(3) : 0); left > 0; left--) {
    raw += request(dice, isOdd);
  }
  const changes = isOdd && dice.isOneIn(3) ? 1 + dice.below(3) : 0;
  for (let left = changes; left > 0; left--) raw = changeByte(raw, dice);
  if (isOdd && dice.isOneIn(12)) raw = raw.slice(0, dice.below(raw.length));
  return { raw, pieces: cut(raw, dice) };
}

function request(dice: Dice, isOdd: boolean): string {
  const odd = isOdd ? dice.below(10) : -1;
  const method = odd === 0 ? dice.pick(ODD_METHODS) : dice.pick(METHODS);
  const target = odd === 1 ? dice.pick(ODD_TARGETS) : dice.pick(TARGETS);
  const version = odd === 2 ? dice.pick(VERSIONS) : "HTTP/1.1";
  const fields = new Set(["Host: a.example"]);
  for (let left = dice.below(5); left > 0; left--) addField(fields, dice.pick(FIELDS));
  const lines = [...fields];
  const { field, body } = framed(dice, odd === 3 || odd === 4);
  if (field !== undefined) lines.push(field);
  if (odd >= 5 && odd < 9) lines.splice(dice.below(lines.length + 1), 0, dice.pick(ODD_FIELDS));
  const end = odd === 9 ? dice.pick(ODD_ENDS) : "\r\n";
  const at = dice.below(lines.length);
  const head = lines.map((line, index) => line + (index === at ? end : "\r\n")).join("");
  return `${method} ${target} ${version}\r\n${head}\r\n${body}`;
}

/** Adds a field unless there is one of that name: a second one is for the odd fields. */
function addField(fields: Set<string>, field: string): void {
  const name = field.slice(0, field.indexOf(":"));
  if (![...fields].some((each) => each.startsWith(`${name}:`))) fields.add(field);
}

interface Framed {
  readonly field: string | undefined;
  readonly body: string;
}

function framed(dice: Dice, isOdd: boolean): Framed {
  const body = dice.pick(BODIES);
  const kind = isOdd ? 2 : dice.below(3);
  if (kind === 0) return { field: undefined, body: "" };
  if (kind === 1) return { field: `Content-Length: ${body.length}`, body };
  let text = "";
  const pieces = [body, dice.pick(BODIES)].filter((piece) => piece !== "");
  const odd = isOdd ? dice.below(3) : -1;
  for (const [index, piece] of pieces.entries()) {
    const isHere = index === pieces.length - 1;
    const size = odd === 0 && isHere ? dice.pick(ODD_SIZES) : piece.length.toString(16);
    const end = odd === 1 && isHere ? dice.pick(ODD_ENDS) : "\r\n";
    text += `${size}\r\n${piece}${end}`;
  }
  const last = odd === 2 ? dice.pick(LAST_CHUNKS) : "0\r\n\r\n";
  return { field: "Transfer-Encoding: chunked", body: text + last };
}

/** Takes a byte out, puts one in, or says a stretch twice. */
function changeByte(raw: string, dice: Dice): string {
  const at = dice.below(raw.length + 1);
  const kind = dice.below(4);
  if (kind === 0) return raw.slice(0, at) + raw.slice(at + 1);
  if (kind === 1) return raw.slice(0, at) + dice.pick(BYTES) + raw.slice(at);
  if (kind === 2) return raw.slice(0, at) + dice.pick(BYTES) + raw.slice(at + 1);
  return raw.slice(0, at) + raw.slice(Math.max(0, at - 1 - dice.below(40)));
}

/** In one piece, in some, or byte by byte where that is not too long. */
function cut(raw: string, dice: Dice): string[] {
  if (dice.isOneIn(3)) return [raw];
  if (dice.isOneIn(10) && raw.length < 400) return raw.split("");
  const pieces: string[] = [];
  let rest = raw;
  for (let left = 1 + dice.below(5); left > 0 && rest !== ""; left--) {
    const at = 1 + dice.below(rest.length);
    pieces.push(rest.slice(0, at));
    rest = rest.slice(at);
  }
  return rest === "" ? pieces : [...pieces, rest];
}
