const TENANTS = 12;
const PROBES = 10;
const tenant = (from, number) => ({
  path: "/shop/a",
  from,
  lines: [`Authorization: Bearer tenant-${from}-${number}`],
});

/** Twelve clients behind one address, one of whom does `offence`; the others must be served, `isCaught` must not. */
function shared(sent, from, offence, isCaught) {
  return {
    sent,
    async run({ ask }) {
      for (let i = 0; i < TENANTS; i++) await ask(tenant(from, i));
      for (let i = 0; i < PROBES; i++) await ask(offence(from));
      const others = [];
      for (let i = 1; i < TENANTS; i++) others.push(await ask(tenant(from, i)));
      const caught = isCaught ? await ask(tenant(from, 0)) : 403;
      const served = others.filter((status) => status === 200).length;
      const isHeld = served === others.length && caught === 403;
      return {
        isHeld,
        got: `neighbours served: ${served} of ${others.length}${isCaught ? `, offender: ${caught}` : ""}`,
      };
    },
  };
}

/** An address that many share is not cut off for what one of them does. */
export const SHARE = [
  shared(
    "a wrong method, under a token of its own",
    "127.44.0.1",
    (from) => ({ ...tenant(from, 0), method: "PUT" }),
    true,
  ),
  shared(
    "a decoy, under no identity",
    "127.44.0.2",
    (from) => ({ path: "/shop/admin/config", from }),
    false,
  ),
  shared(
    "a wrong method, under no identity",
    "127.44.0.3",
    (from) => ({ method: "PUT", path: "/shop/a", from }),
    false,
  ),
];
