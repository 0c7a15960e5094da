/** Goes through several ascending sequences as one ascending sequence, a step of one at a time. */
export function* mergeOrdered<T>(
  sources: readonly Iterator<T>[],
  orderOf: (item: T) => number,
): Generator<T> {
  const heads: { readonly source: Iterator<T>; item: T }[] = [];
  try {
    for (const source of sources) {
      const first = source.next();
      if (first.done !== true) heads.push({ source, item: first.value });
    }
    for (;;) {
      let lowest = heads[0];
      if (lowest === undefined) return;
      for (const head of heads) if (orderOf(head.item) < orderOf(lowest.item)) lowest = head;
      yield lowest.item;
      const next = lowest.source.next();
      if (next.done === true) heads.splice(heads.indexOf(lowest), 1);
      else lowest.item = next.value;
    }
  } finally {
    for (const source of sources) source.return?.();
  }
}
