import type { ListEntry } from "@portcullis/store";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { checkImport } from "../src/control/list-exchange/check-import.ts";
import { csvRecord, readCsv } from "../src/control/list-exchange/csv.ts";
import type { ListFormat } from "../src/control/list-exchange/list-row.ts";
import { parseList } from "../src/control/list-exchange/parse-list.ts";
import { writeList } from "../src/control/list-exchange/write-list.ts";

const short = ({ rows, problems }: ReturnType<typeof parseList>) => ({
  rows: rows.map(({ name, type, value }) => [type, name, value].filter(Boolean).join(" ")),
  problems,
});

interface Row {
  readonly name: string;
  readonly format: ListFormat;
  readonly text: string;
  readonly rows?: readonly string[];
  readonly problems?: readonly string[];
}

describe("a list in a file", () => {
  test.for<Row>([
    {
      name: "addresses alone, one a line, with remarks and blank lines",
      format: "text",
      text: "\uFEFF# from elsewhere\r\n192.0.2.1\r\n\r\n2001:db8::/32\r\n",
      rows: ["ip 192.0.2.1", "ip 2001:db8::/32"],
    },
    {
      name: "entries as the add commands take them, blanks in values kept",
      format: "text",
      text: "ip 192.0.2.0/24\ntoken a b \ncookie SID x y\napi_key X-Key k\nusername your name",
      rows: [
        "ip 192.0.2.0/24",
        "token a b ",
        "cookie SID x y",
        "api_key X-Key k",
        "username your name",
      ],
    },
    {
      name: "every line that is none, at once",
      format: "text",
      text: "192.0.2.1\nhello\ntoken\ncookie SID\n",
      rows: ["ip 192.0.2.1"],
      problems: ["line 2, column 1: ", "line 3, column 6: ", "line 4, column 11: "],
    },
    {
      name: "a view as the commands print it, under its headings",
      format: "view",
      text: "Realtime Decoy Blacklist\n1) type : ip, value : 127.0.0.1\nManual Blacklist\n1) type : cookie, name : SID, value : a, value : b\n",
      rows: ["ip 127.0.0.1", "cookie SID a, value : b"],
    },
    {
      name: "lines of no view",
      format: "view",
      text: "1) type : car, value : x\nWelcome\n",
      problems: ["line 1, column 11: ", "line 2, column 1: "],
    },
    {
      name: "columns in any order, some of them shown only",
      format: "csv",
      text: 'value,type,name,source\r\n"a,""b""",cookie,SID,decoy\r\n192.0.2.1,ip,,manual\r\n',
      rows: ['cookie SID a,"b"', "ip 192.0.2.1"],
    },
    {
      name: "a column that nobody knows, and one that is missing",
      format: "csv",
      text: "type,vlaue\nip,192.0.2.1\n",
      problems: [
        "line 1, column 1: expected a column value",
        "line 1, column 6: expected one of the columns",
      ],
    },
    {
      name: "records with too few fields, a bad time and open quotes",
      format: "csv",
      text: 'type,value,expires\nip,192.0.2.1\nip,192.0.2.2,tomorrow\nip,192.0.2.4,\nip,"192.0.2.3\n',
      problems: [
        "line 2, column 4: expected 3 fields",
        "line 3, column 14: expected no expiry",
        "line 5, column 4: ",
      ],
      rows: ["ip 192.0.2.4"],
    },
  ])("$format: $name", ({ format, problems = [], rows = [], text }) => {
    const parsed = short(parseList(text, format));
    expect(parsed.problems).toEqual(problems.map((start) => expect.stringContaining(start)));
    expect(parsed.rows).toEqual(rows);
  });

  test("an expiry is read to the second", () => {
    const { rows } = parseList("type,value,expires\nip,192.0.2.1,2027-01-15T08:00:01Z\n", "csv");
    expect(rows.map(({ expiresAt }) => expiresAt)).toEqual([1_800_000_001]);
  });

  test.for(["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "'quoted", "'=x", "=a,b"])(
    "a spreadsheet does not run the value %j, and it comes back as it was",
    (value) => {
      const written = csvRecord(["token", value]);
      expect(written).not.toMatch(/(?:^|,)"?[=+\-@\t]/);
      expect(readCsv(written).records[0]?.fields).toEqual(["token", value]);
    },
  );

  test("whatever the fields of a CSV record hold, they come back", () => {
    const field = fc.string({ unit: fc.constantFrom(...Array.from("=+-@'\",;ab\r\n\t ")) });
    fc.assert(
      fc.property(fc.array(field, { minLength: 2, maxLength: 5 }), (fields) => {
        expect(readCsv(`${csvRecord(fields)}\r\n`).records.map((one) => one.fields)).toEqual([
          fields,
        ]);
      }),
    );
  });

  const printableText = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 30 })
    .filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text));
  const oneWord = printableText.filter((text) => !/[ ,]/.test(text));
  const client = fc.oneof(
    fc.record({ kind: fc.constant("token" as const), name: fc.constant(""), value: printableText }),
    fc.record({
      kind: fc.constantFrom("cookie" as const, "api-key" as const),
      name: oneWord,
      value: printableText,
    }),
    fc.record({
      kind: fc.constant("username" as const),
      name: fc.constant(""),
      value: printableText,
    }),
  );

  test.for<{ readonly format: ListFormat }>([
    { format: "text" },
    { format: "csv" },
    { format: "view" },
  ])("$format: what is exported can be imported", ({ format }) => {
    fc.assert(
      fc.property(fc.array(client, { maxLength: 5 }), (clients) => {
        const entries = clients.map((one): ListEntry => ({
          ...one,
          list: "deny",
          source: "decoy",
          key: new Uint8Array(16),
          prefix: 0,
          expiresAt: format === "csv" ? 1_800_000_000 : 0,
          addedAt: 1_800_000_000_000,
        }));
        const text = writeList("deny", format, (_, source) => (source === "decoy" ? entries : []));
        const { problems, rows } = parseList(text, format);
        expect(problems).toEqual([]);
        expect(rows.map(({ expiresAt, name, value }) => [name, value, expiresAt])).toEqual(
          entries.map(({ expiresAt, name, value }) => [name, value, expiresAt]),
        );
      }),
      { numRuns: 200 },
    );
  });
});

