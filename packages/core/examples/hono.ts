import { randomBytes } from "node:crypto";

import type { HttpBindings } from "@hono/node-server";
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
} from "@portcullis/core";
import { Hono, type MiddlewareHandler } from "hono";

interface Env {
  readonly Bindings: HttpBindings;
}

/** Middleware that enforces API definitions, one API JSON by each API's id. */
export function portcullis(definitions: Readonly<Record<string, unknown>>): MiddlewareHandler<Env> {
  const policy = parsePolicy(definitions);
  if (!policy.ok) throw new TypeError(JSON.stringify(policy.issues, undefined, 2));
  const key = compileHashKey(randomBytes(16));
  const lists = new ClientLists({ key, buffers: allocateLists(65_536), writerId: 1 });
  const context = { policy: policy.value, lists, claims: NO_CLAIMS, firewall: true };
  const view = new RequestView();

  return (c, next) => {
    const now = Math.floor(Date.now() / 1000);
    // Node's own request: `c.req.header()` has joined what was sent twice.
    readNodeRequest(view, c.env.incoming, "http", context.policy.headerCodes);
    const verdict = evaluate(view, context, now);
    const offence = offenceOf(view, verdict);
    if (offence !== undefined) denyOffender(view, offence, lists, SINGLE_ADDRESSES, now);
    const answer = answerOf(verdict);
    if (answer === undefined) return next();
    const headers = new Headers({ "content-type": "text/plain; charset=utf-8" });
    headers.set("connection", "close");
    if (verdict.kind === "redirect") headers.set("location", verdict.location);
    return Promise.resolve(new Response(answer.body || null, { status: answer.status, headers }));
  };
}

const SHOP = {
  api_metadata: {
    url: "/shop",
    hostname: "*",
    api_pattern_enforcement: { methods_allowed: ["GET", "POST"] },
    decoy_config: { decoy_enabled: true, decoy_subpaths: ["/shop/root"], response_message: "OK" },
    servers: [{ host: "127.0.0.1", port: 3000 }],
  },
};

/** Serve it with `serve({ fetch: createApp().fetch, port: 3000 })` of `@hono/node-server`. */
export function createApp(): Hono<Env> {
  const app = new Hono<Env>();
  app.use(portcullis({ shop: SHOP }));
  app.get("/shop/cart", (c) => c.text("an empty cart\n"));
  return app;
}
