/**
 * Digests of the kernels of the library's layers, of a Llama block and of random programs, on each class of devices. A
 * changed golden file lists the kernels that a change of the generator reaches. Other tests show that results are right
 * (loops/real-sizes.test.ts, test/properties/device.test.ts).
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CompileOptions } from '../../compiler/derive.ts';
import { CLASSES } from '../../compiler/devices/index.ts';
import { rational } from '../../compiler/dims/rational.ts';
import { solveDims } from '../../compiler/ir/bind.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { type Compilation, compileProgram } from '../../compiler/pipeline.ts';
import type { Storage } from '../../compiler/primitives/storage.ts';
import { STRATEGIES, type Strategy, schedulesOf } from '../../kernels-gen/index.ts';
import type { Plan } from '../../runtime/plan.ts';
import { boft } from '../../src/adapters/boft.ts';
import { etherPlus } from '../../src/adapters/ether.ts';
import { fourierft } from '../../src/adapters/fourierft.ts';
import { gsoft } from '../../src/adapters/gsoft.ts';
import { hra } from '../../src/adapters/hra.ts';
import { dora, lora } from '../../src/adapters/lora.ts';
import { oft } from '../../src/adapters/oft.ts';
import { oftConv } from '../../src/adapters/oft-conv.ts';
import { oftEmbedding } from '../../src/adapters/oft-embedding.ts';
import { poet } from '../../src/adapters/poet.ts';
import { blockProgram } from '../../src/finetune/blocks.ts';
import { loss } from '../../src/finetune/models/head.ts';
import type { ModelShape } from '../../src/formats/config/model-config.ts';
import { planOf } from '../../src/session/plan.ts';
import { programs } from '../support/arbitraries/programs.ts';
import { digest } from '../support/digest.ts';
import { attention } from './families/attentions.ts';

interface Case {
  readonly name: string;
  readonly program: () => Program;
  readonly dims?: Readonly<Record<string, number>>;
  readonly options?: Partial<CompileOptions>;
  /** Strategies that are forced on all kernels, after the choices of the classes. */
  readonly by?: readonly Strategy[];
}

/** Sizes that are no multiples of tiles, and sizes that are. */
const ODD = { in: 120, out: 77 };
const EVEN = { in: 256, out: 192 };

const LAYERS: readonly Case[] = [
  { name: 'oft', program: () => oft.trace(), dims: { ...EVEN, b: 32 } },
  { name: 'oft-odd', program: () => oft.trace({ bias: true }), dims: { ...ODD, b: 12 }, by: STRATEGIES },
  { name: 'oft-exact', program: () => oft.trace({ cayley: 'exact', coft: true }), dims: { ...EVEN, b: 16 } },
  { name: 'oft-conv', program: () => oftConv.trace({ height: 6, width: 5 }), dims: { r: 9, b: 16, out: 24 } },
  { name: 'oft-embedding', program: () => oftEmbedding.trace(), dims: { vocabulary: 1000, d: 64, b: 16 } },
  { name: 'boft', program: () => boft.trace({ factors: 3 }), dims: { ...EVEN, b: 8 } },
  { name: 'hra', program: () => hra.trace({ gs: true }), dims: { ...ODD, r: 6 } },
  { name: 'gsoft', program: () => gsoft.trace({ method: 'exp' }), dims: { ...EVEN, b: 16 } },
  { name: 'ether-plus', program: () => etherPlus.trace(), dims: { in: 256, out: 256, k: 8 } },
  { name: 'poet', program: () => poet.trace({ permuted: true }), dims: { ...EVEN, a: 32, b: 32 } },
  { name: 'lora', program: () => lora.trace(), dims: { ...ODD, r: 5 }, by: STRATEGIES },
  { name: 'dora', program: () => dora.trace(), dims: { ...EVEN, r: 16 } },
  { name: 'fourierft', program: () => fourierft.trace(), dims: { in: 48, out: 40, n: 20 } },
];

