/** Regression tests of solves: each matrix has an inverse, and elimination in the rows' own order fails on it. */
import { expect, it } from 'vitest';
import { compileProgram } from '../../compiler/pipeline.ts';
import type { Prim } from '../../compiler/primitives/prim.ts';
import { postOrder } from '../../compiler/primitives/walk.ts';
import {
  cayley,
  compile,
  frozen,
  householder,
  identity,
  input,
  inverse,
  layer,
  reflectSpan,
  skew,
  type Tensor,
  trainable,
} from '../../src/index.ts';
import { testDevice } from '../support/device.ts';

const inverted = layer({ x: input('tokens', 'n'), A: trainable('n', 'n') }, ({ x, A }) =>
  x.matmul(inverse(A)),
);
const EYE = Float32Array.of(1, 0, 0, 1);

it.each([
  ['whose first element is 0', [0, 1, 1, 0], [0, 1, 1, 0]],
  ['whose first element is small', [1e-8, 1, 1, 1], [-1, 1, 1, 0]],
  ['whose rows have norms from 1e-6 to 1e6', [1e-6, 1e-6, 1e6, -1e6], [5e5, 5e-7, 5e5, -5e-7]],
])('a device inverts a matrix %s, and gives its gradient', async (_, A, expected) => {
  const session = await compile(inverted, { dims: { n: 2 }, device: await testDevice() });
  session.bind({ A: Float32Array.from(A) });
  const { y } = await (await session.run({ x: EYE })).readAll();
  for (const [i, e] of expected.entries()) expect(y!.data[i]! / (e || 1)).toBeCloseTo(e === 0 ? 0 : 1, 5);
  // gA = −A⁻ᵀ·g·A⁻ᵀ
  const { 'grad.A': gradient } = await (await session.gradients({ x: EYE }, { y: EYE })).readAll();
  const t = [expected[0]!, expected[2]!, expected[1]!, expected[3]!];
  const squared = [0, 1, 2, 3].map((e) => {
    const [i, j] = [Math.floor(e / 2), e % 2];
    return -(t[2 * i]! * t[j]! + t[2 * i + 1]! * t[2 + j]!);
  });
  const largest = Math.max(...squared.map(Math.abs));
  for (const [e, g] of squared.entries()) expect((gradient!.data[e]! - g) / largest).toBeCloseTo(0, 5);
  await session.dispose();
});

it('a device solves ε·I + Q, whose first element is ε', async () => {
  const small = layer({ x: input('tokens', 'n'), v: trainable('tri(n)') }, ({ x, v }) =>
    x.matmul(inverse(identity('n').mul(1e-8).add(skew(v)))),
  );
  const n = 4;
  const session = await compile(small, { dims: { n }, device: await testDevice() });
  const v = [0.7, -0.4, 0.9, 0.3, 0.6, -0.8];
  session.bind({ v: Float32Array.from(v) });
  const eye = Float32Array.from({ length: n * n }, (_, e) => Number(e % (n + 1) === 0));
  const { y } = await (await session.run({ x: eye })).readAll();
  const A = new Float64Array(n * n);
  for (let i = 0, k = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) {
      A[i * n + j] = v[k]!;
      A[j * n + i] = -v[k++]!;
    }
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += y!.data[i * n + k]! * A[k * n + j]!;
      expect(sum).toBeCloseTo(Number(i === j), 4);
    }
  await session.dispose();
});

it('the Cayley transform of a product of thin matrices is solved where V·U has the eigenvalue 1 in a corner', async () => {
  // Q = u·wᵀ − w·uᵀ with uᵀw = 1: I − V·U has a leading element of 0, though I − Q always has an inverse.
  const low = layer({ x: input('tokens', 'n'), U: frozen('n', 2), V: frozen(2, 'n') }, ({ x, U, V }) =>
    x.matmul(cayley(U.matmul(V))),
  );
  const n = 8;
  const session = await compile(low, { dims: { n }, device: await testDevice() });
  const [u, w] = [new Float32Array(n), new Float32Array(n)];
  u[0] = 1;
  w[0] = 1;
  w[1] = 0.5;
  const U = Float32Array.from({ length: 2 * n }, (_, e) => (e % 2 === 0 ? u[e >> 1]! : w[e >> 1]!));
  session.bind({ U, V: Float32Array.of(...w, ...u.map((x) => -x)) });
  const x = Float32Array.from({ length: n }, (_, i) => Number(i === 0));
  const { y } = await (await session.run({ x })).readAll();
  // A rotation of the plane of the first two axes by 2·arctan(½).
  const expected = [0.6, 0.8, 0, 0, 0, 0, 0, 0];
  for (const [i, e] of expected.entries()) expect(Math.abs(y!.data[i]! - e)).toBeLessThan(1e-5);
  await session.dispose();
});

it.each<readonly [string, (v: Tensor, A: Tensor) => Tensor, readonly boolean[]]>([
  ['I − Q', (v) => cayley(skew(v)), [false]],
  ['I + Q, and its transpose', (v) => inverse(identity('n').add(skew(v)).T), [false]],
  ['I + AᵀA', (_, A) => inverse(identity('n').add(A.T.matmul(A))), [false]],
  ['AᵀA', (_, A) => reflectSpan(A), [false]],
  ['the triangle of AᵀA', (_, A) => householder(A), [false]],
  ['A', (_, A) => inverse(A), [true]],
  ['I − A', (_, A) => cayley(A), [true]],
  ['−I + Q', (v) => inverse(skew(v).sub(identity('n'))), [true]],
  ['ε·I + Q', (v) => inverse(identity('n').mul(1e-8).add(skew(v))), [true]],
  ['ε·I + AᵀA', (_, A) => inverse(identity('n').mul(1e-8).add(A.T.matmul(A))), [false]],
  ['ε·I + AᵀA + Q', (v, A) => inverse(identity('n').mul(1e-8).add(A.T.matmul(A)).add(skew(v))), [true]],
])('elimination keeps the order of rows only where it is safe: %s', (_, of, expected) => {
  const program = layer(
    { x: input('tokens', 'n'), v: trainable('tri(n)'), A: trainable('n', 'n') },
    ({ x, v, A }: Record<string, Tensor>) => x!.matmul(of(v!, A!)),
  ).trace();
  const { variants } = compileProgram(program, { sizes: { n: 4 }, gradients: false });
  const roots = variants.flatMap((v) => v.primitives.outputs.map((o) => o.prim));
  const found = postOrder(roots, (p: Prim) => p.args).flatMap((p) => (p.kind === 'solve' ? [p.pivots] : []));
  expect(found).toEqual(expected);
});
