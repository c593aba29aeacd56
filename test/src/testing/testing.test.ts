/** The functions of `oftc/testing`, used as in a user's tests. */
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { frozen, input, layer, list, trainable } from 'oftc';
import {
  CheckError,
  centralDifference,
  checkLayer,
  dimsFor,
  errorBounds,
  relativeError,
  tensorsFor,
} from 'oftc/testing';
import { describe, expect, it } from 'vitest';
import { oft } from '../../../src/adapters/oft.ts';
import { compile } from '../../../src/index.ts';
import { testDevice } from '../../support/device.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/oft.ts', import.meta.url));
const FAULTS = fileURLToPath(new URL('../check/faults/', import.meta.url));

describe('dimsFor and tensorsFor', () => {
  it('give what the layer takes: a property over any layer', async () => {
    const cases = dimsFor(EXAMPLE).chain((dims) =>
      fc.integer({ min: 0, max: 4 }).chain((tokens) =>
        tensorsFor(EXAMPLE, dims, tokens, { cotangents: true }).map((tensors) => ({
          dims,
          tokens,
          tensors,
        })),
      ),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ dims, tokens, tensors: { 'grad.y': g, ...tensors } }) => {
        const session = await compile(EXAMPLE, { dims, device: 'cpu' });
        const { y, 'grad.v': gv } = await (await session.gradients(tensors, { y: g! })).readAll();
        await session.dispose();
        expect(y!.shape).toEqual([tokens, dims.out]);
        expect(gv!.shape).toEqual(tensors.v!.shape);
      }),
      { numRuns: 15 },
    );
  });

  it('draw lists, other dtypes and other configurations', () => {
    const mixed = layer(
      (c: { n: number }) => ({
        x: input('tokens', 'in', { dtype: 'f16' }),
        index: input('tokens', { dtype: 'i32' }),
        v: list(c.n, trainable('in', 2)),
      }),
      ({ x }) => x,
      { config: { n: 1 } },
    );
    const [tensors] = fc.sample(tensorsFor(mixed, { in: 3 }, 2, { config: { n: 2 } }), 1);
    expect(Object.entries(tensors!).map(([n, t]) => [n, t.data.constructor.name, t.shape])).toEqual([
      ['x', 'Uint16Array', [2, 3]],
      ['index', 'Int32Array', [2]],
      ['v.0', 'Float32Array', [3, 2]],
      ['v.1', 'Float32Array', [3, 2]],
    ]);
  });

  it('shrink sizes towards 1, and elements to whole numbers near 0', () => {
    const sizes = fc.check(
      fc.property(dimsFor(oft, { max: 40 }), (d) => d.b! < 3),
      { seed: 1 },
    );
    expect(sizes.counterexample).toEqual([{ b: 3, out: 1, r: 1 }]);
    const tensors = tensorsFor(EXAMPLE, { r: 1, b: 2, out: 1 }, 1);
    const small = fc.check(
      fc.property(tensors, ({ W }) => Math.abs(W!.data[1]!) < 0.5),
      { seed: 1 },
    );
    const [{ x, W, v }] = small.counterexample!;
    expect([...x!.data, ...v!.data, W!.data[0]]).toEqual([0, 0, 0, 0]);
    expect(Math.abs(W!.data[1]!)).toBe(1);
  });

  it('give only sizes that fit', () => {
    const halves = layer({ x: input('tokens', 'in'), A: frozen('in/2', 'in') }, ({ x, A }) => x.matmul(A.T));
    for (const { in: n } of fc.sample(dimsFor(halves), 20)) expect(n! % 2).toBe(0);
    expect(() => dimsFor(halves, { max: 2 })).toThrow('at least 5');
    const eighths = layer({ x: input('tokens', 'in'), A: frozen('in/8', 'in') }, ({ x, A }) => x.matmul(A.T));
    for (const { in: n } of fc.sample(dimsFor(eighths), 20)) expect(n).toBe(8);
    const none = layer({ x: input('tokens', 'in'), A: frozen('in/128', 'in') }, ({ x, A }) => x.matmul(A.T));
    expect(() => dimsFor(none)).toThrow('no sizes up to 64 fit');
  });
});

describe('checkLayer', () => {
  it('resolves to the report of a layer that holds', async () => {
    const { passed, rules } = await checkLayer(EXAMPLE, { trials: 2 });
    expect(passed).toBe(true);
    expect(rules).toContain('polynomial-factor');
  });

  it('rejects with the counterexample', async () => {
    const file = `${FAULTS}merged-without-the-scale.ts`;
    const error = await checkLayer(file, { trials: 2 }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(CheckError);
    expect((error as Error).message).toMatch(
      /✗ forward ≡ merged.*\n.*\n.*counterexample: .*y − \(x·weightᵀ\) is not 0/,
    );
  });

  it('holds a layer against another', async () => {
    const against = layer(
      {
        x: input('tokens', 'in'),
        W: frozen('out', 'in'),
        A: trainable('rank', 'in'),
        B: trainable('out', 'rank'),
      },
      ({ x, W, A, B }) => x.matmul(W.add(B.matmul(A).mul(4)).T),
    );
    await checkLayer(`${FAULTS}reference.ts`, { layer: 'lora', against, trials: 2 });
    await expect(checkLayer(`${FAULTS}scale-forgotten.ts`, { against, trials: 2 })).rejects.toThrow(
      '✗ y ≡ that of',
    );
  });
});

describe('errors', () => {
  it('a device is within its bound, and a wrong result is not', async () => {
    const dims = { r: 2, b: 3, out: 4 };
    const [tensors] = fc.sample(tensorsFor(EXAMPLE, dims, 5, { cotangents: true }), { numRuns: 1, seed: 3 });
    const { 'grad.y': g, ...inputs } = tensors!;
    const expected = errorBounds(EXAMPLE, tensors!);
    const session = await compile(EXAMPLE, { dims, device: await testDevice() });
    const results = await (await session.gradients(inputs, { y: g! })).readAll();
    await session.dispose();
    expect(Object.keys(expected).sort()).toEqual(Object.keys(results).sort());
    for (const [name, result] of Object.entries(results)) expect(result).toBeWithinBound(expected[name]!);
    const wrong = Float32Array.from(results.y!.data, (v, i) => (i === 2 ? v + 1e-3 : v));
    expect(() => expect(wrong).toBeWithinBound(expected.y!)).toThrow(
      /element 2 is .*, and should be .* ± \d/,
    );
    expect(wrong).not.toBeWithinBound(expected.y!);
    expect(() => expect(results.y).not.toBeWithinBound(expected.y!)).toThrow(/every element is within/);
  });

  it('relativeError is the Frobenius norm of the difference over that of what is expected', () => {
    expect(relativeError([3, 4], [3, 4])).toBe(0);
    expect(relativeError([3, 4.5], [3, 4])).toBeCloseTo(0.1, 12);
    expect(relativeError([0], [0])).toBe(0);
    expect(relativeError([1], [0])).toBe(Number.POSITIVE_INFINITY);
    expect(relativeError([Number.NaN], [1])).toBeNaN();
    expect(() => relativeError([1], [1, 2])).toThrow('1 elements against 2');
  });

  it('centralDifference is a derivative along a direction', () => {
    const f = ([x, y]: ArrayLike<number> & Iterable<number>) => x! ** 2 * y!;
    expect(centralDifference(f, [3, 5], [1, 2])).toBeCloseTo(2 * 3 * 5 + 9 * 2, 6);
  });
});
