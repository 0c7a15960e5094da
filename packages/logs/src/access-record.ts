const NO_KEYS: readonly number[] = Object.freeze([]);

/**
 * What one request leaves in the access log. An empty text means that there is none.
 *
 * One object is filled and written again and again; every field is set from the start, so that
 * all records share one hidden class.
 */
export class AccessRecord {
  /** Milliseconds since 1970. */
  timeMs = 0;
  requestId = "";
  ip = "";
  method = "";
  host = "";
  /** Without the query, which may hold keys. */
  path = "";
  api = "";
  /** A verdict's `kind`. */
  verdict = "";
  reason = "";
  status = 0;
  bytesIn = 0;
  bytesOut = 0;
  durationUs = 0;
  decisionUs = 0;
  upstreamUs = 0;
  /** Which identifiers there are: the bit of each one's place in `LOGGED_IDENTIFIERS`. */
  identified = 0;
  /**
   * Identifiers as 64 bits of their keyed hashes, never in clear: two words for each place in
   * `LOGGED_IDENTIFIERS`. Enough to tell clients apart, and to grep for one.
   */
  keys: readonly number[] = NO_KEYS;
}
