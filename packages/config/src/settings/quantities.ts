const DURATION_UNITS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

const SIZE_UNITS: ReadonlyMap<string, number> = new Map([
  ["KiB", 1024],
  ["MiB", 1024 ** 2],
  ["GiB", 1024 ** 3],
]);

/** A whole number and its unit, nothing else: `1e3s`, ` 5s` and `5` are not durations. */
export const DURATION_PATTERN: RegExp = /^(0|[1-9][0-9]{0,8})(ms|s|m|h)$/;

/** Binary units only, so that nobody has to guess whether `16KB` are 16,000 or 16,384 bytes. */
export const SIZE_PATTERN: RegExp = /^(0|[1-9][0-9]{0,8})(KiB|MiB|GiB)$/;

/** Milliseconds of `5s`; `undefined` for what is not a duration. */
export function parseDuration(text: string): number | undefined {
  return parseQuantity(DURATION_PATTERN, DURATION_UNITS, text);
}

/** Bytes of `16KiB`, or of a plain whole number; `undefined` for what is neither. */
export function parseSize(size: string | number): number | undefined {
  if (typeof size === "string") return parseQuantity(SIZE_PATTERN, SIZE_UNITS, size);
  return Number.isSafeInteger(size) && size >= 0 ? size : undefined;
}

function parseQuantity(
  pattern: RegExp,
  units: ReadonlyMap<string, number>,
  text: string,
): number | undefined {
  const match = pattern.exec(text);
  const unit = units.get(match?.[2] ?? "");
  return unit === undefined ? undefined : Number(match?.[1]) * unit;
}
