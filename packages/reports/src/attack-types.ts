import type { AttackCode } from "@portcullis/store";

/** The attacks that are found in real time, by the numbers the report API gives them. */
export type AttackType = 100 | 101;

export interface AttackTypeText {
  readonly attackType: string;
  readonly description: string;
}

export const ATTACK_TYPE_TEXTS: Readonly<Record<AttackType, AttackTypeText>> = {
  100: { attackType: "Decoy Attack", description: "Clients accessing decoy APIs" },
  101: {
    attackType: "Invalid API Activity",
    description: "Clients using invalid method/protocol/content-type",
  },
};

/**
 * The type that reports an offence, and how the report spells it.
 *
 * No page of the product shows a missing mandatory token in a report; `missing_token` follows the
 * spelling of `content_type`.
 */
export const REPORTED_AS: ReadonlyMap<
  AttackCode,
  { readonly type: AttackType; readonly spelling: string }
> = new Map([
  ["decoy", { type: 100, spelling: "decoy" }],
  ["protocol", { type: 101, spelling: "protocol" }],
  ["method", { type: 101, spelling: "method" }],
  ["content-type", { type: 101, spelling: "content_type" }],
  ["missing-token", { type: 101, spelling: "missing_token" }],
]);

/** The codes that a store has to be asked for; type 0 is all of them. */
export function codesOf(type: 0 | AttackType): readonly AttackCode[] {
  return [...REPORTED_AS].flatMap(([code, as]) => (type === 0 || as.type === type ? [code] : []));
}
