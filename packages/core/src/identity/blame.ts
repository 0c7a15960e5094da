import { type RequestView } from "../request/request-view.ts";
import { type Verdict } from "../verdict.ts";
import { type IdentifierKind, type OffenceSource } from "./client-identifier.ts";

/** The offence that `verdict` states, or `undefined`: a listed client commits none by coming back. */
export function offenceOf(verdict: Verdict): OffenceSource | undefined {
  switch (verdict.kind) {
    case "decoy":
      return "decoy";
    case "block":
    case "monitor":
      return verdict.reason === "deny-list" ? undefined : verdict.reason;
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
 * address; for decoys and missing tokens always the IP address.
 *
 * API keys and user names are never denied automatically: whoever sends them has not shown that
 * they are his.
 */
export function blameOf(request: RequestView, offence: OffenceSource): IdentifierKind {
  if (offence === "decoy" || offence === "missing-token") return "ip";
  if (request.token !== "") return "token";
  return request.session === "" ? "ip" : "cookie";
}

function unreachable(value: never): never {
  throw new TypeError(`unhandled verdict: ${JSON.stringify(value)}`);
}
