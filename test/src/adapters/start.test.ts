/** Every method at its start: it computes what the frozen layer does, with as many parameters as its paper counts. */
import { describe, expect, it } from 'vitest';
import { boft } from '../../../src/adapters/boft.ts';
import { c3a } from '../../../src/adapters/c3a.ts';
import { deft } from '../../../src/adapters/deft.ts';
import { delora } from '../../../src/adapters/delora.ts';
import { diagOft } from '../../../src/adapters/diag-oft.ts';
import { ether, etherPlus } from '../../../src/adapters/ether.ts';
import { fourierft } from '../../../src/adapters/fourierft.ts';
import { frod } from '../../../src/adapters/frod.ts';
import { goft, qgoft } from '../../../src/adapters/goft.ts';
import { gralora } from '../../../src/adapters/gralora.ts';
import { doubleGsoft, gsoft } from '../../../src/adapters/gsoft.ts';
import { hira } from '../../../src/adapters/hira.ts';
import { hoft, shoft } from '../../../src/adapters/hoft.ts';
import { hra } from '../../../src/adapters/hra.ts';
import { ia3 } from '../../../src/adapters/ia3.ts';
import { loft } from '../../../src/adapters/loft.ts';
import { loha } from '../../../src/adapters/loha.ts';
import { lokr } from '../../../src/adapters/lokr.ts';
import { dora, lora } from '../../../src/adapters/lora.ts';
import { lycorisBoft } from '../../../src/adapters/lycoris-boft.ts';
import { miss } from '../../../src/adapters/miss.ts';
import { oft } from '../../../src/adapters/oft.ts';
import { oftConv } from '../../../src/adapters/oft-conv.ts';
import { oftEmbedding } from '../../../src/adapters/oft-embedding.ts';
import { osf } from '../../../src/adapters/osf.ts';
import { poet } from '../../../src/adapters/poet.ts';
import { psoft } from '../../../src/adapters/psoft.ts';
import { randlora } from '../../../src/adapters/randlora.ts';
import { road } from '../../../src/adapters/road.ts';
import { scaledOft } from '../../../src/adapters/scaled-oft.ts';
import { shira } from '../../../src/adapters/shira.ts';
import { ssvd } from '../../../src/adapters/ssvd.ts';
import { svft } from '../../../src/adapters/svft.ts';
import { vera } from '../../../src/adapters/vera.ts';
import { waveft } from '../../../src/adapters/waveft.ts';
import { compile, type HostTensor, initialise } from '../../../src/index.ts';
import type { Traceable } from '../../../src/language/load.ts';
import { random } from '../../../src/start/random.ts';
import { relativeError } from '../../support/golden.ts';

type Tensors = Record<string, HostTensor>;

const [IN, OUT, TOKENS] = [16, 12, 3];
const ROUNDING = 1e-13;

function tensor(seed: number, ...shape: number[]): HostTensor {
  const next = random(seed);
  const length = shape.reduce((p, n) => p * n, 1);
  return { data: Float32Array.from({ length }, () => next() - 0.5), shape };
}
const x = tensor(1, TOKENS, IN);
const W = tensor(2, OUT, IN);
const bias = tensor(3, OUT);

/** The frozen layer, x·Wᵀ + bias. */
const frozenLayer = (x: HostTensor, W: HostTensor, bias?: HostTensor): number[] => {
  const [out, width] = W.shape as [number, number];
  return Array.from({ length: x.shape[0]! * out }, (_, i) => {
    const [t, o] = [Math.floor(i / out), i % out];
    let sum = 0;
    for (let j = 0; j < width; j++) sum += x.data[t * width + j]! * W.data[o * width + j]!;
    return sum + (bias?.data[o] ?? 0);
  });
};

/** The output of a layer at its start, computed by the reference. */
async function outputOf(layer: Traceable, config: object, given: Tensors, dims: Record<string, number> = {}) {
  const shapes = Object.fromEntries(Object.entries(given).map(([n, t]) => [n, t.shape]));
  const session = await compile(layer.trace(config), { shapes, dims, device: 'cpu' });
  const { y } = await (await session.run(given)).readAll();
  await session.dispose();
  return y!;
}

const trainedBy = (layer: Traceable, config: object, made: Tensors): number =>
  layer
    .trace(config)
    .inputs.reduce((n, i) => n + (i.role === 'trainable' ? made[i.name]!.data.length : 0), 0);

interface Case {
  readonly name: string;
  readonly layer: Traceable;
  readonly config?: object;
  readonly dims: Record<string, number>;
  /** Trained numbers, as the method's paper counts them. */
  readonly parameters: number;
  readonly limit?: number;
}

