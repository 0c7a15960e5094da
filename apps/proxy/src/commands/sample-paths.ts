import { fileURLToPath } from "node:url";

import { MANIFEST_URL } from "./manifest-url.ts";

/** The sample configuration of a checkout; a published package has none. */
export const SAMPLE_CONFIGURATION: string = fileURLToPath(
  new URL("../../samples/config", MANIFEST_URL),
);
/** The sample upstream that goes with it. */
export const SAMPLE_UPSTREAM: string = fileURLToPath(
  new URL("../../samples/upstream/shop.mjs", MANIFEST_URL),
);
