import { fileURLToPath } from "node:url";

/** The sample configuration of a checkout; a published package has none. */
export const SAMPLE_CONFIGURATION: string = fileURLToPath(
  new URL("../../../../samples/config", import.meta.url),
);
/** The sample upstream that goes with it. */
export const SAMPLE_UPSTREAM: string = fileURLToPath(
  new URL("../../../../samples/upstream/shop.mjs", import.meta.url),
);
