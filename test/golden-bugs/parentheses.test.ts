/** Regression tests of layers that took more modelled time as a sum of weights than with the sum written out. */
import { expect, it } from 'vitest';
import { gpu } from '../../compiler/devices/index.ts';
import type { Binding } from '../../compiler/dims/dims.ts';
import { solveDims } from '../../compiler/ir/bind.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { planCost } from '../../kernels-gen/index.ts';
import {
  blockDiag,
  cos,
  diag,
  expand,
  frozen,
  identity,
  input,
  kronecker,
  layer,
  phases,
  scalar,
  shuffle,
  sin,
  size,
  sum,
  type Tensor,
  trainable,
} from '../../src/language/dsl/index.ts';
import { compileOn, planOf } from '../../src/session/plan.ts';

const BASE = { x: input('tokens', 'in'), W: frozen('out', 'in') };
type Rows = Tensor<['tokens', 'in']>;
/** x·(W + D)ᵀ, and x·Wᵀ + x·Dᵀ. */
const whole = (x: Rows, W: Tensor<['out', 'in']>, D: Tensor) => x.matmul(W.add(D).T);
const split = (x: Rows, W: Tensor<['out', 'in']>, D: Tensor) => x.matmul(W.T).add(x.matmul(D.T));

const VERA = {
  ...BASE,
  A: frozen('r', 'in'),
  B: frozen('out', 'r'),
  d: trainable('r'),
  b: trainable('out'),
};
const vera = [
  layer(VERA, ({ x, W, A, B, d, b }) => whole(x, W, diag(b).matmul(B).matmul(diag(d)).matmul(A))).trace(),
  layer(VERA, ({ x, W, A, B, d, b }) => x.matmul(W.T).add(x.matmul(A.T).mul(d).matmul(B.T).mul(b))).trace(),
];

const KRON = { ...BASE, A: trainable('a', 'c'), B: trainable('b', 'd') };
const where = { in: 'c*d', out: 'a*b' };
const kron = [
  layer(KRON, ({ x, W, A, B }) => whole(x, W, kronecker(A, B)), { where }).trace(),
  layer(KRON, ({ x, W, A, B }) => split(x, W, kronecker(A, B)), { where }).trace(),
];

const MISS = { ...BASE, D: trainable('r', 'out') };
const shards = layer(
  MISS,
  ({ x, W, D }) =>
    x.matmul(W.T).add(
      sum(x.reshape('tokens', 'g', 'r'), 1)
        .reshape('tokens', 'r')
        .matmul(D),
    ),
  { where: { in: 'g*r' } },
).trace();
const kroneckerOfOnes = layer(MISS, ({ x, W, D }) => whole(x, W, kronecker(expand(scalar(1), 1, 'g'), D.T)), {
  where: { in: 'g*r' },
}).trace();
const repeated = layer(MISS, ({ x, W, D }) =>
  whole(x, W, expand(D.T.reshape('out', 1, 'r'), 'out', 'in/r', 'r').reshape('out', 'in')),
).trace();

/** ΔW of C3A, with each circulant block as a product of Fourier transforms. */
function circulants(w: Tensor<['m', 'n', 'b']>): Tensor {
  const C = cos(phases('b').mul(2 * Math.PI));
  const S = sin(phases('b').mul(2 * Math.PI));
  const mix = (v: Tensor<['m', 'n', 'b']>) =>
    shuffle(['n', 'b'], [1, 0])
      .matmul(blockDiag(v.permute(2, 1, 0)))
      .matmul(shuffle(['b', 'm'], [1, 0]));
  const [re, im] = [mix(w.div(size('b')).matmul(C)), mix(w.div(size('b')).matmul(S).neg())];
  const [Fr, Fi] = [kronecker(identity('n'), C), kronecker(identity('n'), S).neg()];
  const [yr, yi] = [Fr.matmul(re).sub(Fi.matmul(im)), Fr.matmul(im).add(Fi.matmul(re))];
  return yr.matmul(kronecker(identity('m'), C)).sub(yi.matmul(kronecker(identity('m'), S))).T;
}
const C3A = { ...BASE, w: trainable('m', 'n', 'b') };
const blocks = { where: { in: 'n*b', out: 'm*b' } };
const c3a = [
  layer(C3A, ({ x, W, w }) => whole(x, W, circulants(w)), blocks).trace(),
  layer(C3A, ({ x, W, w }) => split(x, W, circulants(w)), blocks).trace(),
];

const layerOf = (own: Binding): Binding => ({ in: 1024, out: 1024, ...own });

it.each<{ name: string; forms: readonly Program[]; dims: Binding; tokens: readonly number[] }>([
  { name: 'VeRA', forms: vera, dims: layerOf({ r: 64 }), tokens: [512, 1000] },
  { name: 'a Kronecker product', forms: kron, dims: { a: 32, b: 32, c: 32, d: 32 }, tokens: [512, 1000] },
  {
    name: 'MiSS with a Kronecker product',
    forms: [kroneckerOfOnes, shards],
    dims: layerOf({ r: 32 }),
    tokens: [512],
  },
  { name: 'MiSS as a repeated matrix', forms: [repeated, shards], dims: layerOf({ r: 32 }), tokens: [512] },
  { name: 'C3A', forms: c3a, dims: layerOf({ b: 64 }), tokens: [512] },
])(
  '$name takes no more time as a sum of weights than with the sum written out',
  ({ forms, dims, tokens }) => {
    const [summed, opened] = forms.map((program) =>
      planOf(compileOn(gpu, program, { gradients: true, sizes: solveDims(program, dims) }), {
        devices: [gpu],
      }),
    );
    const { flops, bandwidth, launch } = gpu.chosenBy;
    for (const t of tokens) {
      const [own, other] = [summed!, opened!]
        .map((plan) => planCost(plan, t))
        .map((c) => c.flops / flops + c.bytes / bandwidth + c.launches * launch);
      expect(own, `at ${t} tokens`).toBeLessThanOrEqual(1.001 * other!);
    }
  },
);
