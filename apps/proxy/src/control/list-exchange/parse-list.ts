import { type CsvRecord, readCsv } from "./csv.ts";
import { type ListFormat, type ListRow, type ParsedList, problemAt } from "./list-row.ts";
import { LIST_TITLES } from "./list-titles.ts";

const TYPES = ["ip", "cookie", "token", "api_key", "username"];
const NAMED = new Set(["cookie", "api_key"]);
const EXPECTED_LINE = `expected an entry: ip ADDRESS, cookie NAME VALUE, token TOKEN, api_key NAME KEY, username NAME, or an address alone`;
const VIEW_LINE = /^(\d+\) )type : (\w+)(?:, name : (.*?))?, value : (.*)$/s;
/** The columns that an entry is made of, and those that an export shows besides. */
const COLUMNS = ["type", "name", "value", "expires"];
const SHOWN = ["source", "api", "added", "request_id"];

/** Reads a file of entries; every line that is none is named. */
export function parseList(text: string, format: ListFormat): ParsedList {
  // A byte order mark is no part of the first entry.
  const plain = text.startsWith("\uFEFF") ? text.slice(1) : text;
  switch (format) {
    case "csv":
      return parseCsvList(plain);
    case "view":
      return parseLines(plain, parseViewLine);
    case "text":
      return parseLines(plain, parseTextLine);
    default:
      return format satisfies never;
  }
}

function parseLines(
  text: string,
  parseLine: (line: string, number: number) => ListRow | string | undefined,
): ParsedList {
  const rows: ListRow[] = [];
  const problems: string[] = [];
  text.split("\n").forEach((raw, at) => {
    const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    const row = line.trim() === "" ? undefined : parseLine(line, at + 1);
    if (typeof row === "string") problems.push(row);
    else if (row !== undefined) rows.push(row);
  });
  return { rows, problems };
}

function parseTextLine(line: string, number: number): ListRow | string | undefined {
  if (line.startsWith("#")) return undefined;
  const [type, rest] = cut(line);
  if (!TYPES.includes(type)) {
    // Whether it is one that can be listed, the rules for addresses say.
    const isAddress = rest === "" && /^[0-9a-f:.]+(?:\/\d+)?$/i.test(type);
    return isAddress ? rowOf(number, "ip", "", type) : problemAt(number, 1, EXPECTED_LINE);
  }
  const [name, value] = NAMED.has(type) ? cut(rest) : ["", rest];
  if (value === "") return problemAt(number, line.length + 1, EXPECTED_LINE);
  return rowOf(number, type, name, value);
}

/** The text before the first blank, and all behind it. */
function cut(text: string): readonly [string, string] {
  const blank = text.indexOf(" ");
  return blank === -1 ? [text, ""] : [text.slice(0, blank), text.slice(blank + 1)];
}

function parseViewLine(line: string, number: number): ListRow | string | undefined {
  if (LIST_TITLES.has(line)) return undefined;
  const [, prefix = "", type = "", name = "", value = ""] = VIEW_LINE.exec(line) ?? [];
  if (TYPES.includes(type)) return rowOf(number, type, name, value);
  const column = type === "" ? 1 : prefix.length + "type : ".length + 1;
  return problemAt(
    number,
    column,
    "expected a heading, or 1) type : TYPE, name : NAME, value : VALUE",
  );
}

function rowOf(line: number, type: string, name: string, value: string): ListRow {
  return { line, type, name, value, expiresAt: 0 };
}

function parseCsvList(text: string): ParsedList {
  const { problems, records } = readCsv(text);
  const [header, ...bodies] = records;
  const all: string[] = [];
  if (header === undefined) return { rows: [], problems };
  const places = new Map(header.fields.map((field, at) => [field.trim().toLowerCase(), at]));
  for (const column of ["type", "value"]) {
    if (!places.has(column)) all.push(problemAt(header.line, 1, `expected a column ${column}`));
  }
  for (const [column, at] of places) {
    if (COLUMNS.includes(column) || SHOWN.includes(column)) continue;
    const known = [...COLUMNS, ...SHOWN].join(", ");
    all.push(
      problemAt(header.line, header.columns[at] ?? 1, `expected one of the columns ${known}`),
    );
  }
  if (all.length > 0) return { rows: [], problems: all };
  const rows: ListRow[] = [];
  for (const record of bodies) {
    const row = readRecord(record, header.fields.length, places);
    if (typeof row === "string") all.push(row);
    else rows.push(row);
  }
  return { rows, problems: [...all, ...problems] };
}

function readRecord(
  record: CsvRecord,
  width: number,
  places: ReadonlyMap<string, number>,
): ListRow | string {
  const { columns, fields, line } = record;
  if (fields.length !== width) {
    return problemAt(line, columns.at(-1) ?? 1, `expected ${width} fields, as the first line has`);
  }
  const field = (name: string): string => fields[places.get(name) ?? -1] ?? "";
  const expiresAt = readTime(field("expires"));
  if (expiresAt === undefined) {
    const column = columns[places.get("expires") ?? 0] ?? 1;
    return problemAt(line, column, "expected no expiry, or a time like 2027-01-15T08:00:00Z");
  }
  return { line, type: field("type"), name: field("name"), value: field("value"), expiresAt };
}

/** Unix seconds, 0 for never; `undefined` for what is no time of this format. */
function readTime(text: string): number | undefined {
  if (text === "" || text === "never") return 0;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) return undefined;
  const seconds = Date.parse(text) / 1000;
  return Number.isInteger(seconds) && seconds > 0 && seconds < 0xffff_ffff ? seconds : undefined;
}
