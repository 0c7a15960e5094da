import { TokenIssuer, TokenIssuers } from "@portcullis/engine";
import { InlineVerifier, type TokenVerifier } from "@portcullis/token-pool/verify";

import type { EdgeData, FromEdge, IssuerWithKeys } from "./messages.ts";

/** The issuers of an edge, who gets new keys of them from the control plane. */
export function tokenIssuers(
  issuers: readonly IssuerWithKeys[],
  send: (message: FromEdge) => void,
): TokenIssuers {
  return new TokenIssuers(
    issuers.map(({ keys, settings }) => {
      const ask = (): void => send({ kind: "keys-wanted", issuer: settings.name });
      return new TokenIssuer(settings, keys, ask, () => performance.now());
    }),
  );
}

/** What verifies an edge's tokens. The pool and its libraries are loaded only where there are issuers to ask it about. */
export async function tokenVerifier({
  settings,
  tokenIssuers: issuers,
}: EdgeData): Promise<TokenVerifier> {
  const { maxWaiting, run, threads } = settings.tokens;
  if (run === "inline" || issuers.length === 0) return new InlineVerifier(maxWaiting);
  const { TokenPool } = await import("@portcullis/token-pool/pool");
  return new TokenPool({ threads, maxWaiting });
}
