/** Programs of thousands of operations in a row: every pass gets through them, and results stay right. */
import { expect, it } from 'vitest';
import { derive } from '../../../compiler/derive.ts';
import { DEFAULT_CLASS } from '../../../compiler/devices/index.ts';
import { fromNumber, mulQ, type Rational, rational, toNumber } from '../../../compiler/dims/rational.ts';
import { solveDims } from '../../../compiler/ir/bind.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { printProgram } from '../../../compiler/ir/print.ts';
import { mergeOnce } from '../../../compiler/merge.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import { postOrder } from '../../../compiler/primitives/walk.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';
import { sizeAt } from '../../../kernels-gen/fuse/cost.ts';
import { explain } from '../../../src/explain/index.ts';
import {
  blockDiag,
  cayleyNeumann,
  frozen,
  input,
  layer,
  list,
  shuffle,
  sin,
  skew,
  type Tensor,
  trainable,
} from '../../../src/language/dsl/index.ts';
import { printLayer } from '../../../src/language/print-layer.ts';
import { planOf } from '../../../src/session/session.ts';
import { expectSame, inField } from '../../support/evaluate.ts';
import { variantsIn } from '../../support/plans.ts';
import { lowerOk } from '../frontend/harness.ts';

const SIZES = { n: 2 };
type Vectors = { readonly x: Tensor; readonly s: Tensor };

const repeated = (count: number, step: (y: Tensor, of: Vectors, i: number) => Tensor): Program =>
  layer({ x: input('tokens', 'n'), s: trainable('n') }, ({ x, s }) => {
    let y: Tensor = x.mul(s);
    for (let i = 0; i < count; i++) y = step(y, { x, s }, i);
    return y;
  }).trace();

/** The output y for two tokens, and the gradient of s for a cotangent of ones. All elements are x = 1/2 and s = 1. */
function values(program: Program): { y: number; s: number } {
  const { primitives } = compileProgram(program, { gradients: true, sizes: SIZES }).variants[0]!;
  const ones = tensor([2, 2], [1, 1, 1, 1]);
  const given = { x: tensor([2, 2], [0.5, 0.5, 0.5, 0.5]), s: tensor([2], [1, 1]), 'grad.y': ones };
  const out = interpret(primitives, float64, given, 2);
  return { y: out.y!.values[0]!, s: out['grad.s']!.values[0]! };
}

it('ten thousand statements in a row are read', () => {
  // For the type of x, TypeScript searches all the statements before it.
  const statements = Array.from(
    { length: 10_000 },
    (_, i) => `const a${i + 1} = a${i}.add(${i % 10 === 0 ? 'x' : 1});`,
  ).join('\n');
  const program = lowerOk(
    `import { input, layer } from 'oftc';
export const main = layer({ x: input('tokens', 'n') }, ({ x }) => {
const a0 = x;
${statements}
return a10000;
});`,
  );
  const out = interpret(
    compileProgram(program, { gradients: false, sizes: SIZES }).variants[0]!.primitives,
    float64,
    { x: tensor([1, 2], [1, 2]) },
    1,
  );
  expect([...out.y!.values]).toEqual([10_001, 11_002]);
});

it('a function of many variables is still refused where its tensors do not fit', () => {
  const statements = Array.from({ length: 200 }, (_, i) => `const a${i + 1} = a${i}.add(x);`).join('\n');
  expect(() =>
    lowerOk(
      `import { frozen, input, layer } from 'oftc';
export const main = layer({ x: input('tokens', 'n'), W: frozen('m', 'n') }, ({ x, W }) => {
const a0 = x;
${statements}
return a200.matmul(W);
});`,
    ),
  ).toThrow();
});

it('ten thousand sums in a row go through every pass', () => {
  const program = repeated(10_000, (y, { x }) => y.add(x));
  expect(values(program)).toEqual({ y: 5000.5, s: 1 });
  const forward = compileProgram(program, { gradients: false, sizes: SIZES });
  expect(forward.passes.flatMap((s) => s.fired).length).toBeLessThan(200);
  expect(printProgram(program)).toContain('output    y');
  expect(variantsIn(planOf(forward))[0]!.steps.length).toBeGreaterThan(0);
  expect(mergeOnce(program, { sizes: SIZES }).run.outputs).toHaveLength(1);
});

