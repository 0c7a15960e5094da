import { GATEWAY } from "../deployment.mjs";
import { unsignedJwt } from "../wire.mjs";

const DECOY = "/shop/admin/config";
const FORM = "Content-Type: application/x-www-form-urlencoded";

/** The victim must be served after `attack`, as it was before. */
function victimOf(sent, victim, attack) {
  return {
    sent,
    async run({ ask }) {
      const before = await ask(victim);
      for (const request of attack) await ask(request);
      const after = await ask(victim);
      return { isHeld: before === 200 && after === 200, got: `victim: ${before}, then ${after}` };
    },
  };
}

/** An attacker has somebody else denied: an address, a user, the visitors of a page, whoever is behind a gateway. */
export const POISON = [
  victimOf(
    "a decoy, with the victim's address in X-Forwarded-For",
    { path: "/shop/a", from: "127.42.0.1" },
    [{ path: DECOY, from: "127.42.0.99", lines: ["X-Forwarded-For: 127.42.0.1"] }],
  ),
  victimOf(
    "a decoy, with the victim's address in other headers",
    { path: "/shop/a", from: "127.42.0.2" },
    [
      {
        path: DECOY,
        from: "127.42.0.98",
        lines: ["Forwarded: for=127.42.0.2", "X-Real-IP: 127.42.0.2", "X-Client-IP: 127.42.0.2"],
      },
    ],
  ),
  victimOf("a decoy, linked from another site", { path: "/shop/a", from: "127.42.0.3" }, [
    {
      path: DECOY,
      from: "127.42.0.3",
      lines: ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"],
    },
  ]),
  victimOf("a decoy, prefetched", { path: "/shop/a", from: "127.42.0.4" }, [
    { path: DECOY, from: "127.42.0.4", lines: ["Sec-Purpose: prefetch"] },
  ]),
  victimOf(
    "a wrong method, with the victim's name in a token that nobody signed",
    {
      path: "/claims/a",
      from: "127.42.0.5",
      lines: [`Authorization: Bearer ${unsignedJwt({ sub: "victim", jti: 1 })}`],
    },
    [
      {
        method: "PUT",
        path: "/claims/a",
        from: "127.42.0.97",
        lines: [`Authorization: Bearer ${unsignedJwt({ sub: "victim", jti: 2 })}`],
      },
    ],
  ),
  victimOf(
    "a wrong method, after a login under the victim's name",
    { path: "/shop/a", from: "127.42.0.6", lines: ["Cookie: SID=victims"] },
    [
      {
        method: "POST",
        path: "/shop/login?session=victims",
        from: "127.42.0.6",
        lines: [FORM],
        body: "user=victim&password=right",
      },
      {
        method: "POST",
        path: "/shop/login?session=attackers",
        from: "127.42.0.96",
        lines: [FORM],
        body: "user=victim&password=wrong",
      },
      { method: "PUT", path: "/shop/a", from: "127.42.0.96", lines: ["Cookie: SID=attackers"] },
    ],
  ),
  victimOf(
    "a decoy, through the gateway, naming nobody",
    { path: "/shop/a", from: GATEWAY, lines: ["X-Forwarded-For: 198.51.100.20"] },
    [
      { path: DECOY, from: GATEWAY },
      { path: DECOY, from: GATEWAY, lines: ["X-Forwarded-For: unknown"] },
    ],
  ),
  victimOf(
    "a decoy, through the gateway, naming the gateway",
    { path: "/shop/a", from: GATEWAY, lines: ["X-Forwarded-For: 198.51.100.21"] },
    [{ path: DECOY, from: GATEWAY, lines: [`X-Forwarded-For: ${GATEWAY}`] }],
  ),
  {
    sent: "the name of an allowed user, in a token that nobody signed",
    async run({ ask, list }) {
      await list("whitelist", { type: "username", value: "trusted-admin" });
      const token = unsignedJwt({ sub: "trusted-admin" });
      const lines = [`Authorization: Bearer ${token}`, "X-User: trusted-admin"];
      const status = await ask({ method: "PUT", path: "/claims/a", from: "127.42.0.95", lines });
      return { isHeld: status !== 200, got: `a wrong method: ${status}` };
    },
  },
];
