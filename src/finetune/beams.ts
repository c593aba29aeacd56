/** Searches for likely texts with several beams, as transformers' beam search does by default. */
import type { HostArray } from '../session/tensors.ts';

export interface BeamOptions {
  /** The number of texts that are kept at each step. */
  readonly beams: number;
  /** The power of its length that the log-probability of a text is divided by. */
  readonly lengthPenalty: number;
  /**
   * When a search ends: `true` as soon as there are as many ended texts as beams; `false` where no open text can beat
   * the worst of these at its present length; 'never' where none can at any length up to the most tokens.
   */
  readonly earlyStopping: boolean | 'never';
  /** The most tokens of a text. */
  readonly most: number;
  readonly end: readonly number[];
}

interface Beam {
  readonly ids: readonly number[];
  /** The sum of the log-probabilities of its tokens. */
  readonly score: number;
}

/**
 * The logits after each open text. `from` has, for each, the number of the text of the last step that it goes on from.
 */
export type NextLogits = (
  texts: readonly (readonly number[])[],
  from: readonly number[],
) => Promise<readonly HostArray[]>;

/** The tokens of the best text, without the token that ends it. `given` tokens that it starts with count in its length. */
export async function searched(
  next: NextLogits,
  { beams, lengthPenalty, earlyStopping, most, end }: BeamOptions,
  given = 0,
): Promise<readonly number[]> {
  const ended: Beam[] = [];
  const scoreOf = ({ score }: Beam, length: number) => score / length ** lengthPenalty;
  const add = (beam: Beam, length: number): void => {
    ended.push({ ids: beam.ids, score: scoreOf(beam, length) });
    ended.sort((a, b) => b.score - a.score);
    ended.length = Math.min(ended.length, beams);
  };
  let open: readonly Beam[] = [{ ids: [], score: 0 }];
  let from: readonly number[] = [0];
  for (let step = 1; step <= most; step++) {
    const logits = await next(
      open.map((b) => b.ids),
      from,
    );
    const length = given + step;
    const going: (Beam & { readonly of: number })[] = [];
    for (const [rank, { of, id, score }] of candidates(
      open,
      logits,
      Math.max(2, 1 + end.length) * beams,
    ).entries()) {
      const { ids } = open[of]!;
      if (!end.includes(id)) going.push({ of, ids: [...ids, id], score });
      else if (rank < beams) add({ ids, score }, length);
      if (going.length === beams) break;
    }
    open = going;
    from = going.map((b) => b.of);
    if (open.length === 0) break;
    const reachable = earlyStopping === 'never' && lengthPenalty > 0 ? given + most : length;
    const isDone =
      ended.length === beams &&
      (earlyStopping === true || ended.at(-1)!.score >= scoreOf(open[0]!, reachable));
    if (isDone) return ended[0]!.ids;
  }
  for (const beam of open) add(beam, given + beam.ids.length);
  return ended[0]!.ids;
}

interface Candidate {
  /** The number of the open text, and the token after it. */
  readonly of: number;
  readonly id: number;
  readonly score: number;
}

/** The likeliest continuations of all open texts by one token. */
function candidates(open: readonly Beam[], logits: readonly HostArray[], count: number): Candidate[] {
  const all = open.flatMap(({ score }, of) => {
    const z = Array.from(logits[of]!);
    const most = z.reduce((a, b) => Math.max(a, b), -Infinity);
    const total = Math.log(z.reduce((sum, x) => sum + Math.exp(x - most), 0)) + most;
    return z
      .map((x, id): Candidate => ({ of, id, score: score + x - total }))
      .sort(likelier)
      .slice(0, count);
  });
  return all.sort(likelier).slice(0, count);
}

const likelier = (a: Candidate, b: Candidate): number => b.score - a.score || a.of - b.of || a.id - b.id;
