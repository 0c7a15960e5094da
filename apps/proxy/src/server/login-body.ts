import { findQueryParameter, matchesMediaType } from "@portcullis/core";
import { claimText, readJsonObject } from "@portcullis/token-pool";

/** What a login's body can be read as. */
export type MediaKind = "form" | "json";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** `undefined`: nothing that a user's name could be read from. */
export function mediaKindOf(contentType: string): MediaKind | undefined {
  if (matchesMediaType(contentType, "application/x-www-form-urlencoded")) return "form";
  return matchesMediaType(contentType, "application/json") ? "json" : undefined;
}

/**
 * The user's name in the body of a login: the value of the form field, or of the JSON member, `field`.
 * Empty where there is none; `undefined` where two readers could read two names.
 */
export function readLoginName(
  body: Uint8Array,
  kind: MediaKind,
  field: string,
): string | undefined {
  const text = textOf(body);
  if (text === undefined) return undefined;
  return kind === "form" ? inForm(text, field) : inJson(text, field);
}

function inForm(text: string, field: string): string | undefined {
  const found = { value: "" };
  const outcome = findQueryParameter(text, field, found);
  if (outcome === "absent") return "";
  return outcome === "found" ? found.value : undefined;
}

function inJson(text: string, path: string): string | undefined {
  const members = readJsonObject(text);
  if (members === undefined) return undefined;
  const name = claimText(members, path, false);
  // What is there and is no text, a list of names for instance, some server could take for one.
  return name === undefined && hasMember(members, path) ? undefined : (name ?? "");
}

/** Whether there is anything but an empty text at `path`, or at the first part of it. */
function hasMember(members: Readonly<Record<string, unknown>>, path: string): boolean {
  const [first = ""] = path.split(".", 1);
  const present = [path, first].filter((name) => Object.hasOwn(members, name));
  return present.some((name) => members[name] !== "");
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
