import { checkUnknownKeys } from "./check-unknown-keys.ts";
import { describeValue } from "./describe-value.ts";
import type { Field, Section } from "./field.ts";
import type { Findings } from "./findings.ts";
import { memberPath } from "./member-path.ts";

const MAX_ELEMENTS = 256;

/**
 * Reads one object of the API JSON by its section. What is wrong goes to the findings, and a
 * placeholder comes back, so that everything else is read too.
 */
export class SectionReader<T extends object, C extends string> {
  readonly #section: Section<T, C>;
  readonly #members: ReadonlyMap<string, unknown>;
  readonly #isObject: boolean;
  readonly #path: string;
  readonly #findings: Findings;

  /** `isReported`: what is wrong with an object around this one accounts for this one too. */
  constructor(
    section: Section<T, C>,
    value: unknown,
    path: string,
    findings: Findings,
    isReported = false,
  ) {
    this.#section = section;
    this.#path = path;
    this.#findings = findings;
    this.#isObject = isObject(value);
    // Own members only, in a map: `__proto__` and `constructor` are keys like any other.
    this.#members = new Map<string, unknown>(isObject(value) ? Object.entries(value) : []);
    if (!this.#isObject && !isReported) {
      findings.issue(path, `expected an object, got ${describeValue(value)}`);
    }
    const known = [...Object.keys(section.fields), ...Object.keys(section.children)];
    checkUnknownKeys(known, this.#members.keys(), path, findings);
  }

  #pathOf(key: string): string {
    return memberPath(this.#path, key);
  }

  read<K extends keyof T & string>(key: K): T[K] {
    const { [key]: field } = this.#section.fields;
    const path = this.#pathOf(key);
    const given = this.#members.get(key);
    if (given === undefined) {
      // An object that is none has been reported; its fields are not missing besides.
      if (field.isRequired === true && this.#isObject) {
        this.#findings.issue(path, `expected ${field.expects}, got nothing`);
      }
      return readFallback(field);
    }
    const outcome = field.read(given);
    if (outcome.ok) {
      for (const { at, text } of outcome.warnings) this.#findings.warn(`${path}${at}`, text);
      return outcome.value;
    }
    for (const { at, text } of outcome.got) {
      const expects = at === "" ? field.expects : (field.expectsEach ?? field.expects);
      this.#findings.issue(`${path}${at}`, `expected ${expects}, got ${text}`);
    }
    return outcome.rest ?? readFallback(field);
  }

  child<U extends object, D extends string>(key: C, section: Section<U, D>): SectionReader<U, D> {
    const { [key]: child } = this.#section.children;
    const given = this.#members.get(key);
    const value = given === undefined && child.isRequired !== true ? {} : given;
    return new SectionReader(section, value, this.#pathOf(key), this.#findings, !this.#isObject);
  }

  children<U extends object, D extends string>(
    key: C,
    section: Section<U, D>,
  ): readonly SectionReader<U, D>[] {
    const value = this.#members.get(key);
    const path = this.#pathOf(key);
    if (value === undefined) return [];
    if (!Array.isArray(value) || value.length > MAX_ELEMENTS) {
      const got = Array.isArray(value) ? `${value.length} of them` : describeValue(value);
      this.#findings.issue(
        path,
        `expected an array of at most ${MAX_ELEMENTS} objects, got ${got}`,
      );
      return [];
    }
    return value.map(
      (element: unknown, index) =>
        new SectionReader(section, element, `${path}[${index}]`, this.#findings),
    );
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readFallback<T>(field: Field<T>): T {
  const outcome = field.read(field.fallback);
  if (outcome.ok) return outcome.value;
  throw new TypeError(`the default of a field cannot be read: expected ${field.expects}`);
}
