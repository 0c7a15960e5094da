import { API_METADATA, ROOT } from "./api-metadata-section.ts";
import type { AnySection } from "./field.ts";
import {
  API_MAPPING,
  DECOY_CONFIG,
  FLOW_CONTROL,
  JWT,
  JWT_VERIFICATION,
  SERVER,
  TOKEN,
} from "./nested-sections.ts";
import { PATTERN, REDIRECT } from "./pattern-sections.ts";

/** Every object of the API JSON, in the order of the reference page. */
export const SECTIONS: readonly AnySection[] = [
  ROOT,
  API_METADATA,
  API_MAPPING,
  TOKEN,
  JWT,
  JWT_VERIFICATION,
  PATTERN,
  REDIRECT,
  FLOW_CONTROL,
  SERVER,
  DECOY_CONFIG,
];

/** The keys that may stand in an object of this section. */
export function keysOf(section: AnySection): readonly string[] {
  return [...Object.keys(section.fields), ...Object.keys(section.children)];
}
