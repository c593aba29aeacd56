/**
 * ROUGE-1, ROUGE-2 and ROUGE-L (Lin 2004): how much a text has in common with a reference, as F-measures. Words are
 * those of rouge-score without a stemmer, the package that transformers' scripts use: lower-case runs of a–z and 0–9.
 * The libraries of npm count other words (js-rouge keeps case and punctuation), so that their figures compare with no
 * published ones.
 */
export interface Rouge {
  readonly rouge1: number;
  readonly rouge2: number;
  readonly rougeL: number;
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];

/** The harmonic mean of precision and recall, of so many that are common to a text and its reference. */
const measure = (common: number, text: number, reference: number): number =>
  common === 0 ? 0 : (2 * common) / (text + reference);

function counted(words: readonly string[], n: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= words.length; i++) {
    const key = words.slice(i, i + n).join(' ');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function ofRuns(text: readonly string[], reference: readonly string[], n: number): number {
  const [own, wanted] = [counted(text, n), counted(reference, n)];
  const common = [...wanted].reduce((sum, [key, count]) => sum + Math.min(count, own.get(key) ?? 0), 0);
  return measure(common, Math.max(0, text.length - n + 1), Math.max(0, reference.length - n + 1));
}

/** The length of the longest common subsequence. */
function longestCommon(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const word of a) {
    const next = [0];
    for (const [j, other] of b.entries())
      next.push(word === other ? row[j]! + 1 : Math.max(row[j + 1]!, next[j]!));
    row = next;
  }
  return row.at(-1)!;
}

/** The measures of a text against its reference. */
export function rougeOf(text: string, reference: string): Rouge {
  const [own, wanted] = [wordsOf(text), wordsOf(reference)];
  return {
    rouge1: ofRuns(own, wanted, 1),
    rouge2: ofRuns(own, wanted, 2),
    rougeL: measure(longestCommon(own, wanted), own.length, wanted.length),
  };
}

/** The means over texts, each beside its reference. */
export function meanRouge(pairs: readonly { readonly text: string; readonly reference: string }[]): Rouge {
  const all = pairs.map(({ text, reference }) => rougeOf(text, reference));
  const mean = (of: keyof Rouge) => all.reduce((sum, r) => sum + r[of], 0) / Math.max(1, all.length);
  return { rouge1: mean('rouge1'), rouge2: mean('rouge2'), rougeL: mean('rougeL') };
}
