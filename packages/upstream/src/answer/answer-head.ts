/**
 * The head of a final answer. One object per pool, overwritten by the next answer: read it during
 * the call that hands it over, and copy what must last.
 */
export class AnswerHead {
  status = 0;
  /** The reason phrase as received, latin1; may be empty. */
  phrase = "";
  /** Headers in `pairs`; entries from `2 * count` on are leftovers. */
  count = 0;
  /**
   * Name, value, name, value, ... in the order received, repeats kept (Set-Cookie). Names are lower
   * case, values exact latin1. Left out: `content-length`, what concerns the upstream connection
   * only, and what `connection` names.
   */
  readonly pairs: string[] = [];
  /** Body bytes that will be handed over; -1 if unknown (chunked, or delimited by closing). */
  bodyLength = 0;
  /**
   * The `content-length` as received, -1 if there was none. Differs from `bodyLength` for HEAD and
   * 304, where it tells the length that GET would have. Always -1 with 204, which may not carry it.
   */
  contentLength = -1;
}
