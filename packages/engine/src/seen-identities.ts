import { IdentityTable } from "./identity-table.ts";

/**
 * The tokens and cookies that an upstream has taken. One that is forgotten counts as never seen until
 * the upstream takes it again. 1.5 MiB.
 */
export class SeenIdentities extends IdentityTable {
  /** Attaches to `buffer`, or makes a new one. */
  constructor(buffer?: SharedArrayBuffer) {
    super(0, buffer);
  }
}
