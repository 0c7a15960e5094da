import { type ClientIdentifier, foldUsername } from "@portcullis/core";

/**
 * The name an identifier is told apart by: an API key's in lower case, because the header that
 * carries it has no case. A cookie's name has one.
 */
export function listedName({ kind, name }: ClientIdentifier): string {
  return kind === "api-key" ? name.toLowerCase() : name;
}

/** The value under which an identifier is listed: a user name has one spelling. */
export function listedValue({ kind, value }: ClientIdentifier): string {
  return kind === "username" ? foldUsername(value) : value;
}
