/** The order of workgroups of batches of products: of all batches for some rows, or of all rows for one batch. */
import { expect, it } from 'vitest';
import { add, contraction, input, load, program, type Size } from '../../../../test/kernels-gen/build.ts';
import { kernelOf, matrices } from '../../../../test/kernels-gen/schedule/contractions.ts';
import { exchanged } from '../../../families/contraction/root.ts';
import { isByBatches } from '../batches.ts';
import { laneTileSteps } from '../lane-tile.ts';
import { LANES } from '../lanes.ts';

/** x·diag(R₁, …, R₄) for blocks of 8 × n. x is [t, 4, 8] where its blocks are `within` rows, and otherwise [4, t, 8]. */
function blocks(n: number, within: boolean, tokens: Size = 'tokens') {
  const x = input('x', within ? [tokens, 4, 8] : [4, tokens, 8]);
  return kernelOf(
    program({
      y: contraction(
        'y',
        [x, input('R', [4, 8, n])],
        [
          ['g', 4],
          ['t', tokens],
          ['n', n],
        ],
        [['k', 8]],
        within ? load(0, 't', 'g', 'k') : load(0, 'g', 't', 'k'),
        load(1, 'g', 'k', 'n'),
      ),
    }),
  );
}

it('a tile is followed by that of the next block, which lies beside it', () => {
  expect(isByBatches(blocks(2, true), 16, 8)).toBe(true);
  expect(isByBatches(blocks(2, false), 16, 8)).toBe(false);
  expect(isByBatches(matrices('NN', 16, 8, 8), 16, 8)).toBe(false);
});

it('but not if it reads more of the block than of the rows, or only some of its columns', () => {
  expect(isByBatches(blocks(8, true), 8, 8)).toBe(false);
  expect(isByBatches(blocks(9, true), 16, 8)).toBe(false);
  expect(isByBatches(blocks(9, true), 32, 16)).toBe(true);
});

it('but not if it moves along the rows as far as the next row does, as in a window', () => {
  const windows = kernelOf(
    program({
      y: contraction(
        'y',
        [input('x', ['tokens', 8]), input('R', [4, 8, 2])],
        [
          ['g', 4],
          ['t', 'tokens'],
          ['n', 2],
        ],
        [['k', 8]],
        load(0, add('g', 't'), 'k'),
        load(1, 'g', 'k', 'n'),
      ),
    }),
  );
  expect(isByBatches(windows, 16, 8)).toBe(false);
});

it('so it is with exchanged operands', () => {
  expect(isByBatches(exchanged(blocks(2, true)), 4, 8)).toBe(true);
  expect(isByBatches(exchanged(blocks(2, true)), 1, 8)).toBe(false);
});

it('the loop over batches is then the last one over workgroups', () => {
  const order = (within: boolean) => {
    const tile = { rows: 16, cols: 1, batchThreads: 1, rowThreads: 1, colThreads: LANES };
    const says = laneTileSteps(blocks(2, within), tile).map((s) => s.says);
    return says.flatMap((s) => /^bind (\w+) to workgroup$/.exec(s)?.[1] ?? []);
  };
  expect(order(false)).toEqual(['batch', 'row_tile', 'col_tile']);
  expect(order(true)).toEqual(['row_tile', 'col_tile', 'batch']);
});
