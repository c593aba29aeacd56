/** A layer that chooses the largest of computed numbers is checked; where rounding decides, nothing is said. */
import { expect, it } from 'vitest';
import { bindProgram } from '../../../compiler/ir/bind.ts';
import { lowerProgram } from '../../../compiler/ir/lower.ts';
import { bound, exact } from '../../../compiler/semantics/domains/bound.ts';
import { Unsure } from '../../../compiler/semantics/expressions.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';
import { mixture } from '../../../examples/mixture.ts';
import { checkDevice } from '../../../src/check/device.ts';
import { checkGradients } from '../../../src/check/gradients.ts';
import { concat, exp, input, layer, pick, topK, trainable } from '../../../src/language/dsl/index.ts';
import { testDevice } from '../../support/device.ts';

const SIZES = { b: 3, r: 2, s: 2, experts: 4 };

it('a router: its gradients are those of the experts that it chooses', () => {
  const finding = checkGradients(mixture.trace(), SIZES, 3, 5, 1);
  expect(finding).toMatchObject({ passed: true, trials: 5 });
  expect(finding.open).toBeUndefined();
});

it('a router: a device chooses as the reference does', async () => {
  const finding = await checkDevice(mixture.trace(), SIZES, true, [1, 7], await testDevice(), 1);
  expect(finding).toMatchObject({ passed: true, limit: 1, note: 'error as a share of the bound' });
  expect(finding.trials).toBeGreaterThanOrEqual(2);
});

const ranked = layer({ x: input('n') }, ({ x }) => topK(exp(x), 3)).trace();
const chosen = (x: readonly number[]) => {
  const program = lowerProgram(bindProgram(ranked, { n: x.length }), { structured: false });
  const at = { x: exact([x.length], Float64Array.from(x)) };
  return [...interpret(program, bound(), at, 0).y!.values];
};

it('the order of thousands of computed numbers is known where they lie apart', () => {
  const x = Array.from({ length: 3000 }, (_, i) => ((i * 1237) % 3000) / 500);
  const byValue = x.map((v, i) => [v, i] as const).toSorted(([a], [b]) => b - a);
  expect(chosen(x)).toEqual(byValue.slice(0, 3).map(([, i]) => i));
});

it('it is not known where two lie within rounding', () => {
  expect(() => chosen([0.5, 1, 1 + 2 ** -40, 0])).toThrow(Unsure);
});

/** The largest of pairs of equal numbers, whose order rounding decides at every input. */
const tie = layer({ x: input('tokens', 'n'), s: trainable('n') }, ({ x, s }) => {
  const e = exp(x.mul(s));
  const two = concat([e, e], 1);
  return pick(two.reshape('tokens', 1, '2*n'), topK(two, 1));
}).trace();

it('a choice that rounding decides for every draw is neither right nor wrong', async () => {
  expect(checkGradients(tie, { n: 3 }, 3, 2, 1)).toMatchObject({
    ...{ passed: true, open: true, trials: 0 },
    note: expect.stringMatching(/^none of 22 draws decides/),
  });
  const finding = await checkDevice(tie, { n: 3 }, false, [2, 5], await testDevice(), 1);
  expect(finding).toMatchObject({
    ...{ passed: true, open: true, trials: 0 },
    note: 'at tokens=2|5 rounding decides which indices are chosen, in each of 20 draws',
  });
});
