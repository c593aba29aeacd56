/** The steps of schedules in lanes for products that they treat in different ways, as digests of their texts. */
import { expect, it } from 'vitest';
import { call, input, load } from '../../../../test/kernels-gen/build.ts';
import { LONG, matrices, SPECIAL, stored } from '../../../../test/kernels-gen/schedule/contractions.ts';
import { digest } from '../../../../test/support/digest.ts';
import { canonical, exchanged } from '../../../families/contraction/root.ts';
import { type ContractionKernel, RESULT } from '../../../fuse/kernel.ts';
import { laneTileSteps } from '../lane-tile.ts';
import { panelLoops, panelsOf } from '../panels.ts';
import { stationaryLoops, stationaryOf } from '../stationary.ts';
import { added, overRows, sumOver } from './products.ts';

type Named = Readonly<Record<string, ContractionKernel>>;
const NF4 = { format: 'nf4', block: 64 } as const;
const OVER_A = overRows(matrices('NN', 'tokens', 32, 32));

/** Expects a line for each kernel, and one for rows that are overwritten where a subgroup runs in lockstep. */
const expectSteps = (
  name: string,
  kernels: Named,
  steps: (kernel: ContractionKernel, isLockstep?: boolean) => readonly string[],
) => {
  const of = { ...kernels, 'A·B over A': OVER_A };
  const line = (label: string, texts: readonly string[]) => `${label}: ${digest(texts.join('\n'))}\n`;
  const lines = Object.entries(of).map(([label, kernel]) => line(label, steps(kernel)));
  const text = [...lines, line('A·B over A in lockstep', steps(OVER_A, true))].join('');
  return expect(text).toMatchFileSnapshot(`./lane-steps/${name}.txt`);
};

/** Sums that one operand has only a part of. */
const partial = (i: number, k: number): Named => ({
  'A is the same at all steps': sumOver([k], []),
  'B is the same at all steps': sumOver([k], ['s0'], []),
  'a sum over two axes': sumOver([i, k]),
  'a sum over two axes, one of A': sumOver([i, k], ['s1']),
  'a sum over two axes, one of B': sumOver([i, k], ['s0', 's1'], ['s1']),
});

const numbered = exchanged(stored(matrices('NT', 64, 48, 64), NF4));
const { root } = numbered;
/** The rows' operand is quantised, alone or beside numbers. */
const ROWS: Named = {
  'rows of nf4': numbered,
  'rows of nf4 and of numbers': canonical({
    ...numbered,
    root: {
      ...root,
      args: [...root.args, input('c', [48, 64])],
      a: call('mul', root.a, load(2, 'm0', 'k0')),
    },
  }),
};

it('the steps of tiles are those of the golden file', async () => {
  const sizes = [
    [4, 4],
    [6, 4],
    [8, 4],
    [12, 3],
    [32, 4],
    [32, 1],
    [8, 8],
    [24, 2],
  ] as const;
  const tiles = sizes.map(([rows, cols]) => ({ rows, cols, batchThreads: 1, rowThreads: 1, colThreads: 8 }));
  const kernels: Named = {
    A·B: matrices('NN', 'tokens', 64, 256),
    'A·B of 64 steps': matrices('NN', 'tokens', 64, 64),
    'A·B of 65 steps': matrices('NN', 'tokens', 64, 65),
    'A·B of 37 columns': matrices('NN', 'tokens', 37, 19),
    Aᵀ·B: matrices('TN', 64, 48, 32),
    'columns far apart': matrices('NT', 'tokens', 64, 512),
    'columns far apart, 520 steps': matrices('NT', 'tokens', 64, 520),
    'columns far apart, 515 steps': matrices('NT', 'tokens', 64, 515),
    'columns far apart beside near ones': added(matrices('NN', 64, 64, 32), 512, 'NT'),
    'near columns beside ones far apart': added(matrices('NT', 64, 64, 512), 32, 'NN'),
    'A·B + c·D': SPECIAL['A·B + c·D']!,
    'A·Bᵀ of nf4': SPECIAL['A·Bᵀ of nf4']!,
    ...ROWS,
    ...partial(2, 32),
  };
  const steps = (of: ContractionKernel, options: Parameters<typeof laneTileSteps>[2]) =>
    tiles.flatMap((tile) => laneTileSteps(of, tile, options).map((s) => s.says));
  await expectSteps('tiles', kernels, (of, isLockstep) => steps(of, isLockstep ? { isLockstep } : {}));
  await expectSteps('tiles-in-blocks', kernels, (of, isLockstep) =>
    steps(of, { isInBlock: true, ...(isLockstep ? { isLockstep } : {}) }),
  );
});

it('the steps of panels are those of the golden file', async () => {
  const kernels: Named = {
    A·B: matrices('NN', 'tokens', 64, 256),
    'A·B of 100 steps': matrices('NN', 'tokens', 64, 100),
    A·Bᵀ: matrices('NT', 'tokens', 64, 256),
    'A·Bᵀ + C·D of 6 steps': added(matrices('NT', 64, 48, 256), 6),
    'A·B + C·Dᵀ': added(matrices('NN', 64, 48, 6), 256, 'NT'),
    'A·Bᵀ of nf4': LONG['A·Bᵀ of nf4']!,
    'A·Bᵀ of nf4, 100 steps': stored(matrices('NT', 'tokens', 64, 100), NF4),
    ...partial(4, 64),
  };
  await expectSteps(
    'panels',
    kernels,
    (of, isLockstep) => panelLoops(of, panelsOf(of, 16)!.tile, isLockstep).steps,
  );
});

it('the steps of rows in turn are those of the golden file', async () => {
  const along = matrices('NT', 64, 48, 64);
  const kernels: Named = {
    A·B: matrices('NN', 'tokens', 64, 32),
    A·Bᵀ: along,
    'A·Bᵀ + C·D of 6 steps': added(along, 6),
    'A·B + C·Dᵀ': added(matrices('NN', 64, 48, 6), 64, 'NT'),
    'A·Bᵀ with elements of A': { ...along, epilogue: call('add', load(RESULT), load(0, 'm0', 5)) },
    'A·Bᵀ with elements of B': { ...along, epilogue: call('add', load(RESULT), load(1, 'n0', 5)) },
    ...partial(2, 8),
  };
  await expectSteps(
    'stationary',
    kernels,
    (of, isLockstep) => stationaryLoops(of, stationaryOf(of, 16, 4)!.tile, isLockstep).steps,
  );
});
