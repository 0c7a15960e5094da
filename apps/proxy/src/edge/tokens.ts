import { TokenIssuer, TokenIssuers } from "@portcullis/engine";
import { TokenPool } from "@portcullis/token-pool/pool";
import { InlineVerifier, type TokenVerifier } from "@portcullis/token-pool/verify";

import type { FromEdge, IssuerWithKeys, TokenSettings } from "./messages.ts";

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

/** What verifies an edge's tokens. */
export function tokenVerifier({ maxWaiting, run, threads }: TokenSettings): TokenVerifier {
  return run === "pool" ? new TokenPool({ threads, maxWaiting }) : new InlineVerifier(maxWaiting);
}
