import { rankOf } from "./rendezvous.ts";
import { type Server, WHOLE_SHARE } from "./server.ts";

/** More than any rank. */
const RANKS = 2 ** 31;

/**
 * The server with the fewest open exchanges for its share, of those not passed over by `choice` and
 * not out. `from` is where to begin, so that equals take turns.
 *
 * Where few exchanges are open that rule alone would leave a returning server out until it has its
 * whole share: its credit gives it its part.
 */
export function leastBusy(
  servers: readonly Server[],
  choice: number,
  from: number,
): Server | undefined {
  const { length } = servers;
  let best: Server | undefined = undefined;
  let due: Server | undefined = undefined;
  let at = from;
  for (let left = length; left > 0; left--) {
    const server = servers[at];
    if (++at >= length) at = 0;
    if (server === undefined || server.passedBy === choice || server.isOut) continue;
    if (best === undefined || (server.open + 1) * best.share < (best.open + 1) * server.share) {
      best = server;
    }
    if (server.isDue(length)) due = server;
  }
  return charged(best, due);
}

/** Whichever of the two is less busy, and its turn behind it. */
function charged(best: Server | undefined, due: Server | undefined): Server | undefined {
  const chosen = best !== undefined && due !== undefined && due.open <= best.open ? due : best;
  if (chosen !== undefined) chosen.credit = 0;
  return chosen;
}

/** The next server in turn; one that returns has its turn less often (smooth weighted round robin). */
export function nextInTurn(servers: readonly Server[], choice: number): Server | undefined {
  let best: Server | undefined = undefined;
  let total = 0;
  for (let i = 0; i < servers.length; i++) {
    const server = servers[i];
    if (server === undefined || server.passedBy === choice || server.isOut) continue;
    server.credit += server.share;
    total += server.share;
    if (best === undefined || server.credit > best.credit) best = server;
  }
  if (best !== undefined) best.credit -= total;
  return best;
}

/**
 * The server that a client is bound to. Those of a returning server come back to it one after the
 * other, each once, as its share grows.
 */
export function boundServer(
  servers: readonly Server[],
  choice: number,
  stickiness: number,
): Server | undefined {
  let best: Server | undefined = undefined;
  let bestRank = -RANKS - 1;
  for (let i = 0; i < servers.length; i++) {
    const server = servers[i];
    if (server === undefined || server.passedBy === choice || server.isOut) continue;
    const rank = rankOf(stickiness, server.identity);
    const isHeld = server.share !== WHOLE_SHARE && rank % WHOLE_SHARE >= server.share;
    // Better there before its time than nowhere.
    const standing = isHeld ? rank - RANKS : rank;
    if (standing > bestRank) {
      best = server;
      bestRank = standing;
    }
  }
  return best;
}

/**
 * The server to try when none is sound: rather one that only this edge holds for ill than one that
 * the checks hold for down, then the one whose time is over first.
 */
export function leastBad(servers: readonly Server[], choice: number): Server | undefined {
  let best: Server | undefined = undefined;
  for (let i = 0; i < servers.length; i++) {
    const server = servers[i];
    if (server === undefined || server.passedBy === choice) continue;
    if (best === undefined || isBetter(server, best)) best = server;
  }
  return best;
}

function isBetter(server: Server, than: Server): boolean {
  if (server.wasDown !== than.wasDown) return than.wasDown;
  if (server.ejectedUntil !== than.ejectedUntil) return server.ejectedUntil < than.ejectedUntil;
  return server.open < than.open;
}
