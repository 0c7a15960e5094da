import { type Context, Hono } from "hono";

import { BadRequestError } from "../errors.ts";
import type { ControlPlane } from "./control-plane.ts";
import { success } from "./success.ts";
import { readSwitch } from "./switch-routes.ts";

/** `/api`: create, read, list, update, delete API definitions, and switch their blocking. */
export function apiRoutes(control: ControlPlane): Hono {
  const { definitions } = control;
  return new Hono()
    .get("/api", (c) => {
      const id = c.req.query("api_id");
      return id === undefined
        ? c.json({ status: "success", api: definitions.list() })
        : c.json(JSON.parse(definitions.jsonOf(id)));
    })
    .post("/api", async (c) => {
      const id = apiId(c);
      const warnings = await definitions.add(id, await c.req.text());
      control.audit("add_api", { api_id: id });
      return c.json({ ...success(`api ${id} added successfully`), warnings });
    })
    .put("/api", async (c) => {
      const id = apiId(c);
      const json = await c.req.text();
      const warnings = await definitions.update(id, json === "" ? undefined : json);
      control.audit("update_api", { api_id: id });
      return c.json({ ...success(`api ${id} updated successfully`), warnings });
    })
    .delete("/api", async (c) => {
      const id = apiId(c);
      await definitions.remove(id);
      control.audit("delete_api", { api_id: id });
      return c.json(success(`api ${id} deleted successfully`));
    })
    .post("/api/blocking", async (c) => {
      const id = apiId(c);
      const isOn = readSwitch(c);
      await definitions.setBlocking(id, isOn);
      control.audit(isOn ? "enable_blocking" : "disable_blocking", { api_id: id });
      return c.json(success(`blocking is now ${isOn ? "enabled" : "disabled"} for api ${id}`));
    });
}

function apiId(c: Context): string {
  const id = c.req.query("api_id");
  if (id === undefined || id === "") throw new BadRequestError("api_id: expected an API id");
  return id;
}
