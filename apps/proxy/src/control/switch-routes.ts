import { type Context, Hono } from "hono";

import { BadRequestError } from "../errors.ts";
import type { ControlPlane } from "./control-plane.ts";
import { success } from "./success.ts";

/** `/firewall`, `/asedetectedattack`, `/status`: the switches that hold for all APIs. */
export function switchRoutes(control: ControlPlane): Hono {
  return new Hono()
    .get("/status", (c) => c.json({ status: "success", ...control.status() }))
    .get("/firewall", (c) =>
      c.json({ status: "success", firewall: onOff(control.switches.firewall) }),
    )
    .post("/firewall", async (c) => {
      const isOn = readSwitch(c);
      await control.setSwitch("firewall", isOn);
      control.audit(isOn ? "enable_firewall" : "disable_firewall", {});
      return c.json(success(`Firewall is now ${onOff(isOn)}`));
    })
    .post("/asedetectedattack", async (c) => {
      const isOn = readSwitch(c);
      await control.setSwitch("ase_detected_attack", isOn);
      control.audit(`${isOn ? "enable" : "disable"}_ase_detected_attack`, {});
      return c.json(success(`ASE Detected Attack is now ${onOff(isOn)}`));
    });
}

/** Reads `?status=enable|disable`. */
export function readSwitch(c: Context): boolean {
  const status = c.req.query("status");
  if (status === "enable") return true;
  if (status === "disable") return false;
  throw new BadRequestError(
    `status: expected enable or disable, got ${JSON.stringify(status ?? "")}`,
  );
}

function onOff(isOn: boolean): "enabled" | "disabled" {
  return isOn ? "enabled" : "disabled";
}