const STORAGES: readonly Storage[] = [
  { format: 'nf4', block: 64 },
  { format: 'nf4', block: 64, nested: 256 },
  { format: 'int8' },
  { format: 'int4', group: 128 },
];
const FORMS: readonly Case[] = [
  ...STORAGES.map((W) => ({
    name: `oft-of-${W.format}${'nested' in W ? '-nested' : ''}`,
    ...{ program: () => oft.trace(), dims: { ...EVEN, b: 32 } },
    options: { stored: { W } },
  })),
  ...[
    { name: 'oft-in-f16', program: () => oft.trace(), dims: { ...EVEN, b: 32 } },
    { name: 'lora-in-f16', program: () => lora.trace(), dims: { ...ODD, r: 5 } },
  ].map((c) => ({ ...c, options: { activations: 'f16' as const }, by: STRATEGIES })),
];

const LLAMA: ModelShape = {
  family: 'llama',
  vocabSize: 1000,
  hiddenSize: 128,
  intermediateSize: 352,
  layers: 1,
  heads: 4,
  kvHeads: 2,
  headDim: 32,
  maxPositions: 512,
  rmsNormEps: 1e-5,
  rope: { kind: 'default', theta: 10_000 },
  bias: { qkv: true, output: false, mlp: false },
  tiedEmbeddings: false,
};
const block = () => blockProgram(LLAMA, { source: oft, dims: { b: 32 } });
const MODEL: readonly Case[] = [
  { name: 'block', program: block, options: { gradients: false } },
  { name: 'block-gradient', program: block },
  { name: 'loss', program: () => loss(LLAMA).trace() },
];

/** A Plan as text: each kernel's name with a digest of its steps and its code, and a digest of all else. */
function shown({ kernels, ...plan }: Plan): readonly string[] {
  const rest = kernels.map(({ wgsl: _, ...kernel }) => kernel);
  const lines = kernels.map((k) => {
    const steps = schedulesOf(k).map((s) => s.steps.join('; '));
    return `${k.name} ${digest([k.wgsl, ...steps].join('\n'))}`;
  });
  return [...lines, `all else ${digest(JSON.stringify({ ...plan, kernels: rest }))}`];
}

function planText({ program, dims, options, by }: Omit<Case, 'name'>): string {
  const source = program();
  const sizes = dims ? solveDims(source, dims) : {};
  return textOf(compileProgram(source, { gradients: true, sizes, ...options }), by);
}

/** Plans for each class, and by each of some strategies. What an earlier Plan has is not said again. */
function textOf(compiled: Compilation, by: readonly Strategy[] = []): string {
  const plans = [
    ...CLASSES.map((device) => [device.name, planOf(compiled, { devices: [device] })] as const),
    ...by.map((strategy) => [`by ${strategy}`, planOf(compiled, { strategy })] as const),
  ];
  const known = new Set<string>();
  const sections = plans.map(([name, plan]) => {
    const lines = shown(plan).filter((line) => !known.has(line));
    for (const line of lines) known.add(line);
    return [name, ...lines].join('\n  ');
  });
  return `${sections.join('\n')}\n`;
}

test.each([...LAYERS, ...FORMS, ...MODEL])('the kernels of $name are those of the golden file', async (c) => {
  await expect(planText(c)).toMatchFileSnapshot(`./library-code/${c.name}.txt`);
});

test.each([
  { name: 'packed', heads: 4, keyHeads: 2, width: 8 },
  { name: 'wide', heads: 2, keyHeads: 2, width: 64 },
  { name: 'capped', heads: 2, keyHeads: 1, width: 12, softCap: rational(30n) },
  { name: 'ranged', heads: 3, keyHeads: 1, width: 16, room: 40, scale: rational(1n, 3n) },
])('the kernels of attention, $name, are those of the golden file', async ({ name, ...sizes }) => {
  const text = textOf(attention(sizes), STRATEGIES);
  await expect(text).toMatchFileSnapshot(`./library-code/attention-${name}.txt`);
});

const SEEDS = [1, 2, 3, 4, 5, 6];
test.each(SEEDS)('the kernels of random programs, seed %d, are those of the golden file', async (seed) => {
  const drawn = fc.sample(fc.tuple(programs({ kinks: true }), fc.boolean()), { seed, numRuns: 15 });
  const texts = drawn.map(([{ bound }, gradients]) =>
    planText({ program: () => bound, options: { gradients } }),
  );
  await expect(texts.join('\n')).toMatchFileSnapshot(`./library-code/random-${seed}.txt`);
});
