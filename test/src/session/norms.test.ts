/** `expm(Q, { maxNorm })`: its squarings, its accuracy up to the stated norm, and the message beyond it. */
import { describe, expect, it, test } from 'vitest';
import { fromNumber } from '../../../compiler/dims/rational.ts';
import { bindProgram } from '../../../compiler/ir/bind.ts';
import { lowerProgram } from '../../../compiler/ir/lower.ts';
import { squaringsOf } from '../../../compiler/ops/polynomial.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';
import { blockDiag, compile, expm, frozen, input, layer, skew, trainable } from '../../../src/index.ts';
import { printLayer } from '../../../src/language/print-layer.ts';
import { normAbove } from '../../../src/session/norms.ts';
import { random } from '../../../src/start/random.ts';
import { lowerOk } from '../../compiler/frontend/harness.ts';

const BITS = 300n;
const ONE = 1n << BITS;

/** exp(A) in fixed point of 300 bits: 60 squarings of a Taylor polynomial of degree 30. */
function reference(a: Float64Array, n: number): number[] {
  const at = [...Array(n).keys()];
  const product = (x: bigint[], y: bigint[]) =>
    at.flatMap((i) => at.map((j) => at.reduce((s, k) => s + x[i * n + k]! * y[k * n + j]!, 0n) >> BITS));
  const eye = at.flatMap((i) => at.map((j) => (i === j ? ONE : 0n)));
  // A float64 of magnitude above 2⁻⁸⁰ is a whole number of 2⁻¹⁴⁰.
  const scaled = Array.from(a, (v) => (BigInt(Math.round(v * 2 ** 52)) * (ONE >> 52n)) >> 60n);
  let [sum, term] = [eye, eye];
  for (let k = 1n; k <= 30n; k++) {
    term = product(term, scaled).map((v) => v / k);
    sum = sum.map((v, i) => v + term[i]!);
  }
  for (let s = 0; s < 60; s++) sum = product(sum, sum);
  return sum.map((v) => Number(v >> (BITS - 80n)) / 2 ** 80);
}

/** A skew-symmetric matrix of order 4 with the angles `norm` and norm/3, turned by reflections. Its entries are exact. */
function skewOf(norm: number, seed: number): Float64Array {
  const next = random(seed);
  const u = Array.from({ length: 4 }, () => next() - 0.5);
  const square = u.reduce((s, x) => s + x * x, 0);
  const h = (i: number, j: number) => (i === j ? 1 : 0) - (2 * u[i]! * u[j]!) / square;
  const q = (i: number, j: number) =>
    i + j === 1 ? norm * (j - i) : i + j === 5 && i !== j && i > 1 ? (norm / 3) * (j - i) : 0;
  const at = [0, 1, 2, 3];
  const turned = at.flatMap((i) =>
    at.map((j) => at.reduce((s, k) => s + at.reduce((t, l) => t + h(i, k) * q(k, l) * h(j, l), 0), 0)),
  );
  return Float64Array.from(turned, (_, e) => {
    const [i, j] = [Math.floor(e / 4), e % 4];
    const upper = Math.round(turned[Math.min(i, j) * 4 + Math.max(i, j)]! * 2 ** 40) / 2 ** 40;
    return i < j ? upper : i > j ? -upper : 0;
  });
}

function computed(a: Float64Array, maxNorm: number | undefined): Float64Array {
  const n = Math.sqrt(a.length);
  const program = bindProgram(
    layer({ A: trainable('n', 'n') }, ({ A }) => expm(A, maxNorm === undefined ? {} : { maxNorm })).trace(),
    { n },
  );
  const lowered = lowerProgram(program, { structured: false });
  return interpret(lowered, float64, { A: tensor([n, n], a) }, 1).y!.values;
}

const error = (a: Float64Array, maxNorm: number | undefined): number => {
  const wanted = reference(a, Math.sqrt(a.length));
  const found = computed(a, maxNorm);
  return Math.hypot(...wanted.map((v, i) => v - found[i]!)) / Math.hypot(...wanted);
};

const NORMS = [1e-3, 1 / 16, 0.07, 0.5, 1, 3.9, 4, 4.1, 10, 60, 250, 1000];

describe('squarings', () => {
  it.each([
    [1e-3, 0],
    [1 / 16, 0],
    [0.0626, 1],
    [0.5, 3],
    [1, 4],
    [4, 6],
    [4.001, 7],
    [1000, 14],
    [65_536, 20],
  ])('at a norm of %d: %d', (norm, squarings) => {
    expect(squaringsOf({ attrs: { maxNorm: fromNumber(norm) } })).toBe(squarings);
  });

  it('without one: 6, accurate up to 4', () => {
    expect(squaringsOf({ attrs: {} })).toBe(6);
    for (const norm of [0.1, 1, 4]) expect(error(skewOf(norm, 1), undefined)).toBeLessThan(2 ** -52 * 64);
    expect(error(skewOf(60, 1), undefined)).toBeGreaterThan(1e-6);
  });
});

