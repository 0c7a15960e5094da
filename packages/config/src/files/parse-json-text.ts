import type { Parsed } from "@portcullis/core";

import { findJsonFaults } from "./json-faults.ts";
import { textPosition } from "./text-position.ts";

/**
 * Reads JSON and gives it a meaning with `parse`.
 *
 * Beyond `JSON.parse`, a repeated name is an issue, because readers of JSON disagree on which
 * one counts; syntax errors say line and column.
 */
export function parseJsonText<T>(text: string, parse: (json: unknown) => Parsed<T>): Parsed<T> {
  const faults = findJsonFaults(text).map(({ offset, problem }) => ({
    path: textPosition(text, offset),
    problem,
  }));
  if (faults.length > 0) return { ok: false, issues: faults };
  return parse(JSON.parse(text));
}
