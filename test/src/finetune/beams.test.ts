/** The search with beams against all texts, and by hand where it ends early. */
import { expect, it } from 'vitest';
import { type BeamOptions, searched } from '../../../src/finetune/beams.ts';
import { random } from './support.ts';

const END = 0;
const OPTIONS: BeamOptions = { beams: 2, lengthPenalty: 1, earlyStopping: false, most: 4, end: [END] };

/** Log-probabilities that depend on the last two tokens. */
function chain(seed: number, words: number) {
  const next = random(seed);
  const table = new Map<string, Float64Array>();
  const logits = (ids: readonly number[]): Float64Array => {
    const key = ids.slice(-2).join();
    const known = table.get(key) ?? Float64Array.from({ length: words }, () => 4 * next());
    table.set(key, known);
    const total = Math.log(known.reduce((sum, x) => sum + Math.exp(x), 0));
    return known.map((x) => x - total);
  };
  return logits;
}

/** The best of all texts of at most so many tokens. */
function best(
  logits: (ids: readonly number[]) => Float64Array,
  words: number,
  penalty: number,
  given: number,
) {
  let found = { ids: [] as readonly number[], score: -Infinity };
  const visit = (ids: readonly number[], sum: number) => {
    const keep = (score: number) => {
      if (score > found.score) found = { ids, score };
    };
    if (ids.length === OPTIONS.most) return keep(sum / (given + ids.length) ** penalty);
    const z = logits(ids);
    keep((sum + z[END]!) / (given + ids.length + 1) ** penalty);
    for (let id = 1; id < words; id++) visit([...ids, id], sum + z[id]!);
  };
  visit([], 0);
  return found.ids;
}

it.each([
  [1, 1, 0],
  [2, 0, 1],
  [3, 2, 1],
  [4, -1, 0],
])(
  'finds the best of all texts with enough beams: seed %i, penalty %d, %i tokens given',
  async (seed, penalty, given) => {
    const logits = chain(seed, 4);
    const options = { ...OPTIONS, beams: 200, lengthPenalty: penalty };
    const found = await searched(async (texts) => texts.map(logits), options, given);
    expect(found).toEqual(best(logits, 4, penalty, given));
  },
);

it('takes the likeliest tokens with one beam, and says which text each goes on from', async () => {
  const logits = chain(7, 5);
  const froms: (readonly number[])[] = [];
  const found = await searched(
    async (texts, from) => {
      froms.push(from);
      return texts.map(logits);
    },
    { ...OPTIONS, beams: 1, lengthPenalty: 0 },
  );
  const greedy: number[] = [];
  while (greedy.length < OPTIONS.most) {
    const z = logits(greedy);
    const id = z.indexOf(Math.max(...z));
    if (id === END) break;
    greedy.push(id);
  }
  expect(found).toEqual(greedy);
  expect(froms.every((from) => from.length === 1 && from[0] === 0)).toBe(true);
});

it('ends as early stopping says', async () => {
  // Token 1 is sure after itself; the text may end at once with a probability of 0.4.
  const logits = (ids: readonly number[]) =>
    Float64Array.from(ids.length === 0 ? [0.4, 0.6] : ids.length < 3 ? [0.2, 0.8] : [0.9, 0.1], Math.log);
  const steps = async (earlyStopping: BeamOptions['earlyStopping']) => {
    let count = 0;
    await searched(
      async (texts) => {
        count++;
        return texts.map(logits);
      },
      { ...OPTIONS, beams: 1, most: 10, earlyStopping, lengthPenalty: 1 },
    );
    return count;
  };
  // After one step nothing has ended among the first beam; the open text is better until it ends itself.
  expect(await steps(true)).toBe(4);
  expect(await steps(false)).toBeGreaterThanOrEqual(4);
  expect(await steps('never')).toBeGreaterThanOrEqual(await steps(false));
});
