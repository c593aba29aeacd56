/** Small kernels with steps of schedules that would change their meaning, and why they are refused. */
import { dimConst, dimVar } from '../../../compiler/dims/dims.ts';
import { ax, call, ilt, imul, int, isub, load } from '../../../compiler/primitives/build.ts';
import { type Body, type LoopKernel, trips } from '../../../kernels-gen/loops/type.ts';
import { cacheWrite } from '../../../kernels-gen/schedule/steps/cache-write.ts';
import { collect } from '../../../kernels-gen/schedule/steps/collect.ts';
import { deal } from '../../../kernels-gen/schedule/steps/deal.ts';
import { demote } from '../../../kernels-gen/schedule/steps/demote.ts';
import { exchange } from '../../../kernels-gen/schedule/steps/exchange.ts';
import { hand } from '../../../kernels-gen/schedule/steps/hand.ts';
import { invert } from '../../../kernels-gen/schedule/steps/invert.ts';
import { keep } from '../../../kernels-gen/schedule/steps/keep.ts';
import { loadRow } from '../../../kernels-gen/schedule/steps/load-row.ts';
import { mask } from '../../../kernels-gen/schedule/steps/mask.ts';
import { privatise } from '../../../kernels-gen/schedule/steps/privatise.ts';
import { rotate } from '../../../kernels-gen/schedule/steps/rotate.ts';
import { share } from '../../../kernels-gen/schedule/steps/share.ts';
import { shift } from '../../../kernels-gen/schedule/steps/shift.ts';
import { shuffle } from '../../../kernels-gen/schedule/steps/shuffle.ts';
import { spread } from '../../../kernels-gen/schedule/steps/spread.ts';
import { type Staging, stage } from '../../../kernels-gen/schedule/steps/stage.ts';
import type { LoopStep } from '../../../kernels-gen/schedule/steps/step.ts';
import { bindSubgroups } from '../../../kernels-gen/schedule/steps/subgroups.ts';
import {
  ACC,
  add,
  from2,
  IN,
  kernel as kernelOf,
  loop,
  MEMORIES,
  N,
  OUT,
  PAIRS,
  plain,
  store,
  sums,
  TILE,
  zero,
} from './small-kernels.ts';
import { memory } from './statements.ts';

const [ROW, QUAD] = [MEMORIES.length, MEMORIES.length + 1];
/** A kernel that has a register with an element for each number, and one with four. */
const kernel = (body: Body, threads = 1): LoopKernel => ({
  ...kernelOf(body, threads),
  memories: [...MEMORIES, memory('row', 'register', N), memory('quad', 'register', 4)],
});
const inUse: LoopKernel = { ...plain, threads: 4 };
const busy = 'the invocations of the workgroup are in use';
const lanes = (n: number, body: Body, stride = 1) => loop('l', n, body, { how: 'invocation', stride });
const product = call('mul', load(ACC, []), load(IN, [ax('k')]));
const named = { k: 'let', name: 'k', value: imul(ax('o'), int(2)), extent: dimConst(N) } as const;
/** A loop over o. Where o < 3, it names k and runs `body`; `after` follows the condition. */
const under = (body: Body, after: Body = []) =>
  kernel([loop('o', 4, [{ k: 'if', cond: ilt(ax('o'), int(3)), body: [named, ...body] }, ...after])]);
/** A loop that fills the row, and statements after it. */
const filled = (...after: Body) => kernel([loop('i', 2, [loop('k', N, [store(ROW, [ax('k')])]), ...after])]);
const dealt = (arrays: readonly string[] = ['row']) =>
  deal(['k'], { arrays, threads: 2, as: 't', around: 'i' });
const merging = { around: 'i', as: 'other', by: () => [] };
const staging: Staging = {
  ...{ outer: 'o', inner: 'k', axes: [], places: { left: 'l', right: 'r' } },
  ...{ dtype: 'f32' as const, alongSum: [] },
};

