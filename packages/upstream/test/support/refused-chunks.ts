/** An answer that must not be taken, and the fault it is refused for. */
export interface RefusedAnswer {
  readonly name: string;
  readonly given: {
    readonly raw: string;
    readonly method?: string;
    readonly thenEnd?: boolean;
    readonly maxHeadBytes?: number;
  };
  readonly want: string;
}

export const OK = "HTTP/1.1 200 OK\r\n";
export const CHUNKED: string = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

/** Chunked bodies that could be read in two ways. */
export const REFUSED_CHUNKS: readonly RefusedAnswer[] = [
  ...[
    "",
    " 5",
    "5 ",
    "0x5",
    "+5",
    "-5",
    "g",
    ":",
    "5:",
    '"5"',
    "20000000000000",
    "5\n",
    "5\rX",
  ].map((size) => ({
    name: `the chunk size ${JSON.stringify(size)}`,
    given: { raw: `${CHUNKED}${size}\r\nhello\r\n0\r\n\r\n` },
    want: "bad-chunk-size",
  })),
  {
    name: "a chunk size with needless zeros",
    given: { raw: `${CHUNKED}000000000000005\r\nhello\r\n0\r\n\r\n` },
    want: "bad-chunk-size",
  },
  {
    name: "a bare carriage return in an extension",
    given: { raw: `${CHUNKED}5;a\rb\r\nhello\r\n0\r\n\r\n` },
    want: "bad-chunk-size",
  },
  {
    name: "a bare line feed in an extension",
    given: { raw: `${CHUNKED}5;a\nhello\r\n0\r\n\r\n` },
    want: "bad-chunk-size",
  },
  ...[
    "",
    "a b",
    " a",
    "a=",
    "a=b c",
    "a=\u00e9",
    "a=b=c",
    '="b"',
    'a="b',
    'a="b"c',
    'a="b\\',
    ";a",
    "a;",
  ].map((extension) => ({
    name: `the chunk extension ${JSON.stringify(extension)}`,
    given: { raw: `${CHUNKED}5;${extension}\r\nhello\r\n0\r\n\r\n` },
    want: "bad-chunk-size",
  })),
  ...["XX", "\n", "\rX", "X\r\n", "\n\r"].map((end) => ({
    name: `the chunk end ${JSON.stringify(end)}`,
    given: { raw: `${CHUNKED}5\r\nhello${end}0\r\n\r\n` },
    want: "bad-chunk-end",
  })),
  ...[
    "Content-Length: 5\r\n",
    "A: b\r\nCONTENT-length:\r\n",
    "transfer-encoding: chunked\r\n",
    "Transfer-Encoding: identity\r\nA: b\r\n",
    "A b: c\r\n",
    ": c\r\n",
    "A\r\n",
    " A: b\r\n",
    "A: b\n",
    "A: b\r",
    "A: \0\r\n",
    "\n",
  ].map((trailer) => ({
    name: `the trailer ${JSON.stringify(trailer)}`,
    given: { raw: `${CHUNKED}0\r\n${trailer}\r\nX` },
    want: "bad-trailer",
  })),
];
