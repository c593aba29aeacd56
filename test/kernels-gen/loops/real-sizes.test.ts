/**
 * Kernels of the library, of a Llama block and of its loss equal their naive loops by the schedules that their real sizes
 * choose on each class of devices, in every storage and in f16. Only trip counts are smaller (shrink.ts). What f16 and
 * words of quantised weights round is not modelled.
 */
import { expect, test } from 'vitest';
import type { CompileOptions } from '../../../compiler/derive.ts';
import { CLASSES } from '../../../compiler/devices/index.ts';
import { solveDims } from '../../../compiler/ir/bind.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import type { InputPrim } from '../../../compiler/primitives/prim.ts';
import type { Storage } from '../../../compiler/primitives/storage.ts';
import { type TensorValue, tensor } from '../../../compiler/semantics/domains/domain.ts';
import { FieldSingular, field } from '../../../compiler/semantics/domains/field.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { scheduleOf } from '../../../kernels-gen/index.ts';
import { runLoops } from '../../../kernels-gen/loops/interpret.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import type { LoopKernel, Scheduled } from '../../../kernels-gen/loops/type.ts';
import { lora } from '../../../src/adapters/lora.ts';
import { oft } from '../../../src/adapters/oft.ts';
import { blockProgram } from '../../../src/finetune/blocks.ts';
import { embed } from '../../../src/finetune/models/decoder-block.ts';
import { loss } from '../../../src/finetune/models/head.ts';
import type { ModelShape } from '../../../src/formats/config/model-config.ts';
import { compileFor, planOf, planOfEach } from '../../../src/session/plan.ts';
import { libraryAt, programOfCase } from '../../src/explain/library.ts';
import { drawInputs, residue } from '../../support/evaluate.ts';
import { NIGHTLY } from '../../support/sample.ts';
import { withoutAliases } from './run.ts';
import { INDICES, shrunk } from './shrink.ts';

const WIDTH = 1024;
const tokens = NIGHTLY ? 19 : 3;
/** The number of statements up to which a kernel has its own extents, or two blocks of them. */
const MOST = NIGHTLY ? 100_000 : 20_000;

const LLAMA: ModelShape = {
  family: 'llama',
  vocabSize: 32_000,
  hiddenSize: WIDTH,
  intermediateSize: 2816,
  layers: 1,
  heads: 16,
  kvHeads: 8,
  headDim: 64,
  maxPositions: 2048,
  rmsNormEps: 1e-5,
  rope: { kind: 'default', theta: 10_000 },
  bias: { qkv: true, output: false, mlp: false },
  tiedEmbeddings: false,
};

const STORAGES: readonly Storage[] = [
  { format: 'nf4', block: 64 },
  { format: 'nf4', block: 64, nested: 256 },
  { format: 'int8' },
  { format: 'int4', group: 128 },
];

interface Case {
  readonly name: string;
  readonly program: () => Program;
  readonly dims?: Readonly<Record<string, number>>;
  readonly options?: Partial<CompileOptions>;
}

const square = { in: WIDTH, out: WIDTH };
const methods = [
  { layer: oft, dims: { ...square, b: 32 } },
  { layer: lora, dims: { ...square, r: 16 } },
];
const library = libraryAt(WIDTH);
const LAYERS: readonly Case[] = library
  .filter((c, n) => NIGHTLY || library.findIndex((d) => d.layer === c.layer) === n)
  .map((c) => ({ name: c.name, program: () => programOfCase(c), dims: c.dims }));
const FORMS: readonly Case[] = methods.flatMap(({ layer, dims }) => [
  ...STORAGES.map((W) => ({
    ...{ name: `${layer.name} of ${W.format}`, program: () => layer.trace(), dims },
    options: { stored: { W } },
  })),
  {
    ...{ name: `${layer.name} in f16`, program: () => layer.trace(), dims },
    options: { activations: 'f16' as const },
  },
]);
const block = () => blockProgram(LLAMA, { source: oft, dims: { b: 32 } });
const MODEL: readonly Case[] = [
  { name: 'block', program: block, options: { gradients: false } },
  { name: 'gradient of a block', program: block },
  { name: 'loss', program: () => loss(LLAMA).trace() },
  { name: 'embedding', program: () => embed(LLAMA).trace(), options: { gradients: false } },
];

/** The kernels of a case, on all classes. */
function kernelsOf({ program, dims, options }: Case): readonly (Scheduled & { readonly name: string })[] {
  const source = program();
  const sizes = dims ? solveDims(source, dims) : {};
  const compiling = { gradients: true, sizes, ...options };
  // Nightly, each class has the associations that are best for it.
  const plan = NIGHTLY
    ? planOfEach(compileFor(CLASSES, source, compiling))
    : planOf(compileProgram(source, compiling));
  return plan.kernels.map((k) => ({ ...scheduleOf(k)!, name: k.name }));
}

/** Whether a kernel is attention, which the field has no meaning for: it takes a maximum. */
const isAttention = (name: string): boolean => name.startsWith('attention');

/** Values for the inputs of a kernel; the sequences of attention are two tokens long. */
function inputsOf({ memories }: LoopKernel, name: string, seed: number): TensorValue<number>[] {
  const inputs = memories
    .filter((m) => m.space === 'input')
    .map(
      ({ shape, dtype }, n): InputPrim => ({
        ...{ kind: 'input', name: `a${n}`, shape, dtype, spans: [], label: '', args: [] },
      }),
    );
  const drawn = drawInputs(inputs, seed, tokens, isAttention(name) ? (unit) => 2 * unit - 1 : residue);
  return inputs.map((i) => {
    const { shape, values } = drawn[i.name]!;
    if (i.dtype !== 'i32') return drawn[i.name]!;
    const integer = (v: number, at: number) => (isAttention(name) ? at - (at % 2) : v % INDICES);
    return tensor(shape, values.map(integer));
  });
}

const known = new Set<string>();

/** Expects a kernel's scheduled loops to store what its naive ones do, which have inputs in buffers of their own. */
function expectNaive(made: Scheduled & { readonly name: string }): void {
  const { naive, loops } = shrunk(made, tokens, MOST);
  const inputs = inputsOf(naive, made.name, known.size);
  const domain = isAttention(made.name) ? float64 : field(7);
  const [expected, stored] = [withoutAliases(naive), loops].map((k) =>
    runLoops(k, domain, inputs, { tokens }),
  );
  for (const [n, { values }] of expected!.entries()) {
    const own = [...stored![n]!.values];
    if (!isAttention(made.name)) expect(own).toEqual([...values]);
    else for (const [at, v] of own.entries()) expect(v).toBeCloseTo(values[at]!, 9);
  }
}

test.each([...LAYERS, ...FORMS, ...MODEL])('kernels of $name', (c) => {
  for (const made of kernelsOf(c)) {
    const text = `${showLoops(made.naive)}\n${made.steps.join('\n')}`;
    if (known.has(text)) continue;
    known.add(text);
    try {
      expectNaive(made);
    } catch (e) {
      // A pivot that is 0 in the field says nothing.
      if (!(e instanceof FieldSingular)) throw new Error(`${made.name}: ${(e as Error).message}\n${text}`);
    }
  }
});
