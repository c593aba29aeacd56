/** Positions of a matrix that follow from a seed, and PyTorch's generator that draws them. */
import { describe, expect, it } from 'vitest';
import { OftcError } from '../../../compiler/errors/error.ts';
import { frozen, input, layer, type StatedInit } from '../../../src/language/dsl/index.ts';
import { initialise } from '../../../src/start/initialise.ts';
import { positionsIn } from '../../../src/start/positions.ts';
import { firstOfPermutation } from '../../../src/start/torch-random.ts';
import { goldenCase } from '../../support/golden.ts';

const unused = () => {
  throw new Error('draws nothing');
};

// The expected numbers are those of torch 2.6: torch.randperm(n, generator=torch.Generator().manual_seed(seed)).
it.each<readonly [number, number, readonly number[]]>([
  [1, 3, [0]],
  [5, 3, [1, 0, 3, 4, 2]],
  [480, 777, [455, 170, 15, 53, 47, 232, 129, 260, 23, 280]],
  [700, -5, [330, 697, 195, 626, 23, 196, 193, 357]],
  [60_000, 2 ** 40 + 7, [21615, 50166, 37383, 3791, 38823, 45497]],
])('randperm(%i) with seed %i', (n, seed, expected) => {
  expect(firstOfPermutation(n, expected.length, seed)).toEqual(expected);
});

describe.each(['fourierft-n12', 'fourierft-n60', 'waveft-haar', 'waveft-direct'])('%s', (name) => {
  it('has the positions that PEFT drew', async () => {
    const { config, tensors } = await goldenCase(name);
    const { data, shape } = tensors['frozen.p']!;
    const start = {
      seed: config.random_loc_seed as number,
      ...(config.use_idwt ? { halves: 'interleaved' as const } : {}),
    };
    const [rows, columns] = tensors['base.weight']!.shape as [number, number];
    expect([...positionsIn(shape, [rows, columns], start, unused)]).toEqual([...data]);
  });
});

/** The message with which positions of a matrix of these sizes are refused. */
const refusal = (init: StatedInit, [rows, columns]: readonly [number, number]): string => {
  const W = { data: new Float32Array(rows * columns), shape: [rows, columns] };
  try {
    const drawn = layer(
      { x: input('tokens', 'in'), W: frozen('out', 'in'), p: frozen(3, 'k', { dtype: 'i32', init }) },
      ({ x, W }) => x.matmul(W.T),
    );
    initialise(drawn, { dims: { k: 2 }, frozen: { W }, seed: 0 });
  } catch (e) {
    return e instanceof OftcError ? `${e.code}: ${e.message}` : String(e);
  }
  throw new Error('is not refused');
};

it('positions off the diagonal are those of a square matrix', () => {
  expect(refusal({ positions: 'W', diagonal: 'none' }, [3, 5])).toMatch(
    /OFT1035: 'p' starts as positions off the diagonal of 'W', which is not square: it is \(out, in\)/,
  );
});

it.each<[readonly [number, number]]>([[[3, 4]], [[4, 3]]])('halves of %j are not interleaved', (sizes) => {
  expect(refusal({ positions: 'W', seed: 1, halves: 'interleaved' }, sizes)).toMatch(
    /OFT1036: 'p' starts as positions of interleaved halves of a matrix of .*: choose even sizes/,
  );
});

it('positions without a seed of their own are distinct and sorted', () => {
  const [rows, ...rest] = [7, 5];
  const table = [...positionsIn([2, 35], [rows!, rest[0]!], {}, () => 0.25)];
  expect(table.slice(0, 35).map((r, j) => r * 5 + table[35 + j]!)).toEqual(
    Array.from({ length: 35 }, (_, n) => n),
  );
});
