const SAMPLE =
  /^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

/**
 * Reads Prometheus's text format, version 0.0.4, into samples by name and labels. Throws for what a
 * scraper would refuse: a bad line, a sample without a type, one that comes twice, a bucket below
 * the one before it.
 */
export function parseMetrics(text: string): ReadonlyMap<string, number> {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  for (const line of text.slice(0, -1).split("\n")) {
    const type = /^# TYPE ([\w:]+) (counter|gauge|histogram)$/.exec(line);
    if (type !== null) types.set(type[1] ?? "", type[2] ?? "");
    else if (!/^# HELP [\w:]+ \S.*$/.test(line)) addSample(line, types, samples);
  }
  return samples;
}

function addSample(
  line: string,
  types: ReadonlyMap<string, string>,
  samples: Map<string, number>,
): void {
  const match = SAMPLE.exec(line);
  if (match === null) throw new Error(`not a line of metrics: ${line}`);
  const [, name = "", labels = "", value = ""] = match;
  const family = name.replace(/_(?:bucket|sum|count)$/, "");
  if (!types.has(name) && types.get(family) !== "histogram") throw new Error(`no type: ${line}`);
  if (samples.has(name + labels)) throw new Error(`twice: ${line}`);
  if (name.endsWith("_bucket")) checkBucket(name, Number(value), samples);
  samples.set(name + labels, Number(value));
}

function checkBucket(name: string, count: number, samples: ReadonlyMap<string, number>): void {
  const [last, below] = [...samples].at(-1) ?? ["", 0];
  if (last.startsWith(`${name}{`) && below > count) throw new Error(`falls: ${name}`);
}
