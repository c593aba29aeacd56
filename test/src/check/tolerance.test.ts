/** Float64 tolerances follow the conditioning of the values: right layers pass at any, and wrong ones are found. */
import { describe, expect, it, test } from 'vitest';
import { bindProgram } from '../../../compiler/ir/bind.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { type Compiler, compilerOf } from '../../../src/check/compiled.ts';
import { inFloat64 } from '../../../src/check/equivalence.ts';
import { evaluator } from '../../../src/check/evaluate.ts';
import { checkGradients } from '../../../src/check/gradients.ts';
import { renderFinding } from '../../../src/check/report.ts';
import { agreements, Judge, REDRAWN } from '../../../src/check/tolerance.ts';
import {
  concat,
  frozen,
  identity,
  input,
  inverse,
  layer,
  reflectSpan,
  solve,
  type Tensor,
  trainable,
} from '../../../src/index.ts';

const reflected = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), u: trainable('in', 'r') },
  ({ x, W, u }) => x.matmul(reflectSpan(u).matmul(W.T)),
).trace();

test('a reflection whose span is nearly singular passes, and the report says so', () => {
  const cases = [{ sizes: { in: 2, out: 3, r: 2 }, tokens: [4], trials: 100 }];
  const finding = inFloat64({
    compile: compilerOf(reflected),
    gradients: true,
    cases,
    seed: 3,
    doing: () => {},
  });
  expect(finding).toMatchObject({ passed: true, scaled: { at: 'in=2, out=3, r=2, tokens=4, grad.u' } });
  const { trials, times, limit, setAside } = finding.scaled!;
  expect(trials).toBeGreaterThan(0);
  expect(times).toBeCloseTo(limit / 1e-9, 6);
  expect(renderFinding(finding)).toMatch(
    new RegExp(
      `tolerance scaled for ill-conditioned values in ${trials} comparisons, at most .* times, to \\S+ at in=2, .*grad.u`,
    ),
  );
  expect(renderFinding(finding).includes('draws decide nothing')).toBe(setAside > 0);
});

type Reflection = (u: Tensor) => Tensor;
const gram = (u: Tensor) => u.T.matmul(u);
const less = (a: Tensor) => identity('n').sub(a);
/** The same function as reflectSpan, computed in another order. */
const right: Reflection = (u) =>
  less(
    u
      .matmul(inverse(gram(u)))
      .matmul(u.T)
      .mul(2),
  );

describe('at a span of two vectors that are nearly parallel', () => {
  const program = (R: Reflection): Program =>
    bindProgram(layer({ u: trainable('n', 2) }, ({ u }) => R(u)).trace(), { n: 3 });
  const judged = (R: Reflection, apart: number) => {
    const [expected, actual] = [reflectSpan, R].map((f) => {
      const p = program(f as Reflection);
      return evaluator(p, p.outputs);
    });
    const values = { u: tensor([3, 2], [1, 1, 0.5, 0.5 + apart, -0.25, -0.25]) };
    const judge = new Judge(1e-9);
    const sides = { expected: expected!, actual: actual!, values, tokens: 1 };
    const [found] = agreements(() => judge, sides, 'here')!;
    return { ...found!, ...judge.finding() };
  };
  it('the same reflection in another order passes by a scaled tolerance', () => {
    expect(judged(right, 0.1)).toMatchObject({ verdict: 'passed' });
    expect(judged(right, 0.1).scaled).toBeUndefined();
    const near = judged(right, 1e-4);
    expect(near).toMatchObject({ verdict: 'passed', scaled: { at: 'here, y', trials: 1 } });
    expect(near.error).toBeGreaterThan(1e-9);
  });

  it.each<[string, Reflection]>([
    ['scaled by 1.001', (u) => right(u).mul(1.001)],
    ['with a factor of 1.99', (u) => less(u.matmul(solve(gram(u), u.T)).mul(1.99))],
    ['negated', (u) => right(u).neg()],
    ['that is a projection', (u) => less(u.matmul(solve(gram(u), u.T)))],
    ['without the inverse', (u) => less(u.matmul(u.T).mul(2))],
    ['of half the Gram matrix', (u) => less(u.matmul(solve(gram(u).mul(0.5), u.T)).mul(2))],
  ])('a reflection %s fails', (_, wrong) => {
    for (const apart of [0.1, 1e-3, 1e-4]) expect(judged(wrong, apart).verdict).toBe('failed');
  });

  it('nothing is decided where the vectors are parallel to rounding', () => {
    expect(judged(right, 1e-7)).toMatchObject({ verdict: 'undecided', scaled: { trials: 0, setAside: 1 } });
  });
});

