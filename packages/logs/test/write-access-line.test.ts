import { bytesPerCall, sameShape } from "@portcullis/testkit/hot-path";
import { describe, expect, test } from "vitest";

import { asciiPart } from "../src/ascii-part.ts";
import { ClockText } from "../src/clock-text.ts";
import { AccessRecord } from "../src/index.ts";
import { LineBuffer } from "../src/line-buffer.ts";
import { writeAccessLine } from "../src/write-access-line.ts";

const TOKEN_KEY = [1, 0x10];
const COOKIE_KEY = [0x2345_6789, -0x8000_0000];
const API_KEY_KEY = [-1, 0];
const USERNAME_KEY = [0xabc, 0xdef];

const full = {
  timeMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  requestId: "r1",
  ip: "192.0.2.1",
  method: "GET",
  host: "shop.example",
  path: "/shop/cart",
  api: "shop",
  verdict: "block",
  reason: "method",
  status: 403,
  bytesIn: 10,
  bytesOut: 20,
  durationUs: 300,
  decisionUs: 1.5,
  upstreamUs: 250,
  identified: 0b1111,
  keys: [...TOKEN_KEY, ...COOKIE_KEY, ...API_KEY_KEY, ...USERNAME_KEY],
};

function format(fields: Partial<AccessRecord>): string {
  const line = new LineBuffer();
  writeAccessLine(Object.assign(new AccessRecord(), fields), new ClockText(), line);
  return written(line);
}

function written({ bytes, length }: LineBuffer): string {
  return Buffer.from(bytes.subarray(0, length)).toString("latin1");
}

describe("writeAccessLine", () => {
  test("writes every field under its name", () => {
    expect(format(full)).toBe(
      '{"time":"2026-01-02T03:04:05.006Z","request_id":"r1","ip":"192.0.2.1","method":"GET",' +
        '"host":"shop.example","path":"/shop/cart","api":"shop","verdict":"block",' +
        '"reason":"method","status":403,"bytes_in":10,"bytes_out":20,"duration_us":300,' +
        '"decision_us":1.5,"upstream_us":250,"token":"0000000100000010",' +
        '"cookie":"2345678980000000","api_key":"ffffffff00000000",' +
        '"username":"00000abc00000def"}\n',
    );
  });

  test("leaves out what there is none of", () => {
    expect(Object.keys(JSON.parse(format({})))).toEqual([
      "time",
      "request_id",
      "ip",
      "method",
      "host",
      "path",
      "verdict",
      "status",
      "bytes_in",
      "bytes_out",
      "duration_us",
      "decision_us",
      "upstream_us",
    ]);
  });

  test.for([
    { name: "a quote that would end the value", value: '","status":200,"x":"' },
    { name: "a line feed that would start a line", value: 'a\r\n{"forged":1}' },
    { name: "a backslash before the quote", value: "\\" },
    { name: "a terminal escape", value: "\u001b]0;title\u0007\u009b2J\u007f" },
    { name: "line and paragraph separators", value: "\u2028\u2029\u0085" },
    { name: "direction marks", value: "\u202egnp.exe\u2066" },
    { name: "lone surrogates", value: "\ud800x\udc00" },
    { name: "a pair of surrogates", value: "\ud83d\ude00" },
    { name: "NUL", value: "\0" },
  ])("$name stays inside its value, in printable ASCII", ({ value }) => {
    const line = format({ ...full, path: value, reason: value });
    expect(line).toMatch(/^[ -~]+\n$/);
    expect(JSON.parse(line)).toMatchObject({ path: value, reason: value, status: 403 });
  });

  test("JSON.parse gives back any text exactly", () => {
    let state = 11;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % below;
    };
    const wrong: string[] = [];
    for (let round = 0; round < 5000; round++) {
      // Half of the code units below 256, where the special ones are; the others anywhere.
      const codes = Array.from({ length: random(12) }, () =>
        random(random(2) === 0 ? 256 : 65_536),
      );
      const value = String.fromCharCode(...codes);
      const line = format({ host: value, reason: value });
      const parsed: unknown = JSON.parse(line);
      const want = { host: value, ...(value === "" ? {} : { reason: value }) };
      if (!/^[ -~]+\n$/.test(line)) wrong.push(line);
      expect(parsed).toMatchObject(want);
    }
    expect(wrong).toEqual([]);
  });

  test.for([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "%s, which JSON cannot hold, is 0",
    (number) => {
      const parsed: unknown = JSON.parse(format({ durationUs: number, timeMs: number }));
      expect(parsed).toMatchObject({ duration_us: 0, time: "1970-01-01T00:00:00.000Z" });
    },
  );

  test.for([
    0,
    9,
    10,
    0x7fff_ffff,
    0x8000_0000,
    4_294_967_296,
    Number.MAX_SAFE_INTEGER,
    1.5,
    -7,
    1e300,
  ])("the number %s is written as JSON writes it", (number) => {
    expect(JSON.parse(format({ bytesOut: number }))).toMatchObject({ bytes_out: number });
  });

  test.for([
    { name: "before 1970", ms: -1 },
    { name: "with a fraction", ms: 1_700_000_000_123.9 },
    { name: "the last one of a second", ms: 1_700_000_000_999 },
    { name: "the last there is", ms: 8_640_000_000_000_000 },
  ])("a time $name is written as Date writes it", ({ ms }) => {
    const line = new LineBuffer();
    line.part(new ClockText().format(ms));
    expect(written(line)).toBe(new Date(ms).toISOString());
  });

  test("numbers of up to ten digits are written as JSON writes them", () => {
    const numbers = Array.from({ length: 10 }, (_, digits) => [
      10 ** digits - 1,
      10 ** digits,
      Math.trunc(1.987_654_321 * 10 ** digits),
    ]).flat();
    const line = new LineBuffer();
    for (const number of [...numbers, -0]) {
      line.number(number);
      line.ascii(",");
    }
    expect(written(line)).toBe(`${numbers.join(",")},0,`);
  });

  test("a line costs no memory of its own", () => {
    const line = new LineBuffer();
    const record = Object.assign(new AccessRecord(), { ...full, decisionUs: 2 });
    const clock = new ClockText();
    const write = (): void => {
      line.length = 0;
      writeAccessLine(record, clock, line);
    };
    expect(bytesPerCall(write)).toBeLessThan(4);
  });

  test("a buffer grows as far as it must", () => {
    const line = new LineBuffer();
    const text = "x".repeat(1_000_000);
    line.ascii(text);
    line.escaped(text);
    expect(written(line)).toBe(text + text);
  });

  test("parts of any length stand one behind the other, wherever the buffer has to grow", () => {
    const texts = Array.from({ length: 11 }, (_, length) => "abcdefghijk".slice(0, length));
    const parts = texts.map((text) => asciiPart(text));
    const line = new LineBuffer();
    const rounds = 5000;
    for (let round = 0; round < rounds; round++) for (const part of parts) line.part(part);
    line.hex(0x0123_abcd);
    expect(written(line)).toBe(`${texts.join("").repeat(rounds)}0123abcd`);
  });

  test("a time that stays is not formatted again", () => {
    const clock = new ClockText();
    clock.format(full.timeMs);
    expect(bytesPerCall(() => clock.format(full.timeMs))).toBeLessThan(4);
  });

  test("a filled record has the shape of a new one", () => {
    const record = Object.assign(new AccessRecord(), full);
    expect(sameShape(record, new AccessRecord())).toBe(true);
  });
});
