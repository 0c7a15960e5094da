const OFFENCES = 400;
const MOST_LISTED = 120;
const MIB = 1024 * 1024;

const identityOf = {
  token: (value) => [`Authorization: Bearer ${value}`],
  cookie: (value) => [`Cookie: SID=${value}`],
};

/** One address offends under a new identity each time. */
function flood(kind, from) {
  return {
    sent: `${OFFENCES} offences of one address, each under a new ${kind}`,
    async run({ ask, countDenied, list, residentBytes }) {
      const operators = { type: "token", value: `operators-${kind}` };
      await list("blacklist", operators);
      const before = { listed: await countDenied(), bytes: residentBytes() };
      const honest = { path: "/shop/a", from: "127.43.0.99", lines: identityOf[kind]("honest") };
      let unserved = 0;
      for (let i = 0; i < OFFENCES; i++) {
        await ask({
          method: "PUT",
          path: "/shop/a",
          from,
          lines: identityOf[kind](`${kind}-${i}`),
        });
        if (i % 20 === 0 && (await ask(honest)) !== 200) unserved++;
      }
      const fresh = await ask({ path: "/shop/a", from, lines: identityOf[kind]("fresh") });
      const kept = await ask({
        path: "/shop/a",
        lines: [`Authorization: Bearer ${operators.value}`],
      });
      const listed = (await countDenied()) - before.listed;
      const grown = Math.max(0, (residentBytes() ?? 0) - (before.bytes ?? 0)) / MIB;
      const isHeld =
        fresh === 403 && kept === 403 && unserved === 0 && listed <= MOST_LISTED && grown < 64;
      const got = `next: ${fresh}, listed: ${listed}, operator's entry: ${kept}, others unserved: ${unserved}, ${grown.toFixed(0)} MiB more`;
      return { isHeld, got };
    },
  };
}

/** Who changes its identity with every offence is denied by its address, and nobody else pays for it. */
export const FLOOD = [flood("token", "127.43.0.1"), flood("cookie", "127.43.0.2")];
