// A path that is taken is canonical, and to Node's URL it is the same path.
import { canonicalizePath, STRICT_PATH } from "../../packages/core/dist/target/canonical-path.js";

export function fuzz(data) {
  const text = `/${data.toString("latin1")}`;
  const path = canonicalizePath(text, STRICT_PATH);
  if (path === undefined) return;
  const isOne =
    canonicalizePath(path, STRICT_PATH) === path &&
    new URL(`http://a.example${path}`).pathname === path;
  if (!isOne) throw new Error(`another reading of ${JSON.stringify(text)}`);
}
