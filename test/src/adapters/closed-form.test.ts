/** Methods compared with each other: double GSOFT equals GSOFT applied twice, and qGOFT of rotations equals GOFT. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Program } from '../../../compiler/ir/node.ts';
import { goft, qgoft } from '../../../src/adapters/goft.ts';
import { doubleGsoft, gsoft } from '../../../src/adapters/gsoft.ts';
import { compile, type HostTensor } from '../../../src/index.ts';
import { random } from '../../../src/start/random.ts';
import { relativeError } from '../../support/golden.ts';

const RUNS = { numRuns: 12 };
/** The tolerance: both sides compute in float64, in another order. */
const ROUNDING = 1e-12;

function tensors(
  seed: number,
  shapes: Readonly<Record<string, readonly number[]>>,
): Record<string, HostTensor> {
  const next = random(seed);
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const length = shape.reduce((p, n) => p * n, 1);
      return [name, { data: Float64Array.from({ length }, () => next() - 0.5), shape }];
    }),
  );
}

async function outputOf(program: Program, given: Readonly<Record<string, HostTensor>>): Promise<HostTensor> {
  const shapes = Object.fromEntries(Object.entries(given).map(([n, t]) => [n, t.shape]));
  const session = await compile(program, { shapes, device: 'cpu' });
  const { y } = await (await session.run(given)).readAll();
  await session.dispose();
  return y!;
}

const identity = (n: number): HostTensor => ({
  data: Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)),
  shape: [n, n],
});

const size = fc.integer({ min: 1, max: 4 });
const seed = fc.integer({ min: 0, max: 2 ** 31 });

describe.each(['cayley', 'exp'] as const)('double GSOFT by %s', (method) => {
  it('is GSOFT on W, then GSOFT on the identity', () =>
    fc.assert(
      fc.asyncProperty(size, size, size, size, seed, async (k, b, l, a, seed) => {
        const [inputs, outputs] = [k * b, l * a];
        const t = tensors(seed, {
          x: [3, inputs],
          W: [outputs, inputs],
          R: [k, b, b],
          L: [k, b, b],
          s: [outputs],
          Rout: [l, a, a],
          Lout: [l, a, a],
          sOut: [outputs],
          bias: [outputs],
        }) as Record<'x' | 'W' | 'R' | 'L' | 's' | 'Rout' | 'Lout' | 'sOut' | 'bias', HostTensor>;
        const { x, W, R, L, s, Rout, Lout, sOut, bias } = t;
        const once = await outputOf(gsoft.trace({ method }), { x, W, R, L, s });
        const twice = { x: once, W: identity(outputs), R: Rout, L: Lout, s: sOut, bias };
        const expected = await outputOf(gsoft.trace({ method, bias: true }), twice);
        const y = await outputOf(doubleGsoft.trace({ method, bias: true }), t);
        expect(relativeError(y.data, expected.data)).toBeLessThan(ROUNDING);
      }),
      RUNS,
    ));
});

it('qGOFT with rotations for blocks is GOFT', () =>
  fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 5 }), seed, async (levels, seed) => {
      const d = 2 ** levels;
      const { x, W, theta } = tensors(seed, { x: [3, d], W: [5, d], theta: [d - 1] }) as Record<
        'x' | 'W' | 'theta',
        HostTensor
      >;
      const planes = Array.from(theta.data, (t) => [Math.cos(t), -Math.sin(t), Math.sin(t), Math.cos(t)]);
      const blocks = { data: Float64Array.from(planes.flat()), shape: [d - 1, 2, 2] };
      const y = await outputOf(qgoft.trace({ levels }), { x, W, blocks });
      const expected = await outputOf(goft.trace({ levels }), { x, W, theta });
      expect(relativeError(y.data, expected.data)).toBeLessThan(ROUNDING);
    }),
    RUNS,
  ));
