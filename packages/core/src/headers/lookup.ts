/**
 * What became of looking for one value. Only `found` leaves a value.
 *
 * `repeated` and `malformed` mean that two readers may see two values, so the request must be
 * refused. The outcome is apart from the value: no value can pass for an outcome.
 */
export type Lookup = "absent" | "found" | "repeated" | "malformed";

/** Where a look-up puts its value: owned by the caller, reused across calls. */
export class FoundValue {
  /** Empty unless the look-up found something. */
  value = "";
}
