import type { AttackRecord } from "@portcullis/store";
import { describe, expect, test } from "vitest";

import { buildAllAttacksReport } from "../src/build-all-attacks-report.ts";
import { type AttackReportRequest, buildAttackReport } from "../src/build-attack-report.ts";
import { createObfuscator } from "../src/create-obfuscator.ts";

const AT = Date.UTC(2018, 0, 26, 20, 58, 4, 770);

function attack(given: Partial<AttackRecord> = {}): AttackRecord {
  return {
    at: AT,
    api: "shop",
    code: "method",
    client: { kind: "token", name: "", value: "token1.3" },
    ip: "203.0.113.9",
    method: "PUT",
    path: "/shop",
    requestId: "r-1",
    ...given,
  };
}

const request: AttackReportRequest = {
  type: 101,
  api: "shop",
  earlier: AT - 1_000,
  later: AT + 1_000,
  records: [],
};

const EMPTY = {
  company: "ping identity",
  attack_type: "Invalid API Activity",
  name: "api_attack_type",
  description: "Clients using invalid method/protocol/content-type",
  earlier_date: "Fri Jan 26 20:58:03:770 2018",
  later_date: "Fri Jan 26 20:58:05:770 2018",
  api_name: "shop",
  ips: [],
  cookies: [],
  access_tokens: [],
};

describe("an attack report", () => {
  test("without attacks is its frame", () => {
    expect(JSON.stringify(buildAttackReport(request))).toBe(JSON.stringify(EMPTY));
  });

  test("names the cookie third, and only if there is one", () => {
    const keys = Object.keys(buildAttackReport({ ...request, cookieName: "JSESSIONID" }));
    expect(keys.slice(0, 4)).toEqual(["company", "attack_type", "cookie", "name"]);
  });

  test.for([
    { name: "of another API", given: { api: "bank" }, tokens: 0 },
    { name: "of another type", given: { code: "decoy" as const }, tokens: 0 },
    { name: "before the range", given: { at: AT - 1_001 }, tokens: 0 },
    { name: "after the range", given: { at: AT + 1_001 }, tokens: 0 },
    { name: "on the earlier bound", given: { at: AT - 1_000 }, tokens: 1 },
    { name: "on the later bound", given: { at: AT + 1_000 }, tokens: 1 },
  ])("holds $tokens of an attack $name", ({ given, tokens }) => {
    const report = buildAttackReport({ ...request, records: [attack(given)] });
    expect(report.access_tokens).toHaveLength(tokens);
  });

  test.for([
    { code: "protocol", want: "protocol" },
    { code: "method", want: "method" },
    { code: "content-type", want: "content_type" },
    { code: "missing-token", want: "missing_token" },
  ] as const)("spells $code $want", ({ code, want }) => {
    const report = buildAttackReport({ ...request, records: [attack({ code })] });
    expect(report.access_tokens[0]?.details[0]?.attack_code).toBe(want);
  });

  test("across APIs is called all and takes every API", () => {
    const records = [attack(), attack({ api: "bank" }), attack({ api: "__proto__" })];
    const report = buildAttackReport({ ...request, api: undefined, records });
    expect(report.api_name).toBe("all");
    expect(report.access_tokens[0]?.details).toHaveLength(3);
  });

  test("keeps apart the same value as token, cookie and address, and under two cookie names", () => {
    const report = buildAttackReport({
      ...request,
      api: undefined,
      records: [
        attack({ client: { kind: "token", name: "", value: "v" } }),
        attack({ client: { kind: "cookie", name: "a", value: "v" } }),
        attack({ client: { kind: "cookie", name: "b", value: "v" } }),
        attack({ client: { kind: "ip", name: "", value: "v" } }),
      ],
    });
    expect(report.access_tokens.map((element) => element.access_token)).toEqual(["v"]);
    expect(report.cookies.map((element) => element.cookie)).toEqual(["v", "v"]);
    expect(report.ips.map((element) => element.ip)).toEqual(["v"]);
  });

  test("reports by address what a user name or an API key did: neither has a section", () => {
    const report = buildAttackReport({
      ...request,
      records: [
        attack({ client: { kind: "username", name: "", value: "user1" } }),
        attack({ client: { kind: "api-key", name: "X-API-KEY", value: "key_1.4" } }),
      ],
    });
    expect(report.ips).toMatchObject([{ ip: "203.0.113.9", details: [{}, {}] }]);
    expect(JSON.stringify(report)).not.toMatch(/user1|key_1\.4/);
  });

  test("reports a decoy by address, whoever touched it", () => {
    const report = buildAttackReport({
      ...request,
      type: 100,
      records: [attack({ code: "decoy" })],
    });
    expect(report.ips.map((element) => element.ip)).toEqual(["203.0.113.9"]);
    expect(report.access_tokens).toEqual([]);
  });

  test("is in the order of a hash table whatever the order of the events", () => {
    const values = Array.from({ length: 200 }, (_, i) => `client-${i * 7919}`);
    const records = values.map((value) => attack({ client: { kind: "token", name: "", value } }));
    const forwards = buildAttackReport({ ...request, records }).access_tokens;
    const again = buildAttackReport({ ...request, records }).access_tokens;
    expect(again).toEqual(forwards);
    expect(forwards.map((element) => element.access_token).toSorted()).toEqual(values.toSorted());
  });

  test("survives values that attackers choose", () => {
    const values = [
      "__proto__",
      "constructor",
      "toString",
      "",
      '"]},{"ip":"1.2.3.4"',
      "</script>\u2028",
      "a\0b\r\n",
      "\u{1b}[31m",
      "\ud800",
      "x".repeat(100_000),
    ];
    const records = values.flatMap((value) => {
      const client = { kind: "token", name: "", value } as const;
      return [attack({ client }), attack({ client, at: AT + 1, code: "protocol" })];
    });
    const report = buildAttackReport({ ...request, records });
    const read: typeof report = JSON.parse(JSON.stringify(report));
    expect(read).toEqual(report);
    expect(read.access_tokens.map((element) => element.access_token).toSorted()).toEqual(
      values.toSorted(),
    );
    for (const element of read.access_tokens) {
      expect(element.details.map((detail) => detail.attack_code)).toEqual(["method", "protocol"]);
    }
    expect(read.ips).toEqual([]);
  });

  test("groups many values of one hash in no time", () => {
    // "Aa" and "BB" have one hash, and so has every string made of them.
    let values = [""];
    for (let i = 0; i < 14; i++) values = values.flatMap((value) => [`${value}Aa`, `${value}BB`]);
    const records = values.map((value) => attack({ client: { kind: "token", name: "", value } }));
    const report = buildAttackReport({ ...request, records });
    expect(report.access_tokens.map((element) => element.access_token)).toEqual(values);
  });
});

