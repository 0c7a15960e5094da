import { matchesMediaType } from "./headers/content-type.ts";
import { TOKEN_CHECK } from "./identity/token-check.ts";
import { ALLOW, DENY_MASK, denyFlag } from "./lists/list-flags.ts";
import type { CompiledApi } from "./policy/compiled-api.ts";
import type { RequestView } from "./request/request-view.ts";
import { type Decoy, FORWARD, type Objection, type Redirect, type Verdict } from "./verdict.ts";

/** The deny bits that hold on decoy paths too: a client denied for touching decoys may go on doing so. */
const DENIED_ON_DECOYS = DENY_MASK & ~denyFlag("decoy");

/**
 * Decides one identified request against the API that answers for it. Reads its arguments and
 * nothing else: no clock, no I/O.
 *
 * With the firewall off everything is forwarded but decoys, which have no upstream. An allowed
 * client is never stopped. Otherwise the first stage that objects wins, in the order written here.
 */
export function decide(request: RequestView, api: CompiledApi, firewall: boolean): Verdict {
  if (!firewall || (request.listFlags & ALLOW) !== 0) {
    return request.isDecoyPath ? api.decoyVerdict : FORWARD;
  }
  return (
    checkDenyList(request, api) ??
    checkDecoy(request, api) ??
    checkProtocol(request, api) ??
    checkMethod(request, api) ??
    checkContentType(request, api) ??
    checkTokenProof(request, api) ??
    checkToken(request, api) ??
    checkRequiredToken(request, api) ??
    FORWARD
  );
}

/** Where a monitored API's objection would send a request on, a decoy still has no upstream. */
function checkDenyList(request: RequestView, api: CompiledApi): Objection | undefined {
  const mask = request.isDecoyPath ? DENIED_ON_DECOYS : DENY_MASK;
  if ((request.listFlags & mask) === 0) return undefined;
  const verdict = api.denyListVerdict;
  return request.isDecoyPath && verdict.kind === "monitor" ? undefined : verdict;
}

/** Before the pattern checks: a decoy takes any method, type and protocol, as a real trap would. */
function checkDecoy(request: RequestView, api: CompiledApi): Decoy | undefined {
  return request.isDecoyPath ? api.decoyVerdict : undefined;
}

function checkProtocol(request: RequestView, api: CompiledApi): Objection | Redirect | undefined {
  if (api.schemeAllowed === undefined || request.scheme === api.schemeAllowed) return undefined;
  if (request.scheme === "http" && api.redirectsPlainHttp) return api.redirectVerdict;
  return api.protocolVerdict;
}

/** A method that an override header asks for counts as well: many frameworks obey it. */
function checkMethod(request: RequestView, api: CompiledApi): Objection | undefined {
  if (api.anyMethod) return undefined;
  if (!isAmong(api.methods, request.method)) return api.methodVerdict;
  const override = request.methodOverride;
  if (override === "") return undefined;
  return isAmong(api.methods, override.toUpperCase()) ? undefined : api.methodVerdict;
}

/** A loop: for so few it takes less than a call of `includes`, or the look-up in a set. */
function isAmong(methods: readonly string[], method: string): boolean {
  for (let at = 0; at < methods.length; at++) if (methods[at] === method) return true;
  return false;
}

/**
 * Looks at requests that carry a body. One without a Content-Type violates too, but on GET and
 * HEAD, where a body means nothing (RFC 9110, 9.3.1).
 */
function checkContentType(request: RequestView, api: CompiledApi): Objection | undefined {
  if (api.contentTypeAllowed === "" || !request.hasBody()) return undefined;
  if (request.contentType === "" && (request.method === "GET" || request.method === "HEAD")) {
    return undefined;
  }
  return matchesMediaType(request.contentType, api.contentTypeAllowed)
    ? undefined
    : api.contentTypeVerdict;
}

function checkToken(request: RequestView, api: CompiledApi): Objection | undefined {
  return api.requiresToken && request.token === "" ? api.missingTokenVerdict : undefined;
}

/** Before the search for a missing token: one that is refused must not be taken for none. */
function checkTokenProof({ tokenCheck }: RequestView, api: CompiledApi): Objection | undefined {
  if (tokenCheck < TOKEN_CHECK.refused) return undefined;
  return tokenCheck === TOKEN_CHECK.refused ? api.invalidTokenVerdict : api.tokenUnavailableVerdict;
}

function checkRequiredToken({ tokenCheck }: RequestView, api: CompiledApi): Objection | undefined {
  return tokenCheck === TOKEN_CHECK.missing ? api.invalidTokenVerdict : undefined;
}
