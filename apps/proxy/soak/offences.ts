import { definition, pattern } from "../test/support/definition.ts";
import { addTo, change } from "../test/support/management.ts";
import { book, type Load, type SoakRun } from "./soak-run.ts";

const NOWHERE = [0, 0] as const;

/** What clients in bad faith do, and operators. */
export const OFFENCES: readonly Load[] = [
  {
    name: "violation",
    restMs: 200,
    act: async (run, turn) => {
      const headers = { authorization: `Bearer offender-${turn}` };
      const common = { kind: "violation", path: "/shop/ok", headers, upstream: NOWHERE };
      // Lost with its edge, it is no offence.
      if ((await book(run, { ...common, method: "PUT", statuses: [401] })) === 0) return;
      await book(run, { ...common, statuses: [403] });
      await book(run, { ...common, statuses: [403], isTls: true, closes: true });
    },
  },
  {
    name: "decoy",
    restMs: 250,
    act: async (run, turn) => {
      const common = { kind: "decoy", from: addressOf(turn), closes: true, upstream: NOWHERE };
      if ((await book(run, { ...common, path: "/trap/admin", statuses: [200] })) === 0) return;
      await book(run, { ...common, path: "/shop/ok", statuses: [403] });
    },
  },
  {
    name: "malformed",
    restMs: 300,
    act: async (run) => {
      await book(run, {
        kind: "malformed",
        path: "/shop/ok",
        query: "?broken=%zz",
        closes: true,
        statuses: [400],
        upstream: NOWHERE,
      });
    },
  },
  { name: "command", restMs: 200, act: denyAndPardon },
  { name: "definition", restMs: 300, act: redefine },
];

/** A command holds as soon as it is answered, on every edge. */
async function denyAndPardon(run: SoakRun, turn: number): Promise<void> {
  const value = `listed-${turn % 50}`;
  const headers = { authorization: `Bearer ${value}` };
  const common = { kind: "command", path: "/shop/ok", headers };
  await addTo(run.proxy, "blacklist", { type: "token", value });
  for (const closes of [false, true]) {
    await book(run, { ...common, closes, statuses: [403], upstream: NOWHERE });
  }
  const body = JSON.stringify({ type: "token", value });
  await change(run.proxy, "DELETE", "/firewall/blacklist", body);
  for (const closes of [false, true]) await book(run, { ...common, closes });
}

async function redefine(run: SoakRun, turn: number): Promise<void> {
  const { proxy, upstreamPort } = run;
  const url = `/changing${turn % 7}`;
  const common = { kind: "definition", path: `${url}/ok`, closes: true, from: "127.8.0.1" };
  await change(proxy, "POST", "/api?api_id=changing", definition(url, upstreamPort));
  await book(run, { ...common, method: "PUT" });
  const quiet = { ...pattern({ methods_allowed: ["GET"] }), enable_blocking: true };
  await change(proxy, "PUT", "/api?api_id=changing", definition(url, upstreamPort, quiet));
  await book(run, common);
  await change(proxy, "DELETE", "/api?api_id=changing");
  await book(run, { ...common, statuses: [503], upstream: NOWHERE });
}

/** Another address for each turn, since it is denied for what it does. */
function addressOf(turn: number): string {
  return `127.${9 + (turn >> 16)}.${(turn >> 8) & 255}.${turn & 255}`;
}
