import type { AnswerHead } from "./answer/answer-head.ts";
import type { UpstreamFault } from "./fault.ts";

/**
 * Where the answer to one request goes. Calls come from the event loop, never during `request` and
 * never after `abort`: one `onHead`, then any number of `onBody` until `last`, or one `onFault` at
 * any point instead of what would follow.
 *
 * No method may throw: the pool has nothing that could catch it.
 */
export interface AnswerHandler {
  /**
   * The final head and the first piece of the body; interim answers are not reported. With `last`
   * the answer is complete: an answer that arrives in one piece is this one call. `head` and `body`
   * are valid during the call only.
   */
  onHead(head: AnswerHead, body: Uint8Array, last: boolean): void;
  /** More of the body, valid during the call only. `last` is true once; `body` may be empty then. */
  onBody(body: Uint8Array, last: boolean): void;
  /** After a `write` that returned false: go on writing. */
  onDrain(): void;
  /** There will be no (complete) answer. After `onHead`: cut the client off, do not end normally. */
  onFault(fault: UpstreamFault): void;
}
