import { afterEach, describe, expect, test } from "vitest";

import { formatReportDate, parseReportDate } from "../src/report-date.ts";

const zone = process.env["TZ"];
afterEach(() => {
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
});

describe("formatReportDate", () => {
  test.for([
    { ms: Date.UTC(2018, 0, 25, 18), want: "Thu Jan 25 18:00:00:000 2018" },
    { ms: Date.UTC(2018, 0, 1, 12), want: "Mon Jan 01 12:00:00:000 2018" },
    { ms: Date.UTC(2018, 11, 31, 2, 28, 3, 7), want: "Mon Dec 31 02:28:03:007 2018" },
    { ms: Date.UTC(2024, 1, 29, 23, 59, 59, 999), want: "Thu Feb 29 23:59:59:999 2024" },
    { ms: 0, want: "Thu Jan 01 00:00:00:000 1970" },
  ])("$ms is $want", ({ ms, want }) => {
    expect(formatReportDate(ms)).toBe(want);
  });

  test("local is what the clock on the wall says", () => {
    process.env["TZ"] = "America/New_York";
    const ms = Date.UTC(2018, 0, 26, 1, 2, 3, 4);
    expect(formatReportDate(ms, "local")).toBe("Thu Jan 25 20:02:03:004 2018");
    expect(formatReportDate(ms, "utc")).toBe("Fri Jan 26 01:02:03:004 2018");
  });
});

describe("parseReportDate", () => {
  test.for([
    { text: "2018-07-16", bound: "earlier", want: Date.UTC(2018, 6, 16) },
    { text: "2018-07-16", bound: "later", want: Date.UTC(2018, 6, 16, 23, 59, 59, 999) },
    { text: "2018-07-16T08:30", bound: "earlier", want: Date.UTC(2018, 6, 16, 8, 30) },
    { text: "2018-07-16T08:30", bound: "later", want: Date.UTC(2018, 6, 16, 8, 30) },
    { text: "2018-12-31", bound: "later", want: Date.UTC(2019, 0, 1) - 1 },
    { text: "2024-02-29", bound: "earlier", want: Date.UTC(2024, 1, 29) },
    { text: "1970-01-01T00:00", bound: "earlier", want: 0 },
  ] as const)("$text as the $bound bound", ({ text, bound, want }) => {
    expect(parseReportDate(text, bound)).toBe(want);
  });

  test.for([
    "",
    "2018",
    "2018-7-16",
    "2018-02-29",
    "2100-02-29",
    "2018-04-31",
    "2018-13-01",
    "2018-00-10",
    "2018-01-00",
    "2018-01-32",
    "2018-07-16T24:00",
    "2018-07-16T12:60",
    "2018-07-16T12",
    "2018-07-16T12:00:00",
    "2018-07-16T12:00Z",
    "2018-07-16 12:00",
    "2018-07-16t12:00",
    " 2018-07-16",
    "2018-07-16\n",
    "+2018-07-16",
    "-2018-07-16",
    "20180716",
    "16-07-2018",
    "２018-07-16",
    `2018-07-16${"0".repeat(100_000)}`,
  ])("%j is no date", (text) => {
    expect(parseReportDate(text, "earlier")).toBeUndefined();
  });

  test.for([
    { day: "2018-03-11", hours: 23 },
    { day: "2018-11-04", hours: 25 },
    { day: "2018-07-16", hours: 24 },
  ])("$day in New York has $hours hours", ({ day, hours }) => {
    process.env["TZ"] = "America/New_York";
    const earlier = parseReportDate(day, "earlier", "local") ?? Number.NaN;
    const later = parseReportDate(day, "later", "local") ?? Number.NaN;
    expect(later + 1 - earlier).toBe(hours * 3_600_000);
  });
});
