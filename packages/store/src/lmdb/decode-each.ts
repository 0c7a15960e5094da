import { StoreCorruptError } from "../errors.ts";
import type { OnCorrupt } from "../store.ts";

/** Decodes rows one by one; a row that does not decode goes to `onCorrupt`, or ends it all. */
export function* decodeEach<Row, Item>(
  rows: Iterable<Row>,
  decode: (row: Row) => Item,
  onCorrupt: OnCorrupt | undefined,
): Generator<Item> {
  for (const row of rows) {
    let item: Item;
    try {
      item = decode(row);
    } catch (error) {
      if (onCorrupt === undefined || !(error instanceof StoreCorruptError)) throw error;
      onCorrupt(error);
      continue;
    }
    yield item;
  }
}

/** Runs `decode`; whatever goes wrong is a damaged record of the name that `nameOf` says then. */
export function decoding<T>(nameOf: () => string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw new StoreCorruptError(nameOf(), error);
  }
}
