/** Steps refuse loops whose form they do not know, and say why. */
import { expect, it } from 'vitest';
import { dimVar } from '../../../compiler/dims/dims.ts';
import { ax, iadd, int, load } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import { type Body, type LoopKernel, type Statement, trips } from '../../../kernels-gen/loops/type.ts';
import { align } from '../../../kernels-gen/schedule/steps/align.ts';
import { cacheWrite } from '../../../kernels-gen/schedule/steps/cache-write.ts';
import { deal } from '../../../kernels-gen/schedule/steps/deal.ts';
import { flatten } from '../../../kernels-gen/schedule/steps/flatten.ts';
import type { LoopStep } from '../../../kernels-gen/schedule/steps/step.ts';
import {
  ACC,
  from2,
  IN,
  kernel as kernelOf,
  loop,
  MEMORIES,
  N,
  OUT,
  plain,
  store,
  TILE,
  zero,
} from './small-kernels.ts';
import { memory } from './statements.ts';

const [ROW, GRID] = [MEMORIES.length, MEMORIES.length + 1];
const kernel = (body: Body): LoopKernel => ({
  ...kernelOf(body),
  memories: [...MEMORIES, memory('row', 'register', N), memory('grid', 'register', 4, N)],
});
const adding = (to: number, index: readonly IntExpr[], value = load(IN, [ax('k')])): Statement => ({
  ...{ k: 'accumulate', to, index, combine: 'sum', value },
});
/** Loops over i, k and j around a statement. */
const within = (s: Statement) => kernel([loop('i', 2, [loop('k', 2, [loop('j', N, [s])])])]);
const along = (...body: Body) => kernel([loop('i', 2, [zero, loop('k', 2, body)])]);
const blocks = trips(dimVar('tokens'), 2);

const more = 'the loop over k does more than add to acc';
const noOwn = (name: string) => `${name} has no elements of its own for j`;
const REFUSED: Readonly<Record<string, readonly [LoopStep, LoopKernel, string]>> = {
  'align: as many parts as tokens': [
    align('n', 'g', 'p'),
    kernel([loop('p', 4, [zero], { trips: trips(dimVar('tokens')) })]),
    'the loop over p has no fixed size',
  ],
  'cache: a loop that reads the array alone': [
    cacheWrite('acc', 'k', [], 'sum'),
    along(store(OUT, [ax('k')], load(ACC, []))),
    more,
  ],
  'cache: a loop without the inner loop': [cacheWrite('acc', 'k', ['j'], 'sum'), plain, more],
  'cache: a sum in another array': [
    cacheWrite('acc', 'k', [], 'sum'),
    along(adding(TILE, [int(0)], load(ACC, []))),
    more,
  ],
  'cache: a loop that stores': [cacheWrite('acc', 'k', [], 'sum'), along(zero), more],
  'cache: elements of another loop': [
    cacheWrite('row', 'k', ['j'], 'sum'),
    within(adding(ROW, [ax('i')])),
    noOwn('row'),
  ],
  'cache: another row in each iteration': [
    cacheWrite('grid', 'k', ['j'], 'sum'),
    within(adding(GRID, [ax('k'), ax('j')])),
    noOwn('grid'),
  ],
  'cache: a row that depends on the loop and on another': [
    cacheWrite('grid', 'k', ['j'], 'sum'),
    within(adding(GRID, [iadd(ax('i'), ax('k')), ax('j')])),
    noOwn('grid'),
  ],
  'deal: the first of two arrays that a statement uses': [
    deal([], { arrays: ['row', 'grid'], threads: 2, as: 't', around: 'i' }),
    along(store(ROW, [int(0)], load(GRID, [int(0), int(0)]))),
    'row is used outside the loops that are dealt',
  ],
  'flatten: a loop that starts later': [
    flatten(['k'], 'all'),
    kernel([loop('k', N, [zero], from2)]),
    'the loop over k is not serial, or has bounds of its own',
  ],
  'flatten: as many blocks as tokens': [
    flatten(['k'], 'all'),
    kernel([loop('k', N, [zero], { trips: blocks })]),
    'the loop over k has no fixed number of iterations',
  ],
};

it.each(Object.entries(REFUSED))('%s is refused', (_, [step, of, message]) => {
  expect(() => step.apply(of)).toThrow(message);
});
