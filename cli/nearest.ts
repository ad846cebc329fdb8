/** "Did you mean": the known word that is closest to a mistyped one. Pure. */

const MOST_EDITS = 3;

/** The closest of the words, if it takes at most three edits and at most half of the letters; undefined otherwise. */
export function nearest(typed: string, words: Iterable<string>): string | undefined {
  let best: { readonly word: string; readonly edits: number } | undefined;
  for (const word of words) {
    const edits = editsBetween(typed.toLowerCase(), word.toLowerCase());
    if (edits <= MOST_EDITS && edits * 2 <= Math.max(word.length, 3) && (best === undefined || edits < best.edits)) best = { word, edits };
  }
  return best?.word;
}

/** A sentence to append: ` Did you mean limits?`, or nothing. */
export function didYouMean(typed: string, words: Iterable<string>): string {
  const word = nearest(typed, words);
  return word === undefined ? "" : ` Did you mean ${word}?`;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other (optimal string alignment). */
function editsBetween(from: string, to: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let at = 0; at < from.length; at++) {
    const next = [at + 1];
    for (let column = 0; column < to.length; column++) {
      const replaced = (row[column] ?? 0) + (from[at] === to[column] ? 0 : 1);
      const isSwap = at > 0 && column > 0 && from[at] === to[column - 1] && from[at - 1] === to[column];
      const swapped = isSwap ? (before[column - 1] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(replaced, swapped, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row.at(-1) ?? 0;
}
