import { describe, expect, test } from "vitest";

import { scaleFor } from "../src/report/axis-scale.ts";
import { renderSvg } from "../src/report/render-svg.ts";

describe("scaleFor", () => {
  test.for([
    { name: "a linear axis begins at zero", scale: "linear", values: [3, 10], at: 0, place: 0 },
    { name: "and holds its highest value", scale: "linear", values: [3, 10], at: 10, place: 1 },
    { name: "ends at a round number", scale: "linear", values: [7.3], at: 8, place: 1 },
    {
      name: "a logarithmic axis: whole decades",
      scale: "log",
      values: [20, 700],
      at: 10,
      place: 0,
    },
    { name: "half a decade is half as far", scale: "log", values: [1, 100], at: 10, place: 0.5 },
    { name: "a zero lies at its end", scale: "log", values: [0, 1, 10], at: 0, place: 0 },
  ] as const)("$name", ({ at, place, scale, values }) => {
    expect(scaleFor({ label: "", scale }, values).place(at)).toBeCloseTo(place);
  });

  test("ticks are round numbers", () => {
    expect(scaleFor({ label: "", scale: "linear" }, [47]).ticks).toEqual([0, 10, 20, 30, 40, 50]);
    expect(scaleFor({ label: "", scale: "log" }, [2, 300]).ticks).toEqual([1, 10, 100, 1000]);
  });
});

describe("renderSvg", () => {
  test("names are text, whatever is in them", () => {
    const bars = [{ name: "<a & b>", value: { median: 1, low: 1, high: 1 } }];
    const svg = renderSvg({ kind: "bars", name: "x", title: "T", unit: "us", bars });
    expect(svg).toContain("&lt;a &amp; b&gt;");
    expect(svg).not.toContain("<a & b>");
  });

  test("a longer time has a longer bar", () => {
    const bars = [1, 2].map((median) => ({
      name: String(median),
      value: { median, low: median, high: median },
    }));
    const svg = renderSvg({ kind: "bars", name: "x", title: "T", unit: "us", bars });
    const [short = 0, long = 0] = [...svg.matchAll(/<rect x="220"[^>]*width="([\d.]+)"/g)].map(
      (match) => Number(match[1]),
    );
    expect(long).toBeCloseTo(2 * short, 0);
  });

  test("a series has a point for each of its values, and no number is missing", () => {
    const svg = renderSvg({
      kind: "lines",
      name: "x",
      title: "T",
      x: { label: "n", scale: "log" },
      y: { label: "ms", scale: "linear" },
      series: [{ name: "s", points: [1, 10, 100].map((x) => ({ x, y: x / 2 })) }],
    });
    expect(svg.match(/<circle/g)).toHaveLength(3);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });
});
