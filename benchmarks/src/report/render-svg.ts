import { scaleFor } from "./axis-scale.ts";
import { formatNumber } from "./format-cell.ts";
import type { BarPlot, LinePlot, Plot, Point } from "./plot.ts";

const WIDTH = 760;
const TITLE_HEIGHT = 44;
const BAR_HEIGHT = 26;
const NAME_WIDTH = 220;
const VALUE_WIDTH = 90;
const LINES = { left: 76, right: 230, top: 64, height: 340, below: 56 };
/** Told apart by those who do not see red and green as well (Okabe and Ito). */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000"];
const GREY = "#777";
const GRID = "#ddd";

/** A plot as an SVG document of its own. */
export function renderSvg(plot: Plot): string {
  return plot.kind === "bars" ? renderBars(plot) : renderLines(plot);
}

function renderBars({ bars, title, unit }: BarPlot): string {
  const values = bars.flatMap(({ value }) => [value.median, value.high]).filter(Number.isFinite);
  const { place } = scaleFor({ label: unit, scale: "linear" }, values);
  const length = WIDTH - NAME_WIDTH - VALUE_WIDTH;
  const rows = bars.flatMap(({ name, value }, index) => {
    const middle = TITLE_HEIGHT + index * BAR_HEIGHT + BAR_HEIGHT / 2;
    const end = NAME_WIDTH + length * place(value.median);
    const [low, high] = [value.low, value.high].map((at) => NAME_WIDTH + length * place(at));
    return [
      text(NAME_WIDTH - 8, middle + 4, name, "end"),
      `<rect x="${NAME_WIDTH}" y="${round(middle - 8)}" width="${round(end - NAME_WIDTH)}" height="16" fill="${COLOURS[0]}"/>`,
      line(low ?? end, middle, high ?? end, middle, "#000"),
      text(Math.max(end, high ?? end) + 6, middle + 4, formatNumber(value.median)),
    ];
  });
  return document(TITLE_HEIGHT + bars.length * BAR_HEIGHT + 12, `${title} (${unit})`, rows);
}

function renderLines({ series, title, x, y }: LinePlot): string {
  const points = series.flatMap((one) => one.points);
  const across = scaleFor(
    x,
    points.map((point) => point.x),
  );
  const up = scaleFor(
    y,
    points.map((point) => point.y),
  );
  const right = WIDTH - LINES.right;
  const bottom = LINES.top + LINES.height;
  const left = (value: number): number => LINES.left + (right - LINES.left) * across.place(value);
  const top = (value: number): number => bottom - LINES.height * up.place(value);
  const parts = [
    ...up.ticks.flatMap((tick) => [
      line(LINES.left, top(tick), right, top(tick), GRID),
      text(LINES.left - 6, top(tick) + 4, shortNumber(tick), "end"),
    ]),
    ...across.ticks.flatMap((tick) => [
      line(left(tick), bottom, left(tick), bottom + 5, GREY),
      text(left(tick), bottom + 18, shortNumber(tick), "middle"),
    ]),
    line(LINES.left, bottom, right, bottom, GREY),
    text((LINES.left + right) / 2, bottom + 40, x.label, "middle"),
    text(12, LINES.top - 16, y.label),
    ...series.flatMap((one, index) => {
      const colour = COLOURS[index % COLOURS.length] ?? GREY;
      const legend = LINES.top + 8 + index * 20;
      return [
        curve(one.points, left, top, colour),
        line(right + 12, legend, right + 30, legend, colour, 3),
        text(right + 36, legend + 4, one.name),
      ];
    }),
  ];
  return document(bottom + LINES.below, title, parts);
}

function curve(
  points: readonly Point[],
  left: (value: number) => number,
  top: (value: number) => number,
  colour: string,
): string {
  const places = points.map(({ x, y }) => `${round(left(x))},${round(top(y))}`);
  const dots = points.map(
    ({ x, y }) => `<circle cx="${round(left(x))}" cy="${round(top(y))}" r="2.5" fill="${colour}"/>`,
  );
  return `<polyline points="${places.join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join("")}`;
}

function document(height: number, title: string, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="12" y="22" font-size="15" font-weight="bold">${escaped(title)}</text>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function line(
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  colour: string,
  width: number = 1,
): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${colour}" stroke-width="${width}"/>`;
}

function text(x: number, y: number, content: string, anchor: string = "start"): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

/** `10M`, `100k`, `0.01`. */
function shortNumber(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (value >= 1e4) return `${Number((value / 1e3).toPrecision(3))}k`;
  return String(Number(value.toPrecision(3)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