describe("for a restricted reader", () => {
  test("tokens and cookies are obfuscated, equal ones alike, and addresses are clear", () => {
    const report = buildAttackReport({
      ...request,
      records: [
        attack(),
        attack({ code: "protocol" }),
        attack({ client: { kind: "token", name: "", value: "other" } }),
        attack({ client: { kind: "cookie", name: "JSESSIONID", value: "cookie_1.3" } }),
        attack({ client: { kind: "ip", name: "", value: "198.51.100.7" } }),
      ],
      cookieName: "JSESSIONID",
      obfuscate: createObfuscator(new Uint8Array(32)),
    });
    const tokens = report.access_tokens.map((element) => element.access_token);
    expect(tokens).toHaveLength(2);
    expect(new Set(tokens).size).toBe(2);
    for (const token of tokens) expect(token).toMatch(/^sha256:[\da-f]{16}$/);
    expect(report.ips.map((element) => element.ip)).toEqual(["198.51.100.7"]);
    expect(report.cookie).toBe("JSESSIONID");
    expect(JSON.stringify(report)).not.toMatch(/token1\.3|other|cookie_1\.3/);
  });

  test.for([
    { name: "the same key", key: 1, same: true },
    { name: "another key", key: 2, same: false },
  ])("a value under $name reads the same: $same", ({ key, same }) => {
    const first = createObfuscator(new Uint8Array(32).fill(1))("token1.3");
    const second = createObfuscator(new Uint8Array(32).fill(key))("token1.3");
    expect(first === second).toBe(same);
  });
});

function* once(): Generator<AttackRecord> {
  yield attack({ code: "decoy" });
  yield attack();
}

describe("type 0", () => {
  const allRequest = { ...request, api: undefined };

  test("is a report of each type, from records that can be gone through only once", () => {
    const reports = buildAllAttacksReport({ ...allRequest, records: once() });
    expect(reports.map((report) => report.attack_type)).toEqual([
      "Decoy Attack",
      "Invalid API Activity",
    ]);
    expect(reports[0]?.ips).toHaveLength(1);
    expect(reports[1]?.access_tokens).toHaveLength(1);
  });

  test("without attacks is the empty frames", () => {
    const reports = buildAllAttacksReport(allRequest);
    expect(reports).toHaveLength(2);
    expect(reports[1]).toEqual({ ...EMPTY, api_name: "all" });
  });
});
