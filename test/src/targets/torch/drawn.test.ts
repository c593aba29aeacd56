/** The integers that the tests of a printed layer draw. */
import { expect, it } from 'vitest';
import type { Program } from '../../../../compiler/ir/node.ts';
import { frozen, input, layer, take, trainable } from '../../../../src/language/dsl/index.ts';
import { buildTorch } from '../../../../src/targets/torch/index.ts';
import { from } from './built.ts';

const drawn = (program: Program, rows = 5): string => {
  const sizes = { n: 3, rows };
  const { 'test_layer.py': text } = buildTorch(program, { name: 'f', sizes, from, python: {} });
  return /"at": \(\(tokens,\), (.*), "input"\),/.exec(text!)![1]!;
};

const x = input('tokens', 'n');
const at = input('tokens', { dtype: 'i32' });
const E = frozen('rows', 'n');
const v = trainable('n');

it('positions lie below the rows that they take: those of a table, as many as tokens, or the fewer', () => {
  const table = layer({ x, at, E, v }, (t) => t.x.add(take(t.E, t.at, 0)).mul(t.v));
  expect(drawn(table.trace())).toBe('5');
  const rows = layer({ x, at, v }, (t) => take(t.x, t.at, 0).mul(t.v));
  expect(drawn(rows.trace())).toBe('tokens or 1');
  const both = layer({ x, at, E, v }, (t) =>
    take(t.x, t.at, 0)
      .add(take(t.E, t.at, 0))
      .mul(t.v),
  );
  expect(drawn(both.trace())).toBe('min(tokens, 5) or 1');
  // Tables of a million rows and more are as long as any number of tokens.
  expect(drawn(both.trace(), 2 ** 20 - 1)).toBe('min(tokens, 1048575) or 1');
  expect(drawn(both.trace(), 2 ** 20)).toBe('tokens or 1');
});
