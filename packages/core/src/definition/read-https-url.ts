import { canonicalizeHost } from "../target/canonical-host.ts";
import { textual } from "./read-primitives.ts";
import { accept, type Reader, refuse } from "./read.ts";

const MAX_URL_LENGTH = 2048;
const SCHEME = "https://";

/** In this order, because the first that applies explains the value best. */
const OBJECTIONS: readonly (readonly [(url: string) => boolean, string])[] = [
  [(url) => url.length > MAX_URL_LENGTH, `more than ${MAX_URL_LENGTH} characters`],
  [(url) => /[\r\n]/.test(url), "a line break"],
  [(url) => !/^[!-~]*$/.test(url), "a blank, a control character or a character beyond ASCII"],
  [(url) => !url.startsWith(SCHEME), "something else"],
  [(url) => url.includes("\\"), "a backslash"],
  [(url) => authorityOf(url).includes("@"), "user information before the host"],
  [(url) => canonicalizeHost(authorityOf(url)) === undefined, "a malformed host or port"],
];

/**
 * An absolute `https:` URL, fit for a `Location` header: visible ASCII, and no user information,
 * which is a secret or a disguise.
 */
export const readHttpsUrl: Reader<string> = textual((url) => {
  const objection = OBJECTIONS.find(([applies]) => applies(url));
  return objection === undefined ? accept(url) : refuse(objection[1]);
});

function authorityOf(url: string): string {
  return url.slice(SCHEME.length).split(/[/?#]/)[0] ?? "";
}
