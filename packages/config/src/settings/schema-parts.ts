import { z } from "zod";

import { isListenHost } from "./network-names.ts";
import { DURATION_PATTERN, parseDuration, parseSize, SIZE_PATTERN } from "./quantities.ts";

export const KIB = 1024;
const HOUR_MS = 3_600_000;
const LONGEST_HOURS = 1;

export const flag = (standard: boolean, meaning: string): z.ZodDefault<z.ZodBoolean> =>
  z.boolean({ error: "expected true or false" }).default(standard).describe(meaning);

export function whole(minimum: number, maximum: number): z.ZodInt {
  const error = `expected a whole number from ${minimum} to ${maximum}`;
  return z.int({ error }).min(minimum, { error }).max(maximum, { error });
}

export function durationFrom(leastMs: number, longestHours: number, error: string): z.ZodString {
  const isInRange = (text: string): boolean => {
    const milliseconds = parseDuration(text) ?? -1;
    return milliseconds >= leastMs && milliseconds <= longestHours * HOUR_MS;
  };
  return z.string({ error }).regex(DURATION_PATTERN, { error }).refine(isInRange, { error });
}

export function duration(
  standard: string,
  meaning: string,
  longestHours: number = LONGEST_HOURS,
): z.ZodDefault<z.ZodString> {
  const error = `expected a duration from 1ms to ${longestHours}h with its unit, such as 200ms or 5s`;
  return durationFrom(1, longestHours, error).default(standard).describe(meaning);
}

export function durationOrNone(meaning: string, standard = "0s"): z.ZodDefault<z.ZodString> {
  const error = "expected a duration of at most 1h with its unit, such as 30s, or 0s for none";
  return durationFrom(0, LONGEST_HOURS, error).default(standard).describe(meaning);
}

export function size(
  minimum: number,
  maximum: number,
  standard: number | string,
  meaning: string,
): z.ZodDefault<z.ZodUnion<readonly [z.ZodInt, z.ZodString]>> {
  const error = `expected from ${minimum} to ${maximum} bytes, as a whole number or with KiB, MiB or GiB`;
  const inRange = (value: number | string): boolean => {
    const bytes = parseSize(value) ?? -1;
    return bytes >= minimum && bytes <= maximum;
  };
  return z
    .union([z.int(), z.string().regex(SIZE_PATTERN, { error })], { error })
    .refine(inRange, { error })
    .default(standard)
    .describe(meaning);
}

export function host(standard: string, meaning: string): z.ZodDefault<z.ZodString> {
  const error = "expected an IP address or a host name, without port";
  return z.string({ error }).refine(isListenHost, { error }).default(standard).describe(meaning);
}

export const port = (standard: number, meaning: string): z.ZodDefault<z.ZodInt> =>
  whole(0, 65_535).default(standard).describe(meaning);

export function choice<const T extends readonly [string, ...string[]]>(
  choices: T,
  standard: T[number],
): z.ZodDefault<z.ZodEnum<{ [K in T[number]]: K }>> {
  return z.enum(choices, { error: `expected one of ${choices.join(", ")}` }).default(standard);
}

const FILE_EXPECTED = { error: "expected the path of a PEM file" };
export const file: z.ZodString = z
  .string(FILE_EXPECTED)
  .min(1, FILE_EXPECTED)
  .regex(/^[^\0]*$/, FILE_EXPECTED);
