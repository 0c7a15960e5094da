import * as layout from "./url-trie-layout.ts";

// Local names: V8 folds a constant of its own module, and loads an imported one at each use.
const { BASE, CHECK, END_LABEL, MAX_LABEL, NODE_INTS, NONE } = layout;
const { CHILDREN, END_VALUE, PARAMETER, PREFIX_VALUE } = layout;
const { BEHIND, NEXT, SUFFIX, SUFFIX_LENGTH } = layout;
const SLASH = 0x2f;

/** The host is known, or any host is, but no entry covers the path. */
export const NO_API = -1;
/** No entry names the host, and there is none for `*`. */
export const NO_HOST = -2;

/**
 * Finds the entry for a host and a path in a buffer that `compileUrlTrie` made, in place.
 *
 * Every thread attaches its own instance to the one shared buffer. An instance keeps the stack of
 * its look-ups and is therefore not re-entrant; nothing in it is.
 *
 * A look-up visits each node at most once per host root: a parameter takes all that is left of its
 * segment, so a node can be reached at one position of the path only. The work is bounded by the
 * entries that an owner wrote, whatever a client sends.
 */
export class UrlTrie {
  readonly #body: Int32Array;
  readonly #suffixes: Uint8Array;
  readonly #hostsRoot: number;
  readonly #wildcardRoot: number;
  /** Alternatives yet to try, as pairs of a parameter and the position it starts at. */
  readonly #pending: Int32Array;
  /** Where the last choice led to, and how many alternatives are pending. */
  #node = NONE;
  #depth = 0;
  /** The named host seen last: most requests of a connection name the same one. */
  #lastHost = "";
  #lastHostRoot = NONE;

  constructor(buffer: SharedArrayBuffer) {
    const header = new Int32Array(buffer, 0, layout.HEADER_INTS);
    const bodyLength = int(header, layout.BODY_LENGTH);
    const suffixesOffset = header.byteLength + 4 * bodyLength;
    this.#body = new Int32Array(buffer, header.byteLength, bodyLength);
    this.#suffixes = new Uint8Array(buffer, suffixesOffset, int(header, layout.SUFFIXES_LENGTH));
    this.#hostsRoot = int(header, layout.HOSTS_ROOT);
    this.#wildcardRoot = int(header, layout.WILDCARD_ROOT);
    this.#pending = new Int32Array(2 * int(header, layout.MAX_PENDING));
  }

  /** The root of the paths of a host that an entry names, or -1; `*` is not a name. */
  hostRoot(host: string): number {
    if (host === this.#lastHost) return this.#lastHostRoot;
    const root = this.#search(this.#hostsRoot, host);
    if (root !== NONE) {
      this.#lastHost = host;
      this.#lastHostRoot = root;
    }
    return root;
  }

  /**
   * The value of the entry that answers for `host` and `path`, both canonical.
   *
   * An entry of the named host wins over any of `*`. Between two entries that differ first in a
   * literal against a parameter, the literal wins; of one that continues the other, the longer.
   * So no template takes away a path that lies under a literal prefix. `NO_API` and `NO_HOST` are
   * negative, values are not.
   */
  find(host: string, path: string): number {
    const named = this.hostRoot(host);
    const wildcard = this.#wildcardRoot;
    if (named === NONE && wildcard === NONE) return NO_HOST;
    if (path.length === 0 || path.charCodeAt(0) !== SLASH) return NO_API;
    const value = named === NONE ? NO_API : this.#search(named, path);
    return value === NO_API && wildcard !== NONE ? this.#search(wildcard, path) : value;
  }

  /**
   * Depth first, in order of preference: the first complete match is the answer.
   *
   * A slot belongs to the one node in its `CHECK`, so a wrong character cannot lead into another
   * node's child; the nodes are padded so that every label of every node stays among them.
   */
  #search(root: number, text: string): number {
    const body = this.#body;
    // The best prefix so far, and how many of the pending alternatives are worse than it.
    let best = NO_API;
    let worse = 0;
    this.#depth = 0;
    let node = root;
    let at = 0;
    for (;;) {
      let base = int(body, node + BASE);
      while (base >= 0 && at < text.length) {
        const code = text.charCodeAt(at);
        const slot = base + code * NODE_INTS;
        if (code > MAX_LABEL || body[slot + CHECK] !== node) break;
        base = int(body, slot + BASE);
        node = slot;
        at++;
      }
      const value =
        base < 0 ? this.#valueAt(~base, text, at) : this.#endValue(base, node, text, at);
      if (value !== NONE) {
        if (at === text.length) return value;
        best = value;
        worse = this.#depth;
      }
      at = base < 0 ? this.#choose(~base, node, text, at) : NONE;
      if (at === NONE) at = this.#resume(text, worse);
      if (at === NONE) return best;
      node = this.#node;
    }
  }

