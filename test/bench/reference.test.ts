/** The benchmark's float64 references against the compiler's interpreter. They share no code. */
import { describe, expect, it } from 'vitest';
import { drawn } from '../../bench/layer-values.ts';
import { rotationBlock } from '../../bench/reference.ts';
import { frozenStep, loraStep, oftStep } from '../../bench/reference-layers.ts';
import { relativeError } from '../../bench/statistics.ts';
import { rowsOf, values } from '../../bench/values.ts';
import { lora } from '../../src/adapters/lora.ts';
import { oft } from '../../src/adapters/oft.ts';
import { decodeF16, encodeF16 } from '../../src/formats/safetensors/half.ts';
import { compile } from '../../src/index.ts';
import { cayleyNeumann, frozen, input, layer, skew, trainable } from '../../src/language/dsl/index.ts';
import type { Source } from '../../src/language/load.ts';

const SIZE = { tokens: 5, in: 8, out: 6 };

const frozenLayer = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) => x.matmul(W.T));
const rotation = layer({ v: trainable('r', 'tri(b)') }, ({ v }) => ({
  R: cayleyNeumann(skew(v), { terms: 5 }),
}));

/** Outputs and gradients by the compiler's interpreter, on the benchmark's inputs. */
async function interpreted(source: Source, dims: Record<string, number>, shapes: Record<string, number[]>) {
  const session = await compile(source, { dims, device: 'cpu' });
  const tensor = (name: string) => {
    const shape = shapes[name]!;
    const elements = shape.reduce((p, s) => p * s, 1);
    return { shape, data: drawn(name, elements) };
  };
  const given = Object.fromEntries(
    Object.keys(shapes)
      .filter((n) => !n.startsWith('grad.'))
      .map((n) => [n, tensor(n)]),
  );
  const cotangents = Object.fromEntries(
    Object.keys(shapes)
      .filter((n) => n.startsWith('grad.'))
      .map((n) => [n.slice('grad.'.length), tensor(n)]),
  );
  const outputs = await (await session.gradients(given, cotangents, { tokens: SIZE.tokens })).readAll();
  return Object.fromEntries(Object.entries(outputs).map(([n, t]) => [n.replace(/\.0$/, ''), t]));
}

const base = { x: [5, 8], W: [6, 8], 'grad.y': [5, 6] };
const rows = { y: [0, 3], 'grad.x': [1, 4], 'grad.v': [1], 'grad.A': [2], 'grad.B': [0, 5] };
const dims = { in: SIZE.in, out: SIZE.out };

describe.each([
  ['frozen', frozenLayer, dims, base, () => frozenStep(SIZE, rows)],
  ['oft', oft, { ...dims, b: 4 }, { ...base, 'v.0': [2, 6] }, () => oftStep(SIZE, 4, rows)],
  ['lora', lora, { ...dims, r: 3 }, { ...base, A: [3, 8], B: [6, 3] }, () => loraStep(SIZE, 3, rows)],
] as const)('%s', (_, source, sizes, shapes, expected) => {
  it('agrees in every output', async () => {
    const actual = await interpreted(source, sizes, shapes as unknown as Record<string, number[]>);
    const reference = expected();
    expect(Object.keys(actual).sort()).toEqual(Object.keys(reference).sort());
    for (const [name, values] of Object.entries(reference)) {
      const { data, shape } = actual[name]!;
      const sampled = rowsOf(Float32Array.from(data), shape.at(-1)!, rows[name as keyof typeof rows]);
      expect(relativeError(sampled, values), name).toBeLessThan(1e-6);
    }
  });
});

it('a block of R and its gradient agree', async () => {
  const actual = await interpreted(rotation, { r: 2, b: 4 }, { v: [2, 6], 'grad.R': [2, 4, 4] });
  for (const k of [0, 1]) {
    const { R, gradient } = rotationBlock(drawn('v', 12).subarray(6 * k, 6 * k + 6), 4);
    const block = (name: string, n: number) => actual[name]!.data.slice(k * n, (k + 1) * n);
    expect(relativeError(block('R', 16), R)).toBeLessThan(1e-6);
    const dv = gradient(drawn('grad.R', 32).subarray(16 * k, 16 * k + 16));
    expect(relativeError(block('grad.v', 6), dv)).toBeLessThan(1e-6);
  }
});

it('values are the same every time, differ by seed, and survive f16', () => {
  const a = values(1, 4096, 1 / 32);
  expect(values(1, 4096, 1 / 32)).toEqual(a);
  expect(values(2, 4096, 1 / 32)).not.toEqual(a);
  expect(new Set(a).size).toBe(128);
  expect(decodeF16(encodeF16(a))).toEqual(a);
});

it('decodeF16 decodes every kind of number', () => {
  // IEEE 754 binary16: the smallest subnormal, the largest finite value, infinities and NaN.
  const bits = Uint16Array.of(0x0001, 0x7bff, 0x7c00, 0xfc00, 0x7e00, 0xc000);
  expect([...decodeF16(bits)]).toEqual([2 ** -24, 65504, Infinity, -Infinity, Number.NaN, -2]);
});
