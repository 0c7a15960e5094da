import type { Scheme } from "../../src/definition/api-definition.ts";
import type { Policy } from "../../src/policy/compile-policy.ts";
import type { CompiledApi } from "../../src/policy/compiled-api.ts";
import { parsePolicy } from "../../src/policy/parse-policy.ts";
import { compileHeaderCodes, type HeaderCodes } from "../../src/request/header-codes.ts";
import { readNodeRequest } from "../../src/request/read-node-request.ts";
import { RequestView } from "../../src/request/request-view.ts";
import { definitionOf, type Json } from "../definition/definition-of.ts";

export const NO_CUSTOM: HeaderCodes = compileHeaderCodes([]);

/** Field lines in the order they are sent; a name may come twice. */
export type Lines = readonly (readonly [name: string, value: string])[];

/** One request; what is left out is that of an ordinary GET. */
export interface Given {
  readonly method?: string;
  readonly target?: string;
  readonly scheme?: Scheme;
  readonly ip?: string;
  readonly host?: string;
  readonly lines?: Lines;
  readonly isFromProxy?: boolean;
}

/** Definitions by id, each with changes to the smallest one, attached to this thread. */
export function policyOf(apis: Readonly<Record<string, Json>>): Policy {
  const given = Object.entries(apis).map(([id, changes]) => [id, definitionOf(changes)]);
  const policy = parsePolicy(Object.fromEntries(given));
  if (!policy.ok) throw new TypeError(JSON.stringify(policy.issues));
  return policy.value;
}

/** One API on its own, with the header codes of its policy. */
export function apiOf(changes: Json): { readonly api: CompiledApi; readonly codes: HeaderCodes } {
  const { apis, headerCodes } = policyOf({ shop: changes });
  const [api] = apis;
  if (api === undefined) throw new TypeError("no API");
  return { api, codes: headerCodes };
}

/** The request as a server would have read it. */
export function viewOf(given: Given, codes: HeaderCodes = NO_CUSTOM): RequestView {
  const view = new RequestView();
  readInto(view, given, codes);
  return view;
}

export function readInto(view: RequestView, given: Given, codes: HeaderCodes): void {
  const lines: Lines = [["Host", given.host ?? "shop.example"], ...(given.lines ?? [])];
  const request = {
    method: given.method ?? "GET",
    url: given.target ?? "/shop/cart",
    rawHeaders: lines.flat(),
    socket: { remoteAddress: given.ip ?? "198.51.100.7" },
  };
  readNodeRequest(view, request, given.scheme ?? "http", codes);
  view.isFromProxy = given.isFromProxy ?? false;
}
