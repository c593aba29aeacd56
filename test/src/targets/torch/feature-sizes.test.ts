/** Sizes of an adapter that its configuration gives, and those that follow from a layer's features. */
import { expect, it } from 'vitest';
import { frozen, input, layer, trainable } from '../../../../src/language/dsl/index.ts';
import { adaptationOf } from '../../../../src/targets/torch/peft/adaptation.ts';
import { featureSizes, quotientsIn } from '../../../../src/targets/torch/peft/feature-sizes.ts';
import { programOf } from '../../../support/evaluate.ts';
import { float } from './functions.ts';

/** A scale for each feature, in groups of a·b. */
const grouped = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('g', 'a', 'b', { init: 'ones' }) },
  ({ x, W, v }) => x.mul(v.reshape('in')).matmul(W.T),
  { where: { in: 'g*a*b' } },
).trace();
const sizes = (given: Readonly<Record<string, number>>) =>
  featureSizes(grouped, adaptationOf(grouped), given);

it('sizes that do not follow from features are fields', () => {
  const { fields, texts } = sizes({ a: 2, b: 4, in: 16, out: 3 });
  expect(fields).toEqual({ a: 2, b: 4 });
  expect([...texts]).toEqual([
    ['a', 'config.a'],
    ['b', 'config.b'],
    ['g', 'in_features // (a * b)'],
    ['out', 'out_features'],
  ]);
  expect(() => sizes({ a: 2 })).toThrow('give b=…');
});

it('parentheses are chosen for 4096 features, or for the next number that the fields divide', () => {
  expect(sizes({ a: 2, b: 4 }).typical).toMatchObject({ g: 512, out: 4096 });
  expect(sizes({ a: 2, b: 4, in: 16 }).typical).toMatchObject({ g: 2, out: 4096 });
  expect(sizes({ a: 11, b: 3 }).typical).toMatchObject({ g: 125, out: 4125 });
});

it('quotients that are not whole at all sizes have a dividend and a divisor', () => {
  const program = (...dims: readonly string[]) => programOf({ y: float('x', ...dims) });
  expect([...quotientsIn([program('n/b', 'tri(b)'), program('r/2 + r/2', 'c/2')])]).toEqual([
    ['n/b', ['n', 'b']],
    ['c/2', ['c', '2']],
  ]);
});
