/** A merged session runs every method as one dense product for each frozen weight, with the same results. */
import { describe, expect, it } from 'vitest';
import { bindProgram, solveDims } from '../../compiler/ir/bind.ts';
import { mergeOnce } from '../../compiler/merge.ts';
import { compileProgram } from '../../compiler/pipeline.ts';
import { planCost } from '../../kernels-gen/index.ts';
import { boft } from '../../src/adapters/boft.ts';
import { diagOft } from '../../src/adapters/diag-oft.ts';
import { etherPlus } from '../../src/adapters/ether.ts';
import { gralora } from '../../src/adapters/gralora.ts';
import { gsoft } from '../../src/adapters/gsoft.ts';
import { hoft, shoft } from '../../src/adapters/hoft.ts';
import { hra } from '../../src/adapters/hra.ts';
import { loft } from '../../src/adapters/loft.ts';
import { dora, lora } from '../../src/adapters/lora.ts';
import { miss } from '../../src/adapters/miss.ts';
import { oft } from '../../src/adapters/oft.ts';
import { poet } from '../../src/adapters/poet.ts';
import { psoft } from '../../src/adapters/psoft.ts';
import { road } from '../../src/adapters/road.ts';
import { ssvd } from '../../src/adapters/ssvd.ts';
import { compile } from '../../src/index.ts';
import type { Traceable } from '../../src/language/load.ts';
import { planOf } from '../../src/session/session.ts';
import { relativeError } from '../../src/testing/numeric.ts';

const d = 1024;
const square = { in: d, out: d };
const METHODS: readonly (readonly [
  string,
  Traceable,
  object,
  Record<string, number>,
  Record<string, number>,
])[] = [
  ['oft', oft, { bias: true }, { ...square, b: 32 }, { in: 8, out: 6, b: 4 }],
  ['oft of two adapters', oft, { adapters: 2 }, { ...square, b: 32 }, { in: 8, out: 6, b: 4 }],
  ['diag-oft', diagOft, { rescale: true }, { ...square, b: 32 }, { in: 5, out: 8, b: 4 }],
  ['boft', boft, { factors: 2, bias: true }, { ...square, b: 32 }, { in: 16, out: 6, b: 4 }],
  ['gsoft', gsoft, {}, { ...square, b: 32 }, { in: 8, out: 6, b: 4 }],
  ['hra', hra, {}, { ...square, r: 8 }, { in: 8, out: 6, r: 2 }],
  ['hoft', hoft, {}, { ...square, r: 8 }, { in: 8, out: 6, r: 2 }],
  ['shoft', shoft, {}, { ...square, r: 8 }, { in: 8, out: 6, r: 2 }],
  ['loft', loft, {}, { ...square, r: 32 }, { in: 8, out: 6, r: 3 }],
  ['ether+', etherPlus, {}, { ...square, k: 4 }, { in: 8, out: 4, k: 2 }],
  ['psoft', psoft, {}, { ...square, r: 32 }, { in: 8, out: 6, r: 3 }],
  ['gralora', gralora, {}, { ...square, r: 8 }, { in: 8, out: 6, r: 2 }],
  ['ssvd', ssvd, {}, { ...square, k: 32 }, { in: 8, out: 6, k: 3 }],
  ['miss', miss, {}, { ...square, r: 64 }, { in: 8, out: 6, r: 2 }],
  ['miss, mini', miss, { shard: 'mini' }, { ...square, r: 64, h: 128 }, { in: 8, out: 6, r: 2, h: 3 }],
  ['miss, bat', miss, { shard: 'bat' }, { ...square, r: 64 }, { in: 8, out: 6, r: 2 }],
  ['lora', lora, {}, { ...square, r: 8 }, { in: 8, out: 6, r: 2 }],
  ['dora', dora, {}, { ...square, r: 8 }, { in: 8, out: 6, r: 2 }],
  ['road', road, { variant: 2 }, { ...square, g: 64 }, { in: 8, out: 8, g: 4 }],
  ['poet', poet, {}, { ...square, b: 32, a: 32 }, { in: 8, out: 6, b: 4, a: 3 }],
  [
    'poet, W kept permuted',
    poet,
    { permuted: true },
    { ...square, b: 32, a: 32 },
    { in: 8, out: 6, b: 4, a: 3 },
  ],
];

/** Numbers away from 0, the same at every call. */
const values = (n: number, seed: number) =>
  Float32Array.from({ length: n }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed) * 0.5 + 0.1);

describe.each(METHODS)('%s', (_, layer, config, large, small) => {
  it('costs x·Wᵀ and no more per token', () => {
    const source = layer.trace(config);
    const bound = bindProgram(source, solveDims(source, large));
    const { run } = mergeOnce(bound, {});
    const tokens = 512;
    const { flops } = planCost(planOf(compileProgram(run, { gradients: false })), tokens);
    // RoAd and POET still do a few element-wise operations, or a permutation, on the output side.
    expect(flops).toBeLessThan(2 * tokens * d * d + 8 * tokens * d);
  });

  it('is the same function', async () => {
    const program = layer.trace(config);
    const session = await compile(program, { dims: small, device: 'cpu' });
    const tensors = Object.fromEntries(
      session.program.inputs.map((i, seed) => {
        const shape = i.type.shape.map((s) => Number(s.terms[0]?.coef.num ?? 0n));
        const n = shape.reduce((a, b) => a * b, 1);
        const data =
          i.type.dtype === 'i32' ? Int32Array.from({ length: n }, (_, k) => n - 1 - k) : values(n, seed);
        return [i.name, { data, shape }] as const;
      }),
    );
    const { x: _, ...parameters } = tensors;
    const rows = { data: values(3 * small.in!, 99), shape: [3, small.in!] };
    session.bind(parameters);
    const merged = await session.merge();
    const [full, once] = await Promise.all(
      [session, merged].map(async (s) => (await s.run({ x: rows })).read('y')),
    );
    expect(once!.shape).toEqual(full!.shape);
    expect(relativeError(once!.data, full!.data)).toBeLessThan(1e-9);
    expect(merged.program.inputs.length).toBeLessThan(session.program.inputs.length + 2);
    await merged.dispose();
    // The first session's device still works.
    expect((await (await session.run({ x: rows })).read('y')).data).toEqual(full!.data);
    await session.dispose();
  });
});

it('merging asks for parameters that are not bound', async () => {
  const session = await compile(lora.trace(), { dims: { in: 4, out: 3, r: 2 }, device: 'cpu' });
  session.bind({ W: new Float32Array(12), A: new Float32Array(8) });
  await expect(session.merge()).rejects.toMatchObject({ code: 'OFT4001' });
  await session.dispose();
});

it('merging asks for parameters that are only added later, too', async () => {
  const program = lora.trace({ bias: true });
  const session = await compile(program, { dims: { in: 4, out: 3, r: 2 }, device: 'cpu' });
  const rest = { W: new Float32Array(12), A: new Float32Array(8), B: new Float32Array(6) };
  session.bind(rest);
  await expect(session.merge()).rejects.toThrow(/'lora' is missing 'bias'/);
  await session.dispose();
});
