/** The probability with which a wrong identity would pass over the prime field. */
import { describe, expect, it, test } from 'vitest';
import { bindProgram } from '../../../compiler/ir/bind.ts';
import { lowerProgram } from '../../../compiler/ir/lower.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { field, P } from '../../../compiler/semantics/domains/field.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';
import { compilerOf } from '../../../src/check/compiled.ts';
import { overField } from '../../../src/check/equivalence.ts';
import { renderFinding } from '../../../src/check/report.ts';
import { escapeOf } from '../../../src/identity/escape.ts';
import { fieldValues } from '../../../src/identity/values.ts';
import {
  cayley,
  cayleyNeumann,
  exp,
  expm,
  inverse,
  layer,
  max,
  polynomial,
  skew,
  type Tensor,
  trainable,
} from '../../../src/index.ts';
import { random } from '../../../src/start/random.ts';

const of = (body: (A: Tensor<['n', 'n']>, B: Tensor<['n', 'n']>) => Tensor, n = 3): Program =>
  bindProgram(layer({ A: trainable('n', 'n'), B: trainable('n', 'n') }, ({ A, B }) => body(A, B)).trace(), {
    n,
  });
const lowered = (program: Program) => lowerProgram(program, { structured: false });
const bounded = (program: Program) => escapeOf(program, [lowered(program), lowered(program)], 1);

/** The degree of an output along a random line: the order of the first difference that is 0, less one. */
function measured(program: Program): number {
  const primitives = lowered(program);
  const [domain, next] = [field(1), random(7)];
  const [from, along] = [fieldValues(program, 1, next), fieldValues(program, 1, next)];
  const at = (t: number) => {
    const inputs = Object.entries(from).map(([name, { shape, values }]) => {
      const moved = values.map((v, i) => domain.add(v, domain.mul(t, along[name]!.values[i]!)));
      return [name, tensor(shape, moved)];
    });
    return interpret(primitives, domain, Object.fromEntries(inputs), 1).y!.values[1]!;
  };
  let row = Array.from({ length: 620 }, (_, t) => at(t));
  for (let order = 0; ; order++) {
    if (row.every((v) => v === 0)) return order - 1;
    row = row.slice(1).map((v, i) => domain.sub(v, row[i]!));
  }
}

describe('the degree', () => {
  it.each<[string, Program, number]>([
    ['A·B', of((A, B) => A.matmul(B)), 2],
    ['A·A + B', of((A, B) => A.matmul(A).add(B)), 2],
    ['a Neumann series', of((A) => cayleyNeumann(A.sub(A.T), { terms: 5 })), 4],
    ['p(A·B)·A', of((A, B) => polynomial(A.matmul(B), [1, 2, 3]).matmul(A)), 5],
    ['an exponential', of((A) => expm(A), 2), 9 * 64],
  ])('of %s is that along a line', (_, program, degree) => {
    expect(measured(program)).toBe(degree);
    expect(bounded(program)).toEqual({ degree, log10: Math.log10(degree / P) });
  });

  it('of a quotient counts numerator and denominator', () => {
    // A/B has the degrees 1 over 1, which are added up.
    expect(bounded(of((A, B) => A.div(B)))).toMatchObject({ degree: 2 });
    // A⁻¹ = adj(A)/det(A) has the degrees 2 and 3. All sums with it have one denominator.
    expect(bounded(of((A) => inverse(A)))).toMatchObject({ degree: 5 });
    expect(bounded(of((A, B) => B.matmul(inverse(A)).add(B)))).toMatchObject({ degree: 7 });
    expect(bounded(of((A) => inverse(A), 5))).toMatchObject({ degree: 9 });
  });

  it('is unknown where functions or comparisons occur, which are named', () => {
    expect(bounded(of((A) => exp(A)))).toEqual({ unbounded: 'exp is an unknown function there' });
    expect(bounded(of((A, B) => max(A, B)))).toEqual({
      unbounded: 'max compares by an order that is drawn',
    });
  });
});

test('a report gives the probability at the sizes where it is largest, to the power of the trials', () => {
  const program = layer({ A: trainable('n', 'n'), v: trainable('tri(n)') }, ({ A, v }) =>
    A.matmul(cayley(skew(v))),
  ).trace();
  const cases = [2, 3].map((n) => ({ sizes: { n }, tokens: [1], trials: 4 }));
  const finding = overField({
    compile: compilerOf(program),
    gradients: false,
    cases,
    seed: 1,
    doing: () => {},
  });
  const { worst, unbounded } = finding.escape!;
  expect(unbounded).toEqual([]);
  expect(worst).toMatchObject({ at: 'n=3, tokens=1', trials: 4 });
  expect(worst!.log10 / 4).toBeCloseTo(Math.log10(worst!.degree / P), 4);
  expect(renderFinding(finding)).toMatch(
    new RegExp(
      `with probability ≤ 10\\^-\\d+\\.\\d at n=3, tokens=1: \\(degree ${worst!.degree} / p = ${P}\\)\\^4`,
    ),
  );
});

test('functions are only sampled, and the report says so', () => {
  const program = layer({ A: trainable('n', 'n') }, ({ A }) => A.matmul(exp(A))).trace();
  const cases = [{ sizes: { n: 2 }, tokens: [1], trials: 2 }];
  expect(
    renderFinding(
      overField({ compile: compilerOf(program), gradients: false, cases, seed: 1, doing: () => {} }),
    ),
  ).toMatch(/only sampled, without a probability: exp is an unknown function there/);
});