const [b, r, k] = [4, 2, 4];
const CASES: readonly Case[] = [
  { name: 'OFT', layer: oft, dims: { b }, parameters: (IN * (b - 1)) / 2 },
  { name: 'OFT, blocks of 1', layer: oft, dims: { b: 1 }, parameters: 0 },
  { name: 'OFT, one block', layer: oft, dims: { b: IN }, parameters: (IN * (IN - 1)) / 2 },
  {
    name: 'OFT, exact',
    layer: oft,
    config: { cayley: 'exact' },
    dims: { b },
    parameters: (IN * (b - 1)) / 2,
  },
  {
    name: 'OFT, block share',
    layer: oft,
    config: { share: true },
    dims: { b },
    parameters: (b * (b - 1)) / 2,
  },
  { name: 'COFT', layer: oft, config: { coft: true }, dims: { b }, parameters: (IN * (b - 1)) / 2 },
  { name: 'OFT, two adapters', layer: oft, config: { adapters: 2 }, dims: { b }, parameters: IN * (b - 1) },
  { name: 'scaled OFT', layer: scaledOft, dims: { b }, parameters: (IN * (b - 1)) / 2 },
  { name: 'Diag-OFT', layer: diagOft, dims: { b }, parameters: OUT * b },
  {
    name: 'Diag-OFT, rescaled',
    layer: diagOft,
    config: { rescale: true },
    dims: { b },
    parameters: OUT * b + OUT,
  },
  { name: 'BOFT', layer: boft, config: { factors: 2 }, dims: { b }, parameters: 2 * IN * b + OUT },
  {
    name: 'BOFT of LyCORIS',
    layer: lycorisBoft,
    config: { factors: 2, rescale: true, constraint: 0.1 },
    dims: { b: 2 },
    parameters: 2 * OUT * 2 + OUT,
  },
  { name: 'HRA', layer: hra, dims: { r }, parameters: IN * r },
  { name: 'RoAd 1', layer: road, config: { variant: 1 }, dims: { g: 4 }, parameters: OUT },
  { name: 'RoAd 2', layer: road, config: { variant: 2 }, dims: { g: 4 }, parameters: 2 * OUT },
  { name: 'RoAd 4', layer: road, config: { variant: 4 }, dims: { g: 4 }, parameters: 4 * OUT },
  ...(['exact', 'neumann'] as const).map((cayley) => ({
    name: `PSOFT, ${cayley}`,
    layer: psoft,
    config: { cayley, scale: 2 },
    dims: { r },
    parameters: (r * (r - 1)) / 2 + 2 * r,
  })),
  {
    name: 'POET',
    layer: poet,
    dims: { b, a: 3 },
    parameters: (IN * (b - 1)) / 2 + (OUT * (3 - 1)) / 2,
  },
  { name: 'GSOFT', layer: gsoft, dims: { k }, parameters: 2 * IN * (IN / k) + OUT },
  {
    name: 'GSOFT, exp',
    layer: gsoft,
    config: { method: 'exp' },
    dims: { k },
    parameters: 2 * IN * (IN / k) + OUT,
  },
  {
    name: 'double GSOFT',
    layer: doubleGsoft,
    dims: { k, l: 3 },
    parameters: 2 * IN * (IN / k) + OUT + 2 * OUT * (OUT / 3) + OUT,
  },
  { name: 'GOFT', layer: goft, config: { levels: 4 }, dims: {}, parameters: IN - 1 },
  { name: 'qGOFT', layer: qgoft, config: { levels: 4 }, dims: {}, parameters: 4 * (IN - 1) },
  { name: 'ETHER+', layer: etherPlus, dims: { k }, parameters: 2 * (IN + OUT) },
  { name: 'HOFT', layer: hoft, dims: { r }, parameters: r * (IN + OUT) },
  { name: 'SHOFT', layer: shoft, dims: { r }, parameters: r * (IN + OUT) + OUT },
  { name: 'LOFT', layer: loft, dims: { r: k }, parameters: (k * (k - 1)) / 2 },
  { name: 'GraLoRA', layer: gralora, dims: { r }, parameters: r * (IN + OUT) },
  {
    name: 'GraLoRA, hybrid',
    layer: gralora,
    config: { hybrid: 3 },
    dims: { r },
    parameters: (r + 3) * (IN + OUT),
  },
  { name: 'SVFT', layer: svft, dims: { k: OUT }, parameters: OUT },
  { name: 'SSVD', layer: ssvd, dims: { k }, parameters: (k * (k + 1)) / 2 },
  { name: 'C3A', layer: c3a, dims: { b }, parameters: (IN * OUT) / b },
  // U, V and the lengths are rounded to float32.
  { name: 'FRoD', layer: frod, dims: { k: 5 }, parameters: IN + 5, limit: 1e-6 },
  { name: 'MiSS', layer: miss, dims: { r }, parameters: r * OUT },
  { name: 'MiSS, mini', layer: miss, config: { shard: 'mini' }, dims: { r, h: 3 }, parameters: r * 3 },
  { name: 'MiSS, bat', layer: miss, config: { shard: 'bat' }, dims: { r }, parameters: r * OUT },
  { name: 'LoRA', layer: lora, config: { scale: 2 }, dims: { r }, parameters: r * (IN + OUT) },
  { name: 'IA³', layer: ia3, dims: {}, parameters: OUT },
  { name: 'IA³ of inputs', layer: ia3, config: { feedforward: true }, dims: {}, parameters: IN },
  { name: 'LoHa', layer: loha, dims: { r }, parameters: 2 * r * (IN + OUT) },
  { name: 'LoKr', layer: lokr, dims: { l: 3, m: 2, r }, parameters: 6 + r * (IN / 2 + OUT / 3) },
  { name: 'HiRA', layer: hira, dims: { r }, parameters: r * (IN + OUT) },
  { name: 'DeLoRA', layer: delora, dims: { r }, parameters: r * (IN + OUT) + 1 },
  { name: 'VeRA', layer: vera, dims: { r }, parameters: OUT + r },
  { name: 'SHiRA', layer: shira, dims: { r }, parameters: r * (IN + OUT) },
  { name: 'WaveFT', layer: waveft, dims: { n: 7 }, parameters: 7 },
  {
    name: 'WaveFT without wavelets',
    layer: waveft,
    config: { wavelet: false },
    dims: { n: 7 },
    parameters: 7,
  },
  {
    name: 'RandLoRA',
    layer: randlora,
    config: { fewerOutputs: true },
    dims: { r },
    parameters: OUT + (OUT / r) * OUT,
  },
  // R starts as relu(P)ᵀ·W, and OSF's vectors as those of W, both rounded to float32.
  { name: 'DEFT', layer: deft, config: { scale: 2 }, dims: { r }, parameters: r * (IN + OUT), limit: 1e-7 },
  {
    name: 'OSF',
    layer: osf,
    config: { fewerOutputs: true },
    dims: { k },
    parameters: (OUT - k) * (IN + OUT + 1),
    limit: 1e-6,
  },
  // DoRA's m starts as the row norms of W, rounded to float32.
  { name: 'DoRA', layer: dora, dims: { r }, parameters: r * (IN + OUT) + OUT, limit: 1e-7 },
];

