/** Conditions on the number of tokens: which a program has, and what fails. */
import { expect, it } from 'vitest';
import { parseDim, printDim } from '../../../compiler/dims/dims.ts';
import { apply, input } from '../../../compiler/ir/build.ts';
import type { Node } from '../../../compiler/ir/node.ts';
import { checkTokens, tokenRules } from '../../../compiler/ops/token-rules.ts';
import { programOf } from '../../support/evaluate.ts';
import { axis } from './operands.ts';

const given = (...shape: readonly string[]) =>
  input('x', 'input', { shape: shape.map(parseDim), dtype: 'f32' });
const slice = (of: Node, start: string, length: string, along = 0) =>
  apply('slice', [of], axis(along, { start: parseDim(start), length: parseDim(length) }));
const rules = (...outputs: readonly Node[]) =>
  tokenRules(programOf(Object.fromEntries(outputs.map((y, i) => [`y${i}`, y]))));
const [x, twice] = [given('tokens'), given('2*tokens', '4')];

it.each<readonly [string, Node, readonly (readonly [rest: string, says: string])[]]>([
  [
    'a slice from the start',
    slice(x, '0', '5'),
    [['tokens - 5', "slice: '5' is past the end of axis 0, 'tokens'"]],
  ],
  [
    'a slice to the end',
    slice(x, 'tokens-5', '5'),
    [['tokens - 5', "slice: 'tokens - 5' is no place in axis 0"]],
  ],
  [
    'a slice by fewer than the tokens',
    slice(x, '0', 'tokens-1'),
    [['tokens - 1', "'tokens - 1' is not a whole number of elements"]],
  ],
  [
    'a slice of half',
    slice(x, '0', 'tokens/2'),
    [
      ['tokens/2', "'tokens/2' is not a whole number of elements"],
      ['tokens/2', "slice: 'tokens/2' is past the end of axis 0, 'tokens'"],
    ],
  ],
  ['a slice of the half that is whole', slice(twice, '0', 'tokens'), []],
  ['a slice beside the tokens', slice(twice, '1', '2', 1), []],
  ['no slice', twice, []],
])('%s has the conditions that some number of tokens breaks', (_, y, expected) => {
  expect(rules(y).map(({ rest, says }) => [printDim(rest), says])).toEqual(expected);
});

it('a condition of several tensors is one', () => {
  const half = slice(x, '0', 'tokens/2');
  expect(rules(half, apply('scale', [half], { by: { num: 2n, den: 1n } }))).toEqual(rules(half));
  expect(rules(slice(x, '0', '5'), slice(x, '1', '4'))).toHaveLength(1);
});

it('a number of tokens that breaks a condition is refused by what fails', () => {
  const half = rules(slice(x, '0', 'tokens/2'));
  expect(() => checkTokens(half, 8)).not.toThrow();
  expect(() => checkTokens(half, 7)).toThrow("'tokens/2' is not a whole number of elements at tokens = 7");
  const first = rules(slice(x, '0', '5'));
  expect(() => checkTokens(first, 5)).not.toThrow();
  expect(() => checkTokens(first, 4)).toThrow(expect.objectContaining({ code: 'OFT2012' }));
});
