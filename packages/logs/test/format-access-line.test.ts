import { bytesPerCall, sameShape } from "@portcullis/testkit/hot-path";
import { describe, expect, test } from "vitest";

import { AccessRecord, ClockText, formatAccessLine } from "../src/index.ts";

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
  token: "aa",
  cookie: "bb",
  apiKey: "cc",
  username: "dd",
};

function format(fields: Partial<AccessRecord>): string {
  return formatAccessLine(Object.assign(new AccessRecord(), fields), new ClockText());
}

describe("formatAccessLine", () => {
  test("writes every field under its name", () => {
    expect(format(full)).toBe(
      '{"time":"2026-01-02T03:04:05.006Z","request_id":"r1","ip":"192.0.2.1","method":"GET",' +
        '"host":"shop.example","path":"/shop/cart","api":"shop","verdict":"block",' +
        '"reason":"method","status":403,"bytes_in":10,"bytes_out":20,"duration_us":300,' +
        '"decision_us":1.5,"upstream_us":250,"token":"aa","cookie":"bb","api_key":"cc",' +
        '"username":"dd"}\n',
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
    const line = format({ ...full, path: value, username: value });
    expect(line).toMatch(/^[ -~]+\n$/);
    expect(JSON.parse(line)).toMatchObject({ path: value, username: value, status: 403 });
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
      const line = format({ host: value, token: value });
      const parsed: unknown = JSON.parse(line);
      const want = { host: value, ...(value === "" ? {} : { token: value }) };
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