it('sums that several places read keep what they share', () => {
  const program = layer({ x: input('tokens', 'n'), s: trainable('n') }, ({ x, s }) => {
    let [a, b]: Tensor[] = [x.mul(s), x];
    for (let i = 0; i < 40; i++) [a, b] = [a!.add(b!), a!];
    return a!;
  }).trace();
  expect(values(program).y).toBe((165_580_141 + 102_334_155) / 2);
});

it.each([
  ['products by a parameter', 3000, (y: Tensor, { s }: Vectors) => y.mul(s), { y: 0.5, s: 3001 }],
  [
    'products, sums and functions',
    3000,
    (y: Tensor, { x, s }: Vectors, i: number) => (i % 3 === 0 ? y.mul(s) : i % 3 === 1 ? y.add(x) : sin(y)),
    undefined,
  ],
] as const)('%s in a row go through every pass', (_, count, step, expected) => {
  const program = repeated(count, step);
  const found = values(program);
  if (expected) expect(found).toEqual({ y: expected.y, s: 2 * 0.5 * expected.s });
  else expect([found.y, found.s].every(Number.isFinite)).toBe(true);
  const asWritten = compileProgram(program, { gradients: true, asWritten: true, sizes: SIZES });
  expect(asWritten.variants).toHaveLength(1);
  expect(printLayer(program).length).toBeGreaterThan(0);
});

it('what a chain of layers computes is explained, with formulas that fit a line', () => {
  const program = layer({ x: input('tokens', 'n'), W: frozen('n', 'n') }, ({ x, W }) => {
    let y: Tensor = x;
    for (let i = 0; i < 600; i++) y = y.matmul(W).add(x);
    return y;
  }).trace();
  const { kernels, formula, legend } = explain(program, { dims: SIZES });
  expect(kernels.length).toBeGreaterThan(600);
  for (const text of [...formula, ...legend.map((e) => e.formula)]) expect(text.length).toBeLessThan(120);
});

it('a long product of constants is one constant, to the last bit', () => {
  const power = (c: number, n: number): Rational => {
    let q = rational(1n);
    for (let i = 0; i < n; i++) q = mulQ(q, fromNumber(c));
    return q;
  };
  // Numerator and denominator are both too large for a float64.
  expect(toNumber(power(0.99, 1000))).toBeCloseTo(0.99 ** 1000, 15);
  expect(toNumber(power(-1.01, 1001)) / (-1.01) ** 1001).toBeCloseTo(1, 12);
  expect(toNumber(power(0.5, 1074))).toBe(5e-324);
  expect(toNumber(power(0.5, 1200))).toBe(0);
  expect(toNumber({ num: 3n ** 700n * 5n, den: 3n ** 701n })).toBe(5 / 3);
  expect(mulQ(power(0.75, 200), power(1.5, 100))).toEqual({ num: 3n ** 300n, den: 2n ** 500n });
  expect(values(repeated(1000, (y) => y.mul(0.99))).y).toBeCloseTo(0.5 * 0.99 ** 1000, 12);
});

it('a thousand products by constants take time in proportion to their number', () => {
  const used = (count: number) => {
    const start = process.cpuUsage();
    compileProgram(
      repeated(count, (y) => y.mul(1.01)),
      { gradients: true, sizes: SIZES },
    );
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  };
  used(10);
  // This once took a minute and a half, when every product was reduced by Euclid's algorithm.
  expect(used(1000)).toBeLessThan(15);
});

