import {
  BASE,
  BEHIND,
  CHECK,
  CHILDREN,
  DECISION_INTS,
  END_LABEL,
  END_VALUE,
  HEADER_INTS,
  NEXT,
  NODE_INTS,
  NONE,
  NO_PARENT,
  PARAMETER,
  PARAMETER_INTS,
  PREFIX_VALUE,
  SUFFIX,
  SUFFIX_LENGTH,
} from "./url-trie-layout.ts";

/** What a node decides beyond the next character. Parameters from most to least specific. */
export interface Decision {
  readonly endValue: number;
  readonly prefixValue: number;
  readonly parameters: readonly Parameter[];
}

export interface Parameter {
  /** The node behind it. */
  readonly behind: number;
  readonly suffix: string;
}

/** What a finished trie is entered by. */
export interface TrieHead {
  readonly hostsRoot: number;
  readonly wildcardRoot: number;
  readonly maxPending: number;
}

/** The nodes of a trie under construction, and the placing of children among them. */
export class NodeTable {
  readonly #checks: number[] = [];
  readonly #bases = new Map<number, number>();
  readonly #decisions = new Map<number, Decision>();
  #firstFree = 0;

  /** Takes the first free slot for a node that no character leads to. */
  claim(): number {
    return this.#occupy(this.#firstFree, NO_PARENT);
  }

  /** Places a child of `parent` for each of `codes`. Returns the base that they share. */
  placeChildren(parent: number, codes: readonly number[]): number {
    let slot = Math.max(0, this.#firstFree - Math.min(...codes));
    while (!codes.every((code) => this.#isFree(slot + code))) slot++;
    for (const code of codes) this.#occupy(slot + code, parent);
    this.#bases.set(parent, slot * NODE_INTS);
    return slot * NODE_INTS;
  }

  /** Gives the child for `END_LABEL` at `base` its value. */
  end(base: number, value: number): void {
    this.#bases.set(base + END_LABEL * NODE_INTS, value);
  }

  decide(node: number, decision: Decision): void {
    this.#decisions.set(node, decision);
  }

  /** The finished buffer. Behind the last node there is room for every label of every node. */
  write(head: TrieHead): SharedArrayBuffer {
    const body: number[] = [];
    const suffixes: number[] = [];
    for (let slot = 0; slot < this.#checks.length + END_LABEL + 1; slot++) {
      const node = slot * NODE_INTS;
      body[node + BASE] = this.#bases.get(node) ?? 0;
      body[node + CHECK] = this.#checks[slot] ?? NONE;
    }
    for (const [node, decision] of this.#decisions) {
      const at = writeDecision(body, suffixes, decision, this.#bases.get(node) ?? 0);
      body[node + BASE] = ~at;
    }
    const intsLength = HEADER_INTS + body.length;
    const buffer = new SharedArrayBuffer(4 * intsLength + suffixes.length);
    const ints = new Int32Array(buffer, 0, intsLength);
    ints.set([body.length, suffixes.length, head.hostsRoot, head.wildcardRoot, head.maxPending]);
    ints.set(body, HEADER_INTS);
    new Uint8Array(buffer, 4 * intsLength).set(suffixes);
    return buffer;
  }

  #isFree(slot: number): boolean {
    return (this.#checks[slot] ?? NONE) === NONE;
  }

  #occupy(slot: number, check: number): number {
    while (this.#checks.length <= slot) this.#checks.push(NONE);
    this.#checks[slot] = check;
    while (!this.#isFree(this.#firstFree)) this.#firstFree++;
    return slot * NODE_INTS;
  }
}

/** Appends a decision and its parameters, chained. Returns where the decision is. */
function writeDecision(
  body: number[],
  suffixes: number[],
  decision: Decision,
  children: number,
): number {
  const at = body.length;
  const { parameters } = decision;
  body[at + CHILDREN] = children;
  body[at + PARAMETER] = parameters.length === 0 ? NONE : at + DECISION_INTS;
  body[at + END_VALUE] = decision.endValue;
  body[at + PREFIX_VALUE] = decision.prefixValue;
  parameters.forEach(({ behind, suffix }, index) => {
    const parameter = body.length;
    body[parameter + BEHIND] = behind;
    body[parameter + NEXT] = index + 1 < parameters.length ? parameter + PARAMETER_INTS : NONE;
    body[parameter + SUFFIX] = suffix === "" ? NONE : suffixes.length;
    body[parameter + SUFFIX_LENGTH] = suffix.length;
    for (let i = 0; i < suffix.length; i++) suffixes.push(suffix.charCodeAt(i));
  });
  return at;
}
