const DEEPEST = 64;

/** One fault of a JSON text: where its character stands, and what is wrong there. */
interface JsonFault {
  readonly offset: number;
  readonly problem: string;
}

const WHITESPACE = /[ \t\n\r]*/y;
// oxlint-disable-next-line no-control-regex -- RFC 8259 section 7: control characters must be escaped
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;

/**
 * What `JSON.parse` does not say: repeated and `__proto__` keys, and where exactly a text stops
 * being JSON.
 *
 * Empty for JSON in which every name means one thing. Repeated names are all reported; the first
 * syntax error ends the list. Follows RFC 8259 and refuses nesting deeper than 64.
 */
export function findJsonFaults(text: string): readonly JsonFault[] {
  const scan = new JsonScan(text);
  scan.skipWhitespace();
  if (scan.value(0)) {
    scan.skipWhitespace();
    if (scan.offset < text.length) scan.expected("the end of the file");
  }
  return scan.faults;
}

/** One pass over one text. Each method returns `false` after a syntax error. */
class JsonScan {
  readonly faults: JsonFault[] = [];
  offset = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): boolean {
    switch (this.#text.charAt(this.offset)) {
      case "{":
        return this.#members(depth + 1);
      case "[":
        return this.#elements(depth + 1);
      case '"':
        return this.#take(STRING) !== undefined || this.expected("a JSON string");
      default: {
        const taken = this.#take(WORD) ?? this.#take(NUMBER);
        return taken !== undefined || this.expected("a JSON value");
      }
    }
  }

  skipWhitespace(): void {
    this.#take(WHITESPACE);
  }

  expected(what: string): false {
    const got = this.offset < this.#text.length ? "something else" : "the end of the file";
    this.faults.push({ offset: this.offset, problem: `expected ${what}, got ${got}` });
    return false;
  }

  #members(depth: number): boolean {
    const names = new Set<string>();
    return this.#list("}", depth, () => {
      const start = this.offset;
      const quoted = this.#take(STRING);
      if (quoted === undefined) return this.expected('a name in quotes or "}"');
      this.#checkName(names, quoted, start);
      this.skipWhitespace();
      if (!this.#skip(":")) return this.expected('":"');
      this.skipWhitespace();
      return this.value(depth);
    });
  }

  #elements(depth: number): boolean {
    return this.#list("]", depth, () => this.value(depth));
  }

  #list(end: "}" | "]", depth: number, item: () => boolean): boolean {
    if (depth > DEEPEST) return this.expected(`at most ${DEEPEST} levels`);
    this.offset++;
    this.skipWhitespace();
    if (this.#skip(end)) return true;
    for (;;) {
      if (!item()) return false;
      this.skipWhitespace();
      if (this.#skip(end)) return true;
      if (!this.#skip(",")) return this.expected(`"," or "${end}"`);
      this.skipWhitespace();
    }
  }

  #checkName(names: Set<string>, quoted: string, offset: number): void {
    const name: unknown = JSON.parse(quoted);
    if (typeof name !== "string") return;
    if (names.has(name)) {
      this.faults.push({ offset, problem: `expected each name once, got ${quoted} again` });
    }
    if (name === "__proto__") {
      this.faults.push({ offset, problem: "expected a field of the definition, got __proto__" });
    }
    names.add(name);
  }

  #skip(character: string): boolean {
    if (this.#text[this.offset] !== character) return false;
    this.offset++;
    return true;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.offset;
    const taken = pattern.exec(this.#text)?.[0];
    this.offset += taken?.length ?? 0;
    return taken;
  }
}
