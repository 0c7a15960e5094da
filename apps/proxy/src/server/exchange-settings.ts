import type { Answer, CompiledApi, Scheme } from "@portcullis/core";

import type { BlindBytes } from "./blind-bytes.ts";
import type { CorkHolder } from "./cork-holder.ts";
import type { RequestWatch } from "./request-watch.ts";
import type { TurnBytes } from "./turn-bytes.ts";

/** What holds for every exchange of an edge. */
export interface ExchangeSettings {
  readonly blindBytes: BlindBytes;
  readonly turnBytes: TurnBytes;
  readonly corks: CorkHolder;
  readonly watch: RequestWatch;
  /** For `UploadBrake`. */
  readonly primed: Set<Scheme>;
  /** Bytes of the longest request body, where its API does not say. */
  readonly bodyLimit: number;
  /** The longest body whose length the engine reads right. */
  readonly lengthLimit: number;
  /** What clients get in place of an upstream's answer with that status. */
  readonly serverErrors: ReadonlyMap<number, Answer>;
}

/** Bytes of the longest body of a request of `api`. */
export function bodyLimitOf(api: CompiledApi | undefined, settings: ExchangeSettings): number {
  const ownLimit = api?.definition.bodyLimit ?? settings.bodyLimit;
  return ownLimit === 0 ? Number.POSITIVE_INFINITY : ownLimit;
}
