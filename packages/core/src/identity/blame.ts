import { ALLOW } from "../lists/list-flags.ts";
import type { RequestView } from "../request/request-view.ts";
import type { BlockReason, Verdict } from "../verdict.ts";
import type { BlamedKind, OffenceSource } from "./client-identifier.ts";

/**
 * The offence that `verdict` on `request` states, or `undefined`: a denied client commits none by
 * coming back, one that sends too much must slow down only, one whose token is not believed has to get
 * another, and an allowed one none at all.
 */
export function offenceOf(request: RequestView, verdict: Verdict): OffenceSource | undefined {
  if ((request.listFlags & ALLOW) !== 0) return undefined;
  switch (verdict.kind) {
    case "decoy":
      return "decoy";
    case "block":
    case "monitor":
      return offenceFor(verdict.reason);
    case "forward":
    case "redirect":
    case "reject":
      return undefined;
    default:
      return unreachable(verdict);
  }
}

/**
 * Which identifier takes the blame for `offence`: the token, else the session cookie, else the IP
 * address; for decoys and missing tokens always the IP address. `undefined`: the address is a
 * proxy's that others come through as well, so nobody can be denied.
 *
 * API keys and user names are never denied automatically: whoever sends them has not shown that
 * they are his.
 */
export function blameOf(request: RequestView, offence: OffenceSource): BlamedKind | undefined {
  if (offence !== "decoy" && offence !== "missing-token") {
    if (request.token !== "" && request.api?.capturesToken === true) return "token";
    if (request.session !== "") return "cookie";
  }
  return request.isSharedAddress ? undefined : "ip";
}

function offenceFor(reason: BlockReason): OffenceSource | undefined {
  switch (reason) {
    case "deny-list":
    case "client-spike":
    // Tokens run out every day, and a wrong one may come from an address that others share.
    case "invalid-token":
    case "token-unavailable":
      return undefined;
    case "protocol":
    case "method":
    case "content-type":
    case "missing-token":
      return reason;
    default:
      return unreachable(reason);
  }
}

function unreachable(value: never): never {
  throw new TypeError(`unhandled verdict: ${JSON.stringify(value)}`);
}
