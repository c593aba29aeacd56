/** Rows that are loaded into registers: vectors of them, and rows that are refused. */
import { describe, expect, test } from 'vitest';
import { dimVar } from '../../../compiler/dims/dims.ts';
import { ax, iadd, iload, ilt, int, load } from '../../../compiler/primitives/build.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import { checked } from '../../../kernels-gen/loops/spec.ts';
import type { LoopKernel } from '../../../kernels-gen/loops/type.ts';
import { loadRow } from '../../../kernels-gen/schedule/steps/load-row.ts';
import { add, IN, loop, N, PAIRS, plain, sums, TILE } from './small-kernels.ts';

const k = ax('k');

test('a row has registers of two elements each', () => {
  const own = sums(loop('k', 2, [add(load(PAIRS, [k, int(3)]))]));
  expect(
    showLoops(checked(loadRow(PAIRS, 'k', 'row', 2).apply(own)))
      .split('\n')
      .slice(-6),
  ).toEqual([
    '  for k in 2:',
    '    for c_row in 4 unrolled:',
    '      for c_row_part in 2:',
    '        row[c_row, c_row_part] = pairs[k, c_row * 2 + c_row_part]',
    '    acc += row[⌊3 / 2⌋, 3 mod 2]',
    '  out[i] = acc',
  ]);
});

test('a row is found that only a statement under a condition reads', () => {
  const own = sums(
    loop('k', 2, [{ k: 'if', cond: ilt(ax('i'), int(3)), body: [add(load(PAIRS, [k, int(3)]))] }]),
  );
  expect(showLoops(checked(loadRow(PAIRS, 'k', 'row').apply(own)))).toContain('    acc += row[3]');
});

describe('is refused', () => {
  const refused: Readonly<Record<string, readonly [number, LoopKernel, string]>> = {
    'a row of tokens': [
      IN,
      {
        ...plain,
        memories: plain.memories.map((m, n) => (n === IN ? { ...m, shape: [dimVar('tokens')] } : m)),
      },
      'a row of a has no fixed size',
    ],
    'a row of integers': [
      TILE,
      sums(loop('k', N, [add(load(IN, [iload(TILE, [k])]))])),
      'nothing reads tile',
    ],
    'a row of an outer and an inner loop': [
      PAIRS,
      sums(loop('k', 2, [loop('r', 1, [add(load(PAIRS, [iadd(k, ax('r')), int(0)]))])])),
      'the row of pairs is not the same in all statements',
    ],
  };
  test.each(Object.entries(refused))('%s', (_, [of, own, message]) => {
    expect(() => loadRow(of, 'k', 'row').apply(own)).toThrow(message);
  });
});
