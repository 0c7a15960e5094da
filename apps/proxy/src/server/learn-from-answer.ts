import { type Enforcer, type Identities } from "@portcullis/engine";
import { type AnswerHead } from "@portcullis/upstream";

import { removesCookie } from "./removes-cookie.ts";

/**
 * Takes from the head of an answer whether the upstream knows the identities that came with the
 * request, and whether it has ended the session of the cookie.
 */
export function learnFromAnswer(
  enforcer: Pick<Enforcer, "loggedOut" | "succeeded">,
  identities: Identities,
  head: Pick<AnswerHead, "count" | "pairs" | "status">,
): void {
  const nowMs = Date.now();
  // 304 and redirects, too: what an upstream does not know it sends 401 or 403.
  if (head.status >= 200 && head.status < 400) enforcer.succeeded(identities, nowMs);
  const { logoutCookie } = identities;
  if (logoutCookie !== "" && endsSession(head, logoutCookie, nowMs)) {
    enforcer.loggedOut(identities, nowMs);
  }
}

/** Whether an answer takes the cookie `name` away from its client. */
function endsSession(
  { count, pairs }: Pick<AnswerHead, "count" | "pairs">,
  name: string,
  nowMs: number,
): boolean {
  for (let at = 0; at < 2 * count; at += 2) {
    if (pairs[at] === "set-cookie" && removesCookie(pairs[at + 1] ?? "", name, nowMs)) return true;
  }
  return false;
}
