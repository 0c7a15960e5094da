import { AddressRanges, parseCidr } from "@portcullis/core";

/** The configuration has been checked: what is no range here was none of its ranges. */
export function trustedRanges(texts: readonly string[]): AddressRanges {
  return new AddressRanges(
    texts.flatMap((text) => {
      const range = parseCidr(text);
      return range.ok ? [range.value] : [];
    }),
  );
}
