import { type Enforcer, type Identities } from "@portcullis/engine";
import { type AnswerHead } from "@portcullis/upstream";

/** Names, values and attributes of a Set-Cookie field, in so many words. */
const ATTRIBUTE = /^(max-age|expires)[ \t]*=[ \t]*(.*)$/i;

/**
 * Takes from the head of an answer whether the upstream knows the identities that came with the
 * request, and whether it has ended the session of the cookie.
 */
export function learnFromAnswer(
  enforcer: Enforcer,
  identities: Identities,
  head: Pick<AnswerHead, "count" | "pairs" | "status">,
): void {
  const nowMs = Date.now();
  // 304 and redirects, too: what an upstream does not know it sends 401 or 403.
  if (head.status >= 200 && head.status < 400) enforcer.succeeded(identities, nowMs);
  const { logoutCookie } = identities;
  if (logoutCookie !== "" && removesCookie(head, logoutCookie, nowMs)) {
    enforcer.loggedOut(identities, nowMs);
  }
}

/** Whether an answer takes the cookie `name` away from its client (RFC 6265, 3.1). */
function removesCookie(
  { count, pairs }: Pick<AnswerHead, "count" | "pairs">,
  name: string,
  nowMs: number,
): boolean {
  for (let at = 0; at < 2 * count; at += 2) {
    if (pairs[at] !== "set-cookie") continue;
    const [pair = "", ...attributes] = (pairs[at + 1] ?? "").split(";");
    if (pair.slice(0, Math.max(0, pair.indexOf("="))).trim() !== name) continue;
    if (isOver(attributes, nowMs)) return true;
  }
  return false;
}

/** Max-Age goes before Expires, and of several the last counts (RFC 6265, 5.3). */
function isOver(attributes: readonly string[], nowMs: number): boolean {
  let maxAge: boolean | undefined = undefined;
  let expires = false;
  for (const attribute of attributes) {
    const [, key = "", value = ""] = ATTRIBUTE.exec(attribute.trim()) ?? [];
    if (key.toLowerCase() === "max-age") maxAge = Number(value) <= 0;
    else if (key !== "") expires = Date.parse(value) <= nowMs;
  }
  return maxAge ?? expires;
}
