import type { ClientIdentifier } from "@portcullis/core";

/**
 * The name an identifier is told apart by: an API key's in lower case, because the header that
 * carries it has no case. A cookie's name has one.
 */
export function listedName({ kind, name }: ClientIdentifier): string {
  return kind === "api-key" ? name.toLowerCase() : name;
}
