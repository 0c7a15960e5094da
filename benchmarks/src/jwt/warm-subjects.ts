import { type CompiledJwt, TOKEN_CHECK } from "@portcullis/core";
import { TokenCache, TokenIssuer, TokenIssuers, TokenReader } from "@portcullis/engine";
import { decodeClaims } from "@portcullis/token-pool";
import { InlineVerifier, refusalBySight } from "@portcullis/token-pool/verify";

import type { TimedSubject } from "../timing/rounds.ts";
import { createIssuer } from "./bench-issuer.ts";

const CALLS = 1000;

/** What a token costs that has been verified, and what would have to be done without a memory of it. */
export async function warmSubjects(): Promise<readonly TimedSubject[]> {
  const { keys, rule, tokens } = await createIssuer("ES256", 1);
  const [token = ""] = tokens;
  const name = "login";
  const jwt: CompiledJwt = {
    location: { in: "authorization", scheme: "bearer" },
    place: undefined,
    username: rule.username,
    clientId: rule.clientId,
    verification: { tokenIssuer: name, audiences: rule.audiences, isRequired: true },
  };
  const { algorithms, clockTolerance, issuer } = rule;
  const settings = { name, issuer, algorithms, clockTolerance };
  const reader = new TokenReader(new TokenCache(1_000_000), {
    issuers: new TokenIssuers([new TokenIssuer(settings, keys, () => undefined, Date.now)]),
    verifier: new InlineVerifier(1),
    now: Date.now,
    onTrouble: (error) => {
      throw error;
    },
  });
  await reader.verify(token, jwt);
  const now = Math.floor(Date.now() / 1000);
  if (reader.check(token, jwt, now) !== TOKEN_CHECK.verified) throw new Error("not verified");
  return [
    subject("a verified token: check and user name", () => {
      // As a request brings it: a string made anew, which shares nothing with the one remembered.
      const fresh = Buffer.from(token, "latin1").toString("latin1");
      return reader.check(fresh, jwt, now) + reader.usernameOf(fresh, rule.username).length;
    }),
    subject("the same without making the string", () => {
      return reader.check(token, jwt, now) + reader.usernameOf(token, rule.username).length;
    }),
    subject("decodeClaims, where nothing is verified", () => decodeClaims(token)),
    subject("refusalBySight, before a token is verified", () => refusalBySight(token)),
  ];
}

function subject(name: string, call: () => unknown): TimedSubject {
  return {
    name,
    calls: CALLS,
    pass: () => {
      let last: unknown;
      for (let i = 0; i < CALLS; i++) last = call();
      return last;
    },
  };
}