  /** The value of a path that ends at `at`, at a node that nothing else is decided at. */
  #endValue(base: number, node: number, text: string, at: number): number {
    const end = base + END_LABEL * NODE_INTS;
    if (at < text.length || this.#body[end + CHECK] !== node) return NONE;
    return int(this.#body, end + BASE);
  }

  /** The value of a path that ends at `at`, or goes on there with another segment. */
  #valueAt(decision: number, text: string, at: number): number {
    if (at === text.length) return int(this.#body, decision + END_VALUE);
    return text.charCodeAt(at) === SLASH ? int(this.#body, decision + PREFIX_VALUE) : NONE;
  }

  /**
   * Moves to the literal child of `from`, with the parameter pending, or else behind the parameter.
   * Returns the position there, `NONE` if there is neither.
   */
  #choose(decision: number, from: number, text: string, at: number): number {
    if (at === text.length) return NONE;
    const body = this.#body;
    const parameter = int(body, decision + PARAMETER);
    const code = text.charCodeAt(at);
    const slot = int(body, decision + CHILDREN) + code * NODE_INTS;
    if (code <= MAX_LABEL && body[slot + CHECK] === from) {
      if (parameter !== NONE) this.#suspend(parameter, at);
      this.#node = slot;
      return at + 1;
    }
    return parameter === NONE ? NONE : this.#take(parameter, text, at);
  }

  /** Moves behind a parameter; the next less specific one at its place is pending from then on. */
  #take(parameter: number, text: string, start: number): number {
    const body = this.#body;
    let end = start;
    while (end < text.length && text.charCodeAt(end) !== SLASH) end++;
    if (end === start) return NONE;
    this.#node = int(body, parameter + BEHIND);
    return int(body, parameter + SUFFIX) === NONE
      ? end
      : this.#takeSuffix(parameter, text, start, end);
  }

  #suspend(parameter: number, at: number): void {
    this.#pending[2 * this.#depth] = parameter;
    this.#pending[2 * this.#depth + 1] = at;
    this.#depth++;
  }

  /** Takes the last of the pending alternatives that fits, as long as it is not a worse one. */
  #resume(text: string, worse: number): number {
    while (this.#depth > worse) {
      this.#depth--;
      const parameter = int(this.#pending, 2 * this.#depth);
      const end = this.#take(parameter, text, int(this.#pending, 2 * this.#depth + 1));
      if (end !== NONE) return end;
    }
    return NONE;
  }

  /** The end of the segment, if the suffix of a parameter is right; the next one is pending. */
  #takeSuffix(parameter: number, text: string, start: number, end: number): number {
    const lessSpecific = int(this.#body, parameter + NEXT);
    if (lessSpecific !== NONE) this.#suspend(lessSpecific, start);
    const suffix = int(this.#body, parameter + SUFFIX);
    const length = int(this.#body, parameter + SUFFIX_LENGTH);
    const at = end - length;
    if (at <= start) return NONE;
    for (let i = 0; i < length; i++) {
      if (this.#suffixes[suffix + i] !== text.charCodeAt(at + i)) return NONE;
    }
    return end;
  }
}

/** An integer that is there; `NONE` keeps a wrong index from matching anything. */
function int(values: Int32Array, index: number): number {
  return values[index] ?? NONE;
}
