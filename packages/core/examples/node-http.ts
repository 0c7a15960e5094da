import { randomBytes } from "node:crypto";
import { createServer, type Server, type ServerResponse } from "node:http";

import {
  allocateLists,
  answerOf,
  ClientLists,
  compileHashKey,
  denyOffender,
  evaluate,
  NO_CLAIMS,
  offenceOf,
  parsePolicy,
  readNodeRequest,
  RequestView,
  SINGLE_ADDRESSES,
  type Verdict,
} from "@portcullis/core";

const SHOP = {
  api_metadata: {
    url: "/shop",
    hostname: "*",
    cookie: "JSESSIONID",
    oauth2_access_token: true,
    api_pattern_enforcement: { methods_allowed: ["GET", "POST"] },
    decoy_config: { decoy_enabled: true, decoy_subpaths: ["/shop/root"], response_message: "OK" },
    // A definition names its upstream; here that is this server itself.
    servers: [{ host: "127.0.0.1", port: 3000 }],
  },
};

/** A shop of its own, with the enforcer in front of its routes. */
export function createShop(): Server {
  const policy = parsePolicy({ shop: SHOP });
  if (!policy.ok) throw new TypeError(JSON.stringify(policy.issues, undefined, 2));
  const lists = new ClientLists({
    // Secret, so that nobody can find another client's token by its hash in the lists.
    key: compileHashKey(randomBytes(16)),
    // Room for 51,200 denials: past them offenders are still blocked, but not remembered.
    buffers: allocateLists(65_536),
    writerId: 1,
  });
  const context = { policy: policy.value, lists, claims: NO_CLAIMS, firewall: true };
  // One is enough: nothing is awaited between reading a request and deciding it.
  const view = new RequestView();

  return createServer((request, response) => {
    const now = Math.floor(Date.now() / 1000);
    readNodeRequest(view, request, "http", context.policy.headerCodes);
    const verdict = evaluate(view, context, now);
    const offence = offenceOf(view, verdict);
    if (offence !== undefined) denyOffender(view, offence, lists, SINGLE_ADDRESSES, now);
    // The path to route by is the one that was checked, not `request.url`.
    if (!answer(response, verdict)) response.end(`welcome to ${view.path}\n`);
  });
}

/** Answers in place of the shop; false if the request may go on. */
function answer(response: ServerResponse, verdict: Verdict): boolean {
  const given = answerOf(verdict);
  if (given === undefined) return false;
  if (verdict.kind === "redirect") response.setHeader("location", verdict.location);
  response.setHeader("content-type", "text/plain; charset=utf-8");
  // Whatever was sent behind a request that is not let through is not served.
  response.setHeader("connection", "close");
  response.statusCode = given.status;
  response.statusMessage = given.phrase;
  response.end(given.body);
  return true;
}