const check = (value: string, isConfirmed: boolean) =>
  checkImport([{ line: 7, type: "ip", name: "", value, expiresAt: 0 }], {
    list: "deny",
    trustedProxies: ["10.0.0.0/24", "2001:db8::/48"],
    isConfirmed,
  });

describe("an import is refused unless it is confirmed", () => {
  test.for([
    { name: "every IPv4 address", value: "0.0.0.0/0" },
    { name: "half of them", value: "128.0.0.0/1" },
    { name: "a range wider than a /8", value: "32.0.0.0/7" },
    { name: "a range that holds a trusted proxy", value: "10.0.0.0/8" },
    { name: "one of a trusted proxy's addresses", value: "10.0.0.7" },
    { name: "a part of a trusted proxy's network", value: "2001:db8:0:7::/64" },
    { name: "this machine", value: "127.0.0.1" },
    { name: "this machine by IPv6", value: "::1" },
    { name: "this machine, spelt otherwise", value: "::ffff:127.0.0.1" },
  ])("$name", ({ value }) => {
    expect(check(value, false)).toEqual({
      entries: [],
      problems: [expect.stringContaining("line 7: value: expected")],
    });
    expect(check(value, true).entries).toHaveLength(1);
  });

  test.for(["192.0.2.1", "10.0.1.0/24", "10.0.1.1", "2001:db8:1::/48"])("not %s", (value) => {
    expect(check(value, false).problems).toEqual([]);
  });

  test.for([
    { name: "an address with host bits", type: "ip", value: "192.0.2.1/24" },
    { name: "every address there is", type: "ip", value: "::/0" },
    { name: "a kind that nobody knows", type: "car", value: "registration" },
    { name: "a control character", type: "token", value: "a\u0001" },
    { name: "the hash that a listing shows", type: "token", value: "sha256:0123456789abcdef" },
  ])("even then, $name", ({ type, value }) => {
    const rules = { list: "deny", trustedProxies: [], isConfirmed: true } as const;
    const { problems } = checkImport([{ line: 1, type, name: "", value, expiresAt: 0 }], rules);
    expect(problems).toHaveLength(1);
    expect(problems[0]).not.toContain(value);
  });
});
