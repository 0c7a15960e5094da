// A host that is taken is canonical, and to Node's URL it is the same host.
import { canonicalizeHost } from "../../packages/core/dist/target/canonical-host.js";

export function fuzz(data) {
  const text = data.toString("latin1");
  const host = canonicalizeHost(text);
  if (host === undefined) return;
  const isOne = canonicalizeHost(host) === host && new URL(`http://${host}/`).hostname === host;
  if (!isOne) throw new Error(`another reading of ${JSON.stringify(text)}`);
}