describe.each(CASES)('$name', ({ layer, config = {}, dims, parameters, limit = ROUNDING }) => {
  it.each([false, true])(
    'computes what the frozen layer does (bias: %s), with as many parameters as its paper counts',
    async (withBias) => {
      const own: Tensors = { W, ...(withBias ? { bias } : {}) };
      const made = initialise(layer, { config: { ...config, bias: withBias }, dims, frozen: own, seed: 7 });
      expect(trainedBy(layer, { ...config, bias: withBias }, made)).toBe(parameters);
      const y = await outputOf(layer, { ...config, bias: withBias }, { x, ...own, ...made }, dims);
      const expected = frozenLayer(x, W, withBias ? bias : undefined);
      expect(relativeError(y.data, expected)).toBeLessThan(limit);
    },
  );
});

it('PSOFT: A has orthonormal rows, and s·B·A is W where no rank is left out', () => {
  const made = initialise(psoft, { config: { scale: 2 }, dims: { r: OUT }, frozen: { W }, seed: 7 });
  const [A, B] = [made.A!, made.B!];
  const unit = Array.from({ length: OUT * OUT }, (_, i) => (i % (OUT + 1) === 0 ? 1 : 0));
  expect(relativeError(frozenLayer(A, A), unit)).toBeLessThan(1e-6);
  const transposed = {
    data: Float32Array.from(A.data, (_, i) => A.data[(i % OUT) * IN + Math.floor(i / OUT)]!),
    shape: [IN, OUT],
  };
  expect(
    relativeError(
      frozenLayer(B, transposed).map((w) => 2 * w),
      W.data,
    ),
  ).toBeLessThan(1e-6);
});

it('FourierFT starts from standard normal values, so that its layer is not the frozen one until they are 0', async () => {
  const n = IN * OUT;
  const made = initialise(fourierft, { dims: { n }, frozen: { W }, seed: 7 });
  const squares = Array.from(made.c!.data, (c) => c ** 2).reduce((a, b) => a + b, 0);
  expect(Math.abs(squares / n - 1)).toBeLessThan(0.5);
  const frozenOne = frozenLayer(x, W);
  const errorOf = async (c: HostTensor) =>
    relativeError((await outputOf(fourierft, {}, { x, W, ...made, c })).data, frozenOne);
  expect(await errorOf(made.c!)).toBeGreaterThan(0.1);
  expect(await errorOf({ data: new Float32Array(n), shape: [n] })).toBeLessThan(ROUNDING);
});

