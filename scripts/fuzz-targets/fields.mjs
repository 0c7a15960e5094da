// Queries as URLSearchParams reads them; the other fields do not throw.
import { Credentials, parseAuthorization } from "../../packages/core/dist/headers/authorization.js";
import { matchesMediaType } from "../../packages/core/dist/headers/content-type.js";
import { findCookie } from "../../packages/core/dist/headers/cookie.js";
import { FoundValue } from "../../packages/core/dist/headers/lookup.js";
import { findQueryParameter, isWellFormedQuery } from "../../packages/core/dist/target/query.js";

export function fuzz(data) {
  const text = data.toString("latin1");
  findCookie(text, "k", new FoundValue());
  parseAuthorization(text, new Credentials());
  matchesMediaType(text, "a/b");
  const out = new FoundValue();
  if (!isWellFormedQuery(text) || findQueryParameter(text, "k", out) !== "found") return;
  if (new URLSearchParams(`&${text}`).get("k") !== out.value) {
    throw new Error(`another reading of ${JSON.stringify(text)}`);
  }
}