export const REFUSED: Readonly<Record<string, readonly [LoopStep, LoopKernel, string]>> = {
  'cache: elements at other places': [
    cacheWrite('row', 'k', ['j'], 'sum'),
    kernel([
      loop('k', 2, [
        loop('j', N, [
          {
            k: 'accumulate',
            to: ROW,
            index: [isub(int(N - 1), ax('j'))],
            combine: 'sum',
            value: load(IN, [ax('k')]),
          },
        ]),
      ]),
    ]),
    'row has no elements of its own for j',
  ],
  'collect: invocations in use': [collect(['k'], 's'), inUse, busy],
  'deal: invocations in use': [deal(['k'], { threads: 2, as: 't', around: 'i' }), inUse, busy],
  'deal: an array that is read elsewhere': [
    dealt(),
    filled(store(OUT, [ax('i')], load(ROW, [int(0)]))),
    'row is used outside the loops that are dealt',
  ],
  'deal: an array that is stored elsewhere': [
    dealt(),
    filled(store(ROW, [int(0)])),
    'row is used outside the loops that are dealt',
  ],
  'deal: another element of an array': [
    dealt(),
    kernel([loop('i', 2, [loop('k', N, [store(ROW, [int(0)])])])]),
    'an element of row is not that of k',
  ],
  'deal: an element of another loop': [
    dealt(),
    kernel([loop('i', 2, [loop('k', N, [store(ROW, [ax('i')])])])]),
    'an element of row is not that of k',
  ],
  'deal: a loop that starts later': [
    dealt([]),
    kernel([loop('i', 2, [loop('k', N, [zero], from2)])]),
    'the loop over k is not serial, or has bounds of its own',
  ],
  'deal: a loop that ends earlier': [
    dealt([]),
    kernel([loop('i', 2, [loop('k', N, [zero], { end: int(3) })])]),
    'the loop over k is not serial, or has bounds of its own',
  ],
  'deal: a loop of blocks': [
    dealt([]),
    kernel([loop('i', 2, [loop('k', N, [zero], { trips: trips(dimConst(N), 2) })])]),
    'the loop over k has no fixed number of iterations',
  ],
  'deal: a loop that is unrolled': [
    dealt([]),
    kernel([loop('i', 2, [loop('k', N, [zero], { how: 'unrolled' })])]),
    'the loop over k is not serial, or has bounds of its own',
  ],
  'deal: as many iterations as tokens': [
    dealt([]),
    kernel([loop('i', 2, [loop('k', N, [zero], { trips: trips(dimVar('tokens')) })])]),
    'the loop over k has no fixed number of iterations',
  ],
  'deal: another number of invocations': [
    dealt([]),
    kernel([loop('i', 2, [loop('t', 3, [zero])])]),
    'the loop over t has not 2 iterations',
  ],
  'exchange: invocations in use': [
    exchange('i', 'k', 2),
    kernel(
      [
        loop('i', 2, [
          loop('k', 4, [
            store(
              OUT,
              [{ k: 'iadd', a: imul(ax('k'), int(2)), b: ax('i') }],
              load(IN, [{ k: 'iadd', a: imul(ax('i'), int(4)), b: ax('k') }]),
            ),
          ]),
        ]),
      ],
      2,
    ),
    busy,
  ],
  'hand: another memory that is read after the values': [
    hand(['i'], ['acc'], { as: ['j'], each: [] }),
    kernel([loop('i', 2, [store(TILE, [ax('i')]), zero, store(OUT, [ax('i')], load(TILE, [ax('i')]))])]),
    'tile is used after the values',
  ],
  'hand: as many iterations as tokens': [
    hand(['i'], ['acc'], { as: ['j'], each: [] }),
    kernel([loop('i', 2, [zero, store(OUT, [ax('i')])], { trips: trips(dimVar('tokens')) })]),
    'the loop over i has no fixed number of iterations',
  ],
  'hand: a loop of blocks': [
    hand(['i'], ['acc'], { as: ['j'], each: [] }),
    kernel([loop('i', 4, [zero, store(OUT, [ax('i')])], { trips: trips(dimConst(4), 2) })]),
    'the loop over i has no fixed number of iterations',
  ],
  'invert: no condition': [
    invert({ name: 'p', extent: dimConst(4) }, []),
    plain,
    'no condition compares an index with p',
  ],
  'keep: no memory': [keep('nothing', { lanes: 4 }), plain, 'nothing is no array of workgroup memory'],
  'keep: an input': [keep('a', { lanes: 4 }), plain, 'a is no array of workgroup memory'],
  'keep: two dimensions': [keep('pairs', { lanes: 4 }), plain, 'pairs is no array of workgroup memory'],
  'keep: an element of another lane': [
    keep('tile', { lanes: 4 }),
    kernel([lanes(4, [store(TILE, [int(0)])])], 4),
    'a lane stores an element of tile that another lane has',
  ],
  'keep: a loop that does not count lanes': [
    keep('tile', { lanes: 4 }),
    kernel([lanes(4, [store(TILE, [ax('l')])], 2)], 8),
    'a lane stores an element of tile that another lane has',
  ],
  'loadRow: statements that change the row': [
    loadRow(TILE, 'k', 'row'),
    sums(loop('k', N, [add(load(TILE, [ax('k')])), store(TILE, [int(0)])])),
    'statements change tile',
  ],
  'mask: statements after the condition': [
    mask('k', ['acc']),
    under([zero], [zero]),
    'statements follow the conditions after k',
  ],
  'mask: a sum of no product': [
    mask('k', ['acc']),
    under([add(load(IN, [ax('k')]))]),
    'a statement after k adds no product with a weight',
  ],
  'mask: a maximum of products': [
    mask('k', ['row']),
    under([add(call('mul', load(ROW, [int(0)]), load(IN, [ax('k')])), 'max')]),
    'a statement after k adds no product with a weight',
  ],
  'mask: a product with something else': [
    mask('k', ['row']),
    under([add(product)]),
    'a statement after k adds no product with a weight',
  ],
  'mask: no condition': [mask('k', ['acc']), plain, 'k is not split'],
  'privatise: registers that nothing sets': [
    privatise('k', ['acc'], merging),
    kernel([loop('i', 2, [loop('k', 4, [add()])])]),
    'acc are not set before a loop over k',
  ],
  'privatise: no loop in the loop': [
    privatise('k', ['acc'], merging),
    kernel([loop('i', 2, [zero]), loop('k', 4, [add()])]),
    'acc are not set before a loop over k',
  ],
  'rotate: no register': [rotate('nothing', 'k'), plain, 'there is no register nothing'],
  'rotate: an input': [rotate('a', 'k'), plain, 'there is no register a'],
  'rotate: more than four elements': [
    rotate('row', 'k'),
    kernel([loop('k', N, [store(OUT, [ax('k')], load(ROW, [ax('k')]))])]),
    'the loop over k does not count the last dimension of row, which has not 4 parts',
  ],
  'rotate: a loop that starts later': [
    rotate('quad', 'k'),
    kernel([loop('k', 4, [store(OUT, [ax('k')], load(QUAD, [ax('k')]))], from2)]),
    'the loop over k does not count the last dimension of quad',
  ],
  'rotate: a loop that ends earlier': [
    rotate('quad', 'k'),
    kernel([loop('k', 4, [store(OUT, [ax('k')], load(QUAD, [ax('k')]))], { end: int(3) })]),
    'the loop over k does not count the last dimension of quad',
  ],
  'rotate: a register that the loop changes': [
    rotate('quad', 'k'),
    kernel([loop('k', 4, [store(QUAD, [ax('k')])])]),
    'the loop over k stores to quad',
  ],
  'rotate: another element': [
    rotate('quad', 'k'),
    kernel([loop('k', 4, [store(OUT, [ax('k')], load(QUAD, [int(1)]))])]),
    'the loop over k reads other elements of quad',
  ],
  'share: three invocations': [
    share('k', { threads: 3, as: 's' }),
    plain,
    '3 invocations, which share k, are no power of two',
  ],
  'share: no loop': [share('nothing', { threads: 2, as: 's' }), plain, 'there is no loop over nothing'],
  'share: a loop that does more': [
    share('k', { threads: 2, as: 's' }),
    sums(loop('k', N, [add(), store(TILE, [ax('k')])])),
    'the loop does more than accumulate in one register',
  ],
  'share: an element of an array': [
    share('k', { threads: 2, as: 's' }),
    sums(
      loop('k', N, [
        { k: 'accumulate', to: TILE, index: [int(0)], combine: 'sum', value: load(IN, [ax('k')]) },
      ]),
    ),
    'the loop does more than accumulate in one register',
  ],
  'share: a loop beside the inner loop': [
    share('k', { threads: 2, as: 's' }),
    sums(loop('k', N, [loop('j', 2, [add()]), add()])),
    'the loop does more than accumulate in one register',
  ],
  'share: an accumulator that is not set': [
    share('k', { threads: 2, as: 's' }),
    kernel([loop('i', 2, [loop('k', N, [add()])])]),
    'the accumulator is not set just before the loop',
  ],
  'share: another memory set before': [
    share('k', { threads: 2, as: 's' }),
    kernel([loop('i', 2, [store(TILE, [int(0)]), loop('k', N, [add()])])]),
    'the accumulator is not set just before the loop',
  ],
  'share: more that is set before': [
    share('k', { threads: 2, as: 's' }),
    kernel([loop('i', 2, [zero, store(TILE, [int(0)]), loop('k', N, [add()])])]),
    'the accumulator is not set just before the loop',
  ],
  'shift: another element': [
    shift('row', 'k'),
    kernel([loop('k', N, [store(OUT, [ax('k')], load(ROW, [int(0)]))])]),
    'row has no dimension along k',
  ],
  'shift: a loop that changes the array': [
    shift('row', 'k'),
    kernel([loop('k', N, [store(OUT, [ax('k')], load(ROW, [ax('k')])), store(ROW, [ax('k')])])]),
    'the loop over k changes row',
  ],
  'shift: an array that is read after the loop': [
    shift('row', 'k'),
    kernel([
      loop('k', N, [store(OUT, [ax('k')], load(ROW, [ax('k')]))]),
      store(ACC, [], load(ROW, [int(1)])),
    ]),
    'row is read outside of the loop over k',
  ],
  'shift: a part of the array': [
    shift('row', 'k'),
    kernel([loop('k', 4, [store(OUT, [ax('k')], load(ROW, [ax('k')]))])]),
    'the loop over k does not read row from its start to its end',
  ],
  'shift: a loop that starts later': [
    shift('row', 'k'),
    kernel([loop('k', N, [store(OUT, [ax('k')], load(ROW, [ax('k')]))], from2)]),
    'the loop over k does not read row from its start to its end',
  ],
  'shuffle: a loop that runs in turn': [shuffle('i'), plain, 'the loop over i does not count lanes'],
  'shuffle: a loop of blocks': [
    shuffle('l'),
    kernel([{ ...lanes(4, [zero]), trips: trips(dimConst(8), 2) }], 4),
    'the loop over l has no fixed number of iterations',
  ],
  'demote: a loop of blocks': [
    demote('acc', 'l', 0),
    kernel([{ ...lanes(4, [zero]), trips: trips(dimConst(8), 2) }], 4),
    'the loop over l has no fixed number of iterations',
  ],
  'bindSubgroups: as many iterations as tokens': [
    bindSubgroups('s', 8),
    kernel([loop('s', 2, [zero], { trips: trips(dimVar('tokens')) })]),
    'the loop over s has no fixed number of iterations',
  ],
  'shuffle: fewer lanes than invocations': [
    shuffle('l'),
    kernel([lanes(4, [zero])], N),
    'the loop over l does not count all invocations',
  ],
  'shuffle: memory without a place for each lane': [
    shuffle('l'),
    kernel([lanes(4, [zero])], 4),
    'tile has no place for each of 4 lanes',
  ],
  'shuffle: a store to another place': [
    shuffle('l'),
    kernel([lanes(N, [store(TILE, [int(0)])])], N),
    'a lane stores to another place of tile',
  ],
  'shuffle: a sum in workgroup memory': [
    shuffle('l'),
    kernel(
      [
        lanes(N, [
          { k: 'accumulate', to: TILE, index: [ax('l')], combine: 'sum', value: load(IN, [ax('l')]) },
        ]),
      ],
      N,
    ),
    'a lane stores to another place of tile',
  ],
  'shuffle: a result that is read again': [
    shuffle('l'),
    kernel([lanes(N, [store(PAIRS, [int(0), ax('l')], load(OUT, [ax('l')]))])], N),
    'barriers are also for out',
  ],
  'spread: invocations in use': [spread(['k'], 'i', { threads: 2, as: 'n' }), inUse, busy],
  'spread: a loop with steps': [
    spread(['k'], 'i', { threads: 2, as: 'n' }),
    kernel([loop('i', 2, [loop('k', N, [zero], { from: { value: int(0), step: 2 } })])]),
    'the loop over k has steps',
  ],
  'stage: no loop': [stage(staging), plain, 'there is no loop over o'],
  'stage: a sum of no product': [
    stage(staging),
    sums(loop('o', 1, [loop('k', N, [add(load(IN, [ax('k')]))])])),
    'the loop over o adds no product over k',
  ],
  'stage: another function than a product': [
    stage(staging),
    sums(loop('o', 1, [loop('k', N, [add(call('add', load(IN, [ax('k')]), load(IN, [ax('k')])))])])),
    'the loop over o adds no product over k',
  ],
  'stage: a maximum': [
    stage(staging),
    sums(loop('o', 1, [loop('k', N, [add(undefined, 'max')])])),
    'the loop over o adds no product over k',
  ],
  'stage: statements beside the loop': [
    stage(staging),
    sums(loop('o', 1, [loop('k', N, [add()]), zero])),
    'the loop over o adds no product over k',
  ],
  'stage: two statements': [
    stage(staging),
    sums(loop('o', 1, [loop('k', N, [add(), add()])])),
    'the loop over o adds no product over k',
  ],
  'stage: as many steps as tokens': [
    stage(staging),
    sums(loop('o', 1, [loop('k', N, [add()], { trips: trips(dimVar('tokens')) })])),
    'k has no fixed size, so that it is no place in a tile',
  ],
};