it('products of many factors are associated in nested parts', () => {
  const program = layer(
    { x: input('tokens', 'n'), W: frozen('n', 'n'), s: trainable('n') },
    ({ x, W, s }) => {
      let y: Tensor = x.mul(s);
      for (let i = 0; i < 500; i++) y = y.matmul(W);
      return y;
    },
  ).trace();
  const { primitives } = compileProgram(program, { gradients: true, sizes: SIZES }).variants[0]!;
  // Each product adds the two elements of a row and halves them, so it keeps rows of equal elements.
  const half = tensor([2, 2], [0.5, 0.5, 0.5, 0.5]);
  const ones = tensor([2, 2], [1, 1, 1, 1]);
  const given = { x: half, s: tensor([2], [1, 3]), W: half, 'grad.y': ones };
  const out = interpret(primitives, float64, given, 2);
  expect([...out.y!.values]).toEqual([1, 1, 1, 1]);
  expect([...out['grad.s']!.values]).toEqual([1, 1]);
});

it('a hundred rotations in a row are derived for few tokens, too', () => {
  const few = (count: number) => {
    const program = layer(
      { x: input('tokens', 'n'), v: list(count, trainable('r', 'tri(b)')) },
      ({ x, v }) => v.reduce((y: Tensor, q) => y.matmul(blockDiag(cayleyNeumann(skew(q)))), x),
      { where: { n: 'r*b' } },
    ).trace();
    return derive(program, { gradients: false }, 'few').passes.flatMap((p) => p.fired);
  };
  // If each round rewrote only one rotation, the rounds would run out after sixty-six.
  expect(few(100).length).toBeLessThanOrEqual(100 * few(1).length);
});

it('a weight times 36 shuffled rotations, a chain of more factors than are kept together, is never multiplied by one of them', () => {
  const operations = (count: number) => {
    const program = layer(
      { x: input('tokens', 'n'), W: frozen('n', 'n'), v: list(count, trainable('r', 'tri(b)')) },
      ({ x, W, v }) => {
        const P = shuffle(['r', 'b'], [1, 0]);
        const rotated = (V: Tensor, q: Tensor) =>
          P.matmul(blockDiag(cayleyNeumann(skew(q))))
            .matmul(P.T)
            .matmul(V);
        return x.matmul(v.reduceRight<Tensor>(rotated, W.T));
      },
      { where: { n: 'r*b' } },
    ).trace();
    const { variants } = compileProgram(program, {
      gradients: true,
      sizes: solveDims(program, { r: 64, b: 2 }),
    });
    const { primitives } = variants.at(-1)!;
    const sums = postOrder<Prim>(
      primitives.outputs.map((o) => o.prim),
      (p) => p.args,
    ).filter((p) => p.kind === 'contraction');
    return sums.reduce((n, p) => n + sizeAt([...p.shape, ...p.over.map((a) => a.extent)], 16), 0);
  };
  const [two, four, many] = [2, 4, 36].map(operations) as [number, number, number];
  expect(many - two).toBeLessThan(1.1 * 17 * (four - two));
});

it('24 rotations in a row, and the gradient of each, cost a few launches for each', () => {
  const program = layer(
    { x: input('tokens', 'n'), W: frozen('n', 'n'), v: list(24, trainable('r', 'tri(b)')) },
    ({ x, W, v }) => v.reduce((y: Tensor, q) => y.matmul(blockDiag(cayleyNeumann(skew(q)))), x).matmul(W.T),
    { where: { n: 'r*b' } },
  ).trace();
  // Each gradient is a product of more factors than are associated together.
  const sizes = solveDims(program, { r: 2, b: 2 });
  const [derived, written] = [false, true].map((asWritten) =>
    compileProgram(program, { gradients: true, asWritten, sizes }),
  );
  const steps = variantsIn(planOf(derived!, { devices: [DEFAULT_CLASS] }), DEFAULT_CLASS.name)[0]!.steps;
  expect(steps.length).toBeLessThan(24 * 8);
  const [expected, ...actual] = inField(
    [...written!.variants, ...derived!.variants].map((v) => v.primitives),
    1,
    3,
  );
  for (const values of actual)
    for (const [name, v] of Object.entries(expected!)) expectSame(values[name]!, v, name);
});