describe('gradients by central differences, with a span that is nearly singular in some draws', () => {
  const narrow = { in: 3, out: 3, r: 2 };

  it('pass, with the tolerance scaled in some', () => {
    const findings = Array.from({ length: 14 }, (_, n) =>
      checkGradients(reflected, { in: 3, out: 3, r: 3 }, 3, 20, 24 + n),
    );
    for (const f of findings) expect(f.passed, f.counterexample).toBe(true);
    expect(findings.some((f) => f.scaled && f.scaled.trials > 0)).toBe(true);
  });

  it.each<[string, Reflection]>([
    ['of a reflection that is scaled', (u) => reflectSpan(u as Tensor<['in', 'r']>).mul(1.001)],
    ['of a factor of 1.99', (u) => identity('in').sub(u.matmul(solve(gram(u), u.T)).mul(1.99))],
  ])('%s fail', (_, wrong) => {
    const mutant = layer(
      { x: input('tokens', 'in'), W: frozen('out', 'in'), u: trainable('in', 'r') },
      ({ x, W, u }) => x.matmul(wrong(u).matmul(W.T)),
    ).trace();
    for (let seed = 0; seed < 20; seed++)
      expect(checkGradients(reflected, narrow, 3, 5, seed, compilerOf(mutant)).passed).toBe(false);
  });
});

describe('a judge', () => {
  const judge = new Judge(1e-9);
  it.each([
    [1e-10, 0, 'passed'],
    [1e-8, 1e-9, 'failed'],
    [1e-8, 1e-7, 'passed'],
    [1e-2, 1e-7, 'failed'],
    [1e-2, 1e-1, 'undecided'],
    [1, 1e-1, 'failed'],
    [Number.NaN, 1e-7, 'failed'],
    [Number.NaN, 1, 'failed'],
    [Number.NaN, Number.POSITIVE_INFINITY, 'undecided'],
  ] as const)('finds an error of %d with rounding up to %d %s', (error, rounding, verdict) => {
    expect(judge.verdict(error, 'somewhere', () => rounding)).toBe(verdict);
  });
});

test('a layer that is undecided at every draw is not reported to hold', () => {
  // The second vector is the first one to rounding, so the inverse of their Gram matrix is rounding alone.
  const singular = (R: Reflection) =>
    compilerOf(
      layer({ x: input('tokens', 'n'), u: trainable('n', 1), v: trainable('n', 1) }, ({ x, u, v }) =>
        x.matmul(R(concat([u, u.add(v.mul(1e-12))], 1))),
      ).trace(),
    );
  const [one, other] = [singular(reflectSpan as Reflection), singular(right)];
  const compile: Compiler = (options) => (options.asWritten ? one : other)(options);
  const finding = inFloat64({
    compile,
    gradients: false,
    cases: [{ sizes: { n: 3 }, tokens: [2], trials: 3 }],
    seed: 1,
    doing: () => {},
  });
  expect(finding).toMatchObject({ passed: true, trials: 0, scaled: { trials: 0 } });
  expect(finding.scaled!.setAside).toBeGreaterThanOrEqual(REDRAWN);
  expect(finding.where).toMatch(/not at .*where rounding may exceed every difference/);
});
