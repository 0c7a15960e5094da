import type { Threshold } from "./api-definition.ts";
import { quoteValue } from "./describe-value.ts";
import { accept, type Read, refuse } from "./read.ts";

const SECONDS_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ["s", 1],
  ["m", 60],
  ["h", 3600],
  ["d", 86_400],
  ["w", 604_800],
  ["mnt", 2_592_000],
  ["yr", 31_536_000],
]);
const SECONDS_PER_PERIOD: ReadonlyMap<string, number> = new Map([
  ["second", 1],
  ["minute", 60],
  ["hour", 3600],
]);
const BYTES_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ["mb", 2 ** 20],
  ["gb", 2 ** 30],
]);

/** `200m`: digits and a unit, more than nothing, in seconds. A month has 30 days, a year 365. */
export function readDuration(value: unknown): Read<number> {
  const match = matchText(value, /^([1-9]\d{0,5})(s|m|h|d|w|mnt|yr)$/);
  if (match === undefined) return refuse(quoteValue(value));
  return accept(match.count * (SECONDS_PER_UNIT.get(match.unit) ?? 0));
}

/** `100/second`: a count that a double holds exactly, and a period. */
export function readThreshold(value: unknown): Read<Threshold> {
  const match = matchText(value, /^(0|[1-9]\d{0,14})\/(second|minute|hour)$/);
  if (match === undefined) return refuse(quoteValue(value));
  return accept({ count: match.count, seconds: SECONDS_PER_PERIOD.get(match.unit) ?? 0 });
}

/** `128mb`, in bytes. */
export function readMemory(value: unknown): Read<number> {
  const match = matchText(value, /^([1-9]\d{0,5})(mb|gb)$/);
  if (match === undefined) return refuse(quoteValue(value));
  return accept(match.count * (BYTES_PER_UNIT.get(match.unit) ?? 0));
}

function matchText(
  value: unknown,
  syntax: RegExp,
): { readonly count: number; readonly unit: string } | undefined {
  if (typeof value !== "string") return undefined;
  const match = syntax.exec(value);
  return match === null ? undefined : { count: Number(match[1]), unit: match[2] ?? "" };
}