it.each(NORMS)('a rotation by %d is accurate to a float64 rounding, which each squaring doubles', (norm) => {
  const squarings = squaringsOf({ attrs: { maxNorm: fromNumber(norm) } });
  for (let seed = 1; seed <= 5; seed++)
    expect(error(skewOf(norm * (1 - 1e-9), seed), norm)).toBeLessThan(2 ** squarings * 2 ** -51);
});

it('a matrix without structure is accurate up to its norm', () => {
  const next = random(3);
  const a = Float64Array.from({ length: 9 }, () => Math.round((next() - 0.5) * 2 ** 30) / 2 ** 30);
  for (const scale of [0.25, 1, 2]) {
    const scaled = a.map((v) => v * scale);
    expect(error(scaled, 2 * scale)).toBeLessThan(1e-14);
  }
});

describe('a norm above a bound', () => {
  const matrix = (n: number, seed: number) => {
    const next = random(seed);
    return Float64Array.from({ length: n * n }, () => next() - 0.5);
  };
  /** u·vᵀ, whose norm is ‖u‖·‖v‖. */
  const outer = (n: number, seed: number) => {
    const next = random(seed);
    const [u, v] = [0, 1].map(() => Array.from({ length: n }, () => next() - 0.5)) as [number[], number[]];
    return {
      at: Float64Array.from(u.flatMap((x) => v.map((y) => x * y))),
      norm: Math.hypot(...u) * Math.hypot(...v),
    };
  };

  it('is found, and no norm below it', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { at, norm } = outer(5, seed);
      expect(normAbove(at, 5, norm * 1.001)).toBeUndefined();
      expect(normAbove(at, 5, norm * 0.999)).toBeCloseTo(norm, 9);
      const angle = 1 + seed / 10;
      expect(normAbove(skewOf(angle, seed), 4, angle * 1.001)).toBeUndefined();
      expect(normAbove(skewOf(angle, seed), 4, angle * 0.99)).toBeGreaterThan(angle * 0.99);
      const most = normAbove(matrix(6, seed), 6, 0.1)!;
      expect(normAbove(matrix(6, seed), 6, most * 1.0001)).toBeUndefined();
    }
  });
});

describe('a session', () => {
  const turned = layer(
    { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') },
    ({ x, W, v }) => x.matmul(blockDiag(expm(skew(v), { maxNorm: 2 })).matmul(W.T)),
    { where: { in: 'r*b' } },
  );
  const open = () => compile(turned, { dims: { r: 2, b: 2, out: 3 }, device: 'cpu' });
  const x = Float32Array.of(1, 2, 3, 4);
  const W = new Float32Array(12).fill(0.5);
  const above = {
    code: 'OFT4018',
    message: expect.stringMatching(/norm of at least 2\.500, and maxNorm states 2/),
  };

  it('runs up to the stated norm, and refuses a larger one of any block', async () => {
    const session = await open();
    await session.run({ x, W, v: Float32Array.of(2, -2) });
    await expect(session.run({ x, W, v: Float32Array.of(0, 2.5) })).rejects.toMatchObject(above);
    const g = { y: new Float32Array(3) };
    await expect(session.gradients({ x, W, v: Float32Array.of(-2.5, 0) }, g)).rejects.toMatchObject(above);
    await session.dispose();
  });

  it('looks at what is bound, and again after another is bound', async () => {
    const session = await open();
    session.bind({ W, v: Float32Array.of(1, 1) });
    await session.run({ x });
    session.bind({ v: Float32Array.of(1, 2.5) });
    await expect(session.run({ x })).rejects.toMatchObject(above);
    await expect(session.merge()).rejects.toMatchObject(above);
    session.bind({ v: Float32Array.of(1, 2) });
    await (await session.merge()).run({ x });
    await session.dispose();
  });
});

test.each([0, -1, Number.NaN, 70_000, '2'])('maxNorm: %s is refused', (maxNorm) => {
  const wrong = layer({ A: trainable(2, 2) }, ({ A }) => expm(A, { maxNorm } as { maxNorm: number }));
  expect(() => wrong.trace()).toThrow(/maxNorm|norm/);
});

test('a layer with a stated norm reads back as it is printed', () => {
  const stated = layer({ x: input('tokens', 'n'), v: trainable('tri(n)') }, ({ x, v }) =>
    x.matmul(expm(skew(v), { maxNorm: 0.75 })),
  ).trace();
  const printed = printLayer(stated);
  expect(printed).toContain('expm(skew(v), { maxNorm: 0.75 })');
  expect(lowerOk(printed).outputs[0]!.node).toMatchObject({
    args: [expect.anything(), { op: 'expm', attrs: { maxNorm: fromNumber(0.75) } }],
  });
});
