import { problemAt } from "./list-row.ts";

/** A record of a CSV file: its fields, and where it and each of them begins. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
  readonly columns: readonly number[];
}

export interface ParsedCsv {
  readonly records: readonly CsvRecord[];
  readonly problems: readonly string[];
}

/** What a spreadsheet takes for a formula, and the mark that keeps it from doing so. */
const FORMULA = /^['=+\-@\t\r]/;
const MARKED = /^'['=+\-@\t\r]/;

/**
 * Writes one record (RFC 4180). A field that a spreadsheet would run as a formula gets an
 * apostrophe in front, and so does one that begins with an apostrophe: `readCsv` takes it away again.
 */
export function csvRecord(fields: readonly string[]): string {
  return fields.map((field) => quoted(FORMULA.test(field) ? `'${field}` : field)).join(",");
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** Reads a CSV file (RFC 4180), line ends of either kind; blank lines are passed over. */
export function readCsv(text: string): ParsedCsv {
  const records: CsvRecord[] = [];
  const problems: string[] = [];
  const reader = new CsvReader(text);
  while (!reader.isAtEnd()) {
    const record = reader.readRecord();
    if (typeof record === "string") problems.push(record);
    else if (record.fields.length > 1 || record.fields[0] !== "") records.push(record);
  }
  return { records, problems };
}

class CsvReader {
  readonly #text: string;
  #at = 0;
  #line = 1;
  #lineStart = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** The next record, or what is wrong with it; the rest of its line is passed over then. */
  readRecord(): CsvRecord | string {
    const line = this.#line;
    const fields: string[] = [];
    const columns: number[] = [];
    for (;;) {
      const column = this.#at - this.#lineStart + 1;
      const field = this.#text[this.#at] === '"' ? this.#readQuoted() : this.#readPlain();
      if (field === undefined) {
        this.#skipLine();
        return problemAt(
          line,
          column,
          'expected a field in quotes to end with a quote, "" for one inside',
        );
      }
      fields.push(MARKED.test(field) ? field.slice(1) : field);
      columns.push(column);
      if (this.#text[this.#at] !== ",") break;
      this.#at++;
    }
    this.#endLine();
    return { line, fields, columns };
  }

  #readPlain(): string {
    const start = this.#at;
    while (!this.isAtEnd() && !/[,\r\n]/.test(this.#text[this.#at] ?? "")) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  /** `undefined` where the quotes do not end, or something follows them. */
  #readQuoted(): string | undefined {
    let field = "";
    for (;;) {
      const start = this.#at + 1;
      const end = this.#text.indexOf('"', start);
      if (end === -1) return undefined;
      field += this.#text.slice(start, end);
      this.#at = end + 1;
      if (this.#text[this.#at] !== '"') break;
      field += '"';
    }
    for (let i = field.indexOf("\n"); i !== -1; i = field.indexOf("\n", i + 1)) this.#line++;
    return /^[,\r\n]?$/.test(this.#text[this.#at] ?? "") ? field : undefined;
  }

  #skipLine(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end === -1 ? this.#text.length : end;
    this.#endLine();
  }

  #endLine(): void {
    if (this.#text[this.#at] === "\r") this.#at++;
    if (this.#text[this.#at] === "\n") this.#at++;
    this.#line++;
    this.#lineStart = this.#at;
  }
}
