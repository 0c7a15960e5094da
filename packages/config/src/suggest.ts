/**
 * The candidate that `word` was most likely meant to be, or `undefined` if none is near.
 *
 * Near is an edit distance of at most a third of the word, so that `prot` finds `port` and a word
 * of another kind finds nothing. Hyphens and underscores count as the same character.
 */
function suggest(word: string, candidates: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3)) + 1;
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const distance = editDistance(fold(word), fold(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return bestDistance < Math.max(word.length, 2) ? best : undefined;
}

/** `did you mean "port"?` as a clause to append, or nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const suggestion = suggest(word, candidates);
  return suggestion === undefined ? "" : `, did you mean ${JSON.stringify(suggestion)}?`;
}

function fold(word: string): string {
  return word.slice(0, 64).toLowerCase().replaceAll("-", "_");
}

function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      const deleted = (previous[column] ?? 0) + 1;
      const inserted = (current[column - 1] ?? 0) + 1;
      current.push(Math.min(replaced, deleted, inserted));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
