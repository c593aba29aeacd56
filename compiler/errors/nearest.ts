/** Finds the known name that a misspelt one most likely stands for, for "Did you mean". */

const plain = (name: string): string => name.toLowerCase().replaceAll(/[_\-.\s]/g, '');

/** The number of insertions, deletions, substitutions and exchanges of neighbours from one name to the other. */
function edits(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(row[j - 1]! + 1, rows[i - 1]![j]! + 1, rows[i - 1]![j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j]!, rows[i - 2]![j - 2]! + 1);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

/** The candidate closest to a name, case and separators aside; undefined if none is within a third of its letters. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const wrong = plain(name).slice(0, 64);
  let [best, least] = [undefined as string | undefined, Math.floor((wrong.length + 1) / 3) + 1];
  for (const candidate of candidates) {
    const distance = edits(wrong, plain(candidate).slice(0, 64));
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** The sentence `. Did you mean 'terms'?`, or nothing where no candidate is close. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const meant = nearest(name, candidates);
  return meant === undefined ? '' : `. Did you mean '${meant}'?`;
}
