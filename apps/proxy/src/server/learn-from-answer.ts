import type { Enforcer, Identities, IssuedIdentity } from "@portcullis/engine";
import type { AnswerHead } from "@portcullis/upstream";

import type { LoginAttempt } from "./login-attempt.ts";
import { removesCookie } from "./removes-cookie.ts";
import type { RequestFacts } from "./request-facts.ts";

/** Who is told what answers say of their clients. */
type Learner = Pick<Enforcer, "loggedIn" | "loggedOut" | "succeeded">;

/**
 * Takes from the head of an answer whether the upstream knows the identities that came with the
 * request, whether it has ended the session of the cookie, and what a login was given.
 */
export function learnFromHead(
  enforcer: Learner,
  { identities, login }: Pick<RequestFacts, "identities" | "login">,
  head: Pick<AnswerHead, "count" | "pairs" | "status">,
): void {
  if (identities !== undefined) learnIdentities(enforcer, identities, head);
  if (login !== undefined) learnLogin(enforcer, login, login.answer.takeHead(head));
}

/** Takes from a piece of an answer's body what a login was given. */
export function learnFromBody(
  enforcer: Learner,
  { login }: Pick<RequestFacts, "login">,
  body: Uint8Array,
  last: boolean,
): void {
  if (login !== undefined) learnLogin(enforcer, login, login.answer.takeBody(body, last));
}

function learnLogin(
  enforcer: Learner,
  { username }: LoginAttempt,
  identity: IssuedIdentity | undefined,
): void {
  if (identity !== undefined && username !== "") {
    enforcer.loggedIn(username, identity, Date.now());
  }
}

function learnIdentities(
  enforcer: Learner,
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