describe('methods whose frozen layer is another', () => {
  it('OFT on a convolution', async () => {
    const [channels, side] = [4, 5];
    const kernel = tensor(2, OUT, channels, 3, 3);
    const image = tensor(1, 2, channels, side, side);
    const config = { height: side, width: side, bias: true };
    const made = initialise(oftConv, { config, dims: { b: 6 }, frozen: { W: kernel, bias }, seed: 7 });
    expect(trainedBy(oftConv, config, made)).toBe((channels * 9 * (6 - 1)) / 2);
    const y = await outputOf(oftConv, config, { x: image, W: kernel, bias, ...made });
    const expected = Array.from(y.data, (_, i) => {
      const [n, o, row, column] = [
        Math.floor(i / (OUT * side * side)),
        Math.floor(i / side ** 2) % OUT,
      ].concat([Math.floor(i / side) % side, i % side]) as [number, number, number, number];
      let sum = bias.data[o]!;
      for (let c = 0; c < channels; c++)
        for (let ky = 0; ky < 3; ky++)
          for (let kx = 0; kx < 3; kx++) {
            const [py, px] = [row + ky - 1, column + kx - 1];
            if (py < 0 || px < 0 || py >= side || px >= side) continue;
            sum +=
              image.data[((n * channels + c) * side + py) * side + px]! *
              kernel.data[((o * channels + c) * 3 + ky) * 3 + kx]!;
          }
      return sum;
    });
    expect(relativeError(y.data, expected)).toBeLessThan(ROUNDING);
  });

  it('OFT on an embedding', async () => {
    const ids = { data: Int32Array.of(3, 0, 3), shape: [3] };
    const made = initialise(oftEmbedding, { dims: { b }, frozen: { E: W }, seed: 7 });
    expect(trainedBy(oftEmbedding, {}, made)).toBe((IN * (b - 1)) / 2);
    const y = await outputOf(oftEmbedding, {}, { ids, E: W, ...made });
    const rows = [3, 0, 3].flatMap((id) => Array.from(W.data.slice(id * IN, (id + 1) * IN)));
    expect(relativeError(y.data, rows)).toBeLessThan(ROUNDING);
  });

  it('POET of the authors: the permutations cancel against those of the stored W; the bias is permuted', async () => {
    const permutation = (n: number, step: number) => Array.from({ length: n }, (_, i) => (i * step + 1) % n);
    const [pIn, pOut] = [permutation(IN, 5), permutation(OUT, 7)];
    const stored = new Float32Array(OUT * IN);
    for (let o = 0; o < OUT; o++)
      for (let j = 0; j < IN; j++) stored[pOut[o]! * IN + j] = W.data[o * IN + pIn[j]!]!;
    const indices = (p: number[]) => ({ data: Int32Array.from(p), shape: [p.length] });
    const own = { W: { data: stored, shape: [OUT, IN] }, bias, pIn: indices(pIn), pOut: indices(pOut) };
    const config = { bias: true, permuted: true };
    const made = initialise(poet, { config, dims: { b, a: 3 }, frozen: own, seed: 7 });
    expect(Object.keys(made)).toEqual(['vIn', 'vOut']);
    const y = await outputOf(poet, config, { x, ...own, ...made });
    const moved = { data: Float32Array.from(pOut, (p) => bias.data[p]!), shape: [OUT] };
    expect(relativeError(y.data, frozenLayer(x, W, moved))).toBeLessThan(ROUNDING);
  });
});

describe('methods that cannot start as the identity', () => {
  const unit = (n: number): HostTensor => ({
    data: Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)),
    shape: [n, n],
  });
  const reflections = [
    { name: 'ETHER', layer: ether, config: {}, dims: { k }, parameters: IN, reflected: k },
    {
      name: 'HRA with Gram–Schmidt',
      layer: hra,
      config: { gs: true },
      dims: { r },
      parameters: IN * r,
      reflected: r,
    },
  ];
  it.each(reflections)(
    '$name reflects $reflected directions',
    async ({ layer, config, dims, parameters, reflected }) => {
      const own = { W: unit(IN) };
      const made = initialise(layer, { config, dims, frozen: own, seed: 7 });
      expect(trainedBy(layer, config, made)).toBe(parameters);
      const H = await outputOf(layer, config, { x: unit(IN), ...own, ...made });
      const twice = await outputOf(layer, config, {
        x: { ...H, data: Float64Array.from(H.data) },
        ...own,
        ...made,
      });
      expect(relativeError(twice.data, unit(IN).data)).toBeLessThan(ROUNDING);
      const trace = Array.from({ length: IN }, (_, i) => H.data[i * (IN + 1)]!).reduce((p, n) => p + n, 0);
      expect(trace).toBeCloseTo(IN - 2 * reflected, 12);
    },
  );
});
