import { ListsFullError } from "@portcullis/engine";
import { Hono } from "hono";

import { BadRequestError, ConflictError, NotFoundError } from "../errors.ts";
import { apiRoutes } from "./api-routes.ts";
import type { ControlPlane } from "./control-plane.ts";
import { failure, KEYS_CHALLENGE } from "./failure.ts";
import { listExchangeRoutes } from "./list-exchange/list-exchange-routes.ts";
import { listRoutes } from "./list-routes.ts";
import { renderMetrics } from "./metrics-text.ts";
import { SecretCheck } from "./secret-check.ts";
import { switchRoutes } from "./switch-routes.ts";

const MAX_BODY_BYTES = 1024 * 1024;
/** Of a list that is imported: about a million entries. */
const MAX_IMPORT_BYTES = 128 * MAX_BODY_BYTES;

/**
 * The management listener: `/v4/ase/...` and `/v5/ase/...` behind the admin secret; `/healthz`,
 * `/readyz` and `/metrics` without it, as probes and scrapers come.
 *
 * Every answer is JSON with `status` and `status_message`; a request that fails has changed nothing.
 */
export function managementApp(control: ControlPlane, adminSecret: string): Hono {
  const app = new Hono();
  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.get("/readyz", (c) => {
    const missing = control.notReady();
    return missing.length === 0
      ? c.json({ status: "ready" })
      : c.json({ status: "not ready", missing }, 503);
  });
  app.get("/metrics", (c) =>
    c.text(renderMetrics(control), 200, {
      "content-type": "text/plain; version=0.0.4; charset=utf-8",
    }),
  );

  const ase = new Hono();
  const secret = new SecretCheck(adminSecret);
  ase.use(async (c, next) => {
    const user = c.req.header("x-ase-access-key") ?? "";
    const given = c.req.header("x-ase-secret-key") ?? "";
    if (user !== "admin" || !secret.matches(given)) {
      return c.json(failure("wrong access key or secret key"), 401, KEYS_CHALLENGE);
    }
    // A page in an administrator's browser can send no such header without a preflight, and none is
    // answered; a cross-origin request is refused all the same.
    if (c.req.header("origin") !== undefined) return c.json(failure("not for browsers"), 403);
    const limit = c.req.path.endsWith("/import") ? MAX_IMPORT_BYTES : MAX_BODY_BYTES;
    if (Number(c.req.header("content-length") ?? 0) > limit) {
      return c.json(failure(`body: expected at most ${limit} bytes`), 413);
    }
    await next();
    return undefined;
  });
  ase.route("/", apiRoutes(control));
  ase.route("/", listRoutes(control));
  ase.route("/", listExchangeRoutes(control));
  ase.route("/", switchRoutes(control));
  app.route("/v4/ase", ase);
  app.route("/v5/ase", ase);

  app.notFound((c) => c.json(failure("no such resource"), 404));
  app.onError((error, c) => {
    if (error instanceof BadRequestError) return c.json(failure(error.message), 400);
    if (error instanceof NotFoundError) return c.json(failure(error.message), 404);
    if (error instanceof ListsFullError) return c.json(failure(error.message), 409);
    if (error instanceof ConflictError) return c.json(failure(error.message), 409);
    control.report("management request failed", error);
    return c.json(failure("the change could not be made; see the log"), 500);
  });
  return app;
}
