/** The steps of maps and of reductions, where they depend on more than the sizes. */
import { expect, it } from 'vitest';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import { canonicalMap, mapLoops, mapSteps } from '../../../kernels-gen/families/map/schedule.ts';
import { canonical, reductionSteps } from '../../../kernels-gen/families/reduction/schedule.ts';
import { laneSolveLoops } from '../../../kernels-gen/families/solve/lanes.ts';
import type { LoopStep } from '../../../kernels-gen/schedule/steps/step.ts';
import { add, div, input, load, map, mod, mul, reduce, solve } from '../build.ts';

const said = (steps: readonly LoopStep[]) => steps.map((s) => s.says);

const root = reduce(
  'y',
  [input('x', ['tokens', 6, 300])],
  [['t', 'tokens']],
  [
    ['b', 6],
    ['c', 300],
  ],
  load(0, 't', 'b', 'c'),
);
const kernel = canonical({ tensor: root, root, epilogue: null, spans: [] });
const [short, long] = kernel.root.over;

it.each([2, 64])(
  '%d invocations share the longest loop of a reduction, which is the outermost one',
  (threads) => {
    const steps = said(reductionSteps({ kernel, spread: long, shape: { results: 1, threads } }));
    expect(steps.at(-2)).toBe('reorder to k1, k0');
    expect(steps.at(-1)).toContain(`${threads}`);
    expect(said(reductionSteps({ kernel, spread: short, shape: { results: 1, threads } })).at(-2)).toBe(
      'reorder to k0, k1',
    );
  },
);

it.each([
  ['one invocation', long, 1],
  ['invocations without a loop to share', undefined, 64],
] as const)('%s: a reduction keeps the order of its loops', (_, spread, threads) => {
  const steps = said(reductionSteps({ kernel, spread, shape: { results: 64, threads } }));
  expect(steps[0]).toBe('flatten i0 into at');
  expect(steps.filter((s) => s.includes('k0') || s.includes('k1'))).toEqual([]);
});

/** A map of 4 × 4 numbers from a tensor of 8 × 2, whose rows are no vectors. It reads the tensor after `others`. */
const reshaped = (...others: readonly Prim[]) => {
  const tensor = input('x', [8, 2]);
  const args = [...others, tensor];
  const at = load(others.length, add(mul(2, 'i'), div('j', 2)), mod('j', 2));
  const y = map(
    'y',
    args,
    [
      ['i', 4],
      ['j', 4],
    ],
    at,
  );
  return { tensor, kernel: canonicalMap({ tensor: y, root: y, epilogue: null, spans: [] }) };
};

it.each([0, 1])(
  'a map declares argument %d, which it overwrites, as vectors where it stores vectors',
  (n) => {
    const { tensor, kernel } = reshaped(...[input('z', [4])].slice(0, n));
    const schedule = { threads: 64, each: 1, width: 4 };
    const vectors = (k: typeof kernel) =>
      mapLoops(k, schedule).loops.memories.flatMap((m, i) => (m.vectors ? [i] : []));
    expect(vectors(kernel)).toEqual([n + 1]);
    expect(vectors({ ...kernel, overwrites: { tensor, by: 'elements' } })).toEqual([n, n + 1]);
    expect(said(mapSteps(kernel, schedule))).not.toEqual(said(mapSteps(kernel, { ...schedule, width: 1 })));
  },
);

it('lanes share the columns of the factors, of their products and of the solution', () => {
  const root = solve('x', input('a', [9, 9]), input('b', [9, 3]));
  const { steps } = laneSolveLoops({ tensor: root, root, epilogue: null, spans: [] }, 8, 8);
  expect(steps.filter((s) => s.startsWith('spread'))).toEqual([
    'spread ja, jb, t, xj over 8 invocations lane',
  ]);
});
