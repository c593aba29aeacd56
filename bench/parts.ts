/**
 * The parts of a transformer's training step beside its linear layers, compiled as `oftc finetune` compiles them: attention,
 * the RMS norm, the cross-entropy with and without the head before it, and AdamW's update.
 */
import { gradName } from '../compiler/autodiff/differentiate.ts';
import type { Program } from '../compiler/ir/node.ts';
import { adamW } from '../src/finetune/adamw.ts';
import { compiledStage } from '../src/finetune/compiled-stage.ts';
import { crossEntropy, loss } from '../src/finetune/models/head.ts';
import { rmsNorm } from '../src/finetune/models/parts.ts';
import type { StageOptions } from '../src/finetune/stage-options.ts';
import type { ModelShape } from '../src/formats/config/model-config.ts';
import { attention, input, layer } from '../src/language/dsl/index.ts';
import { classInUse, type Fill, type Job } from './compiled.ts';
import { adamWElement, attentionStep, crossEntropyRow, rmsNormRow } from './reference-parts.ts';
import { sampledRows, values } from './values.ts';

const SEQUENCES = 4;
const ATTENTION = { length: 512, heads: 16, keyHeads: 8, width: 64 };
const TOKENS = SEQUENCES * ATTENTION.length;
const [QUERY, KEY] = [ATTENTION.heads * ATTENTION.width, ATTENTION.keyHeads * ATTENTION.width];
const HIDDEN = 1024;
const EPSILON = 1e-5;
/** The tokens of the losses, whose logits most devices can bind at once. */
const SCORED = 512;
/** The vocabulary of Llama 2. */
const VOCABULARY = 32000;
/** The elements of OFT's tensor (b = 32) on a layer of 1024 inputs, and those of a large tensor. */
const TRAINED = [32 * 496, 1 << 20] as const;

const HEAD: ModelShape = {
  family: 'llama',
  vocabSize: VOCABULARY,
  hiddenSize: HIDDEN,
  intermediateSize: 2816,
  layers: 1,
  heads: ATTENTION.heads,
  kvHeads: ATTENTION.keyHeads,
  headDim: ATTENTION.width,
  maxPositions: SCORED,
  rmsNormEps: EPSILON,
  rope: { kind: 'default', theta: 10000 },
  bias: { qkv: false, output: false, mlp: false },
  tiedEmbeddings: false,
};

/** Values at chosen places of an output, and the places. All values in order where `at` is absent. */
interface Expected {
  readonly at?: readonly number[];
  readonly values: Float64Array;
}

/** A row of the table. */
export interface Part {
  readonly job: Job;
  readonly fill: Fill;
  /** Float64 references of outputs. */
  readonly expected: () => Readonly<Record<string, Expected>>;
  /** The operations that the best known algorithm takes, for parts that compute some again. */
  readonly least?: number;
}

function jobOf(program: Program, tokens: number, options: StageOptions = {}): Job {
  return { plan: compiledStage(program, options, classInUse()).plan(), tokens };
}

/** Only the gradients: what the backward pass runs. The forward pass is computed again as far as they need it. */
const BACKWARD: StageOptions = { gradients: true, only: (output) => output.startsWith(gradName('')) };

const from =
  (inputs: Readonly<Record<string, (count: number) => Float32Array<ArrayBuffer>>>): Fill =>
  (name, count) => {
    const draw = inputs[name];
    if (!draw) throw new Error(`no values are defined for an input '${name}'`);
    return draw(count);
  };
const drawn =
  (seed: number, scale = 1) =>
  (count: number) =>
    values(seed, count, scale);
const every = (value: number) => (count: number) => new Float32Array(count).fill(value);
const indexed = (f: (i: number) => number) => (count: number) =>
  Float32Array.from({ length: count }, (_, i) => f(i));

const attentionLayer = ({ heads, keyHeads, width }: Omit<typeof ATTENTION, 'length'>) =>
  layer(
    {
      query: input('tokens', heads, width),
      key: input('tokens', keyHeads, width),
      value: input('tokens', keyHeads, width),
      start: input('tokens', { dtype: 'i32' }),
    },
    ({ query, key, value, start }) => attention(query, key, value, start),
    { name: 'attention' },
  );

/** Attention with its gradients at other widths of heads: each has code of its own, which a driver compiles. */
export const attentionOfWidths = (widths: readonly number[]): Record<string, Job> =>
  Object.fromEntries(
    widths.map((width) => {
      const program = attentionLayer({ heads: 4, keyHeads: 2, width }).trace();
      return [`attention of heads of ${width}`, jobOf(program, TOKENS, { gradients: true })];
    }),
  );

/** Compares the last sequence. */
function attentionParts(): Record<string, Part> {
  const { length, heads, width } = ATTENTION;
  const fill = from({
    query: drawn(1),
    key: drawn(2),
    value: drawn(3),
    start: indexed((i) => i - (i % length)),
    [gradName('y')]: drawn(4),
  });
  const last = (name: string, row: number) => fill(name, TOKENS * row).subarray((TOKENS - length) * row);
  const reference = () =>
    attentionStep(
      {
        query: last('query', QUERY),
        key: last('key', KEY),
        value: last('value', KEY),
        g: last(gradName('y'), QUERY),
      },
      ATTENTION,
    );
  const ends = (name: string, all: Float64Array): [string, Expected] => {
    const total = all.length * SEQUENCES;
    return [name, { at: Array.from(all, (_, i) => total - all.length + i), values: all }];
  };
  const expected = (of: (name: string) => boolean) => () =>
    Object.fromEntries(
      Object.entries(reference())
        .filter(([name]) => of(name))
        .map(([name, all]) => ends(name, all)),
    );
  // FlashAttention-2 (Dao, arXiv 2307.08691), 4.1: two products forward and five backward, each of half the pairs.
  const product = SEQUENCES * length ** 2 * heads * width;
  const job = (options?: StageOptions): Job => ({
    ...jobOf(attentionLayer(ATTENTION).trace(), TOKENS, options),
    sequences: SEQUENCES,
  });
  return {
    'attention, forward': { job: job(), fill, expected: expected((n) => n === 'y'), least: 2 * product },
    'attention, backward': {
      job: job(BACKWARD),
      fill,
      expected: expected((n) => n !== 'y'),
      least: 5 * product,
    },
  };
}

function normParts(): Record<string, Part> {
  const fill = from({ x: drawn(1), weight: drawn(2), [gradName('y')]: drawn(3) });
  const program = rmsNorm.trace({ epsilon: EPSILON });
  const rows = sampledRows(TOKENS);
  const row = (name: string, r: number) => fill(name, TOKENS * HIDDEN).subarray(r * HIDDEN, (r + 1) * HIDDEN);
  const expected = (name: string) => () => {
    const each = rows.map(
      (r) => rmsNormRow(row('x', r), fill('weight', HIDDEN), row(gradName('y'), r), EPSILON)[name]!,
    );
    return { [name]: inRows(rows, each) };
  };
  const job = (options: StageOptions) => jobOf(program, TOKENS, { ...options, dims: { n: HIDDEN } });
  return {
    'RMS norm, forward': { job: job({}), fill, expected: expected('y') },
    'RMS norm, backward': { job: job(BACKWARD), fill, expected: expected(gradName('x')) },
  };
}

const inRows = (rows: readonly number[], each: readonly Float64Array[]): Expected => ({
  at: rows.flatMap((r, i) => Array.from(each[i]!, (_, c) => r * each[i]!.length + c)),
  values: Float64Array.from(each.flatMap((row) => [...row])),
});

/** The label of a token: ids far apart. */
const labelOf = (token: number): number => (token * 7919) % VOCABULARY;

function crossEntropyParts(): Record<string, Part> {
  const fill = from({
    z: drawn(1, 4),
    label: indexed(labelOf),
    weight: every(1 / SCORED),
    [gradName('y')]: every(1),
  });
  const program = crossEntropy.trace();
  const row = (t: number) => {
    const z = fill('z', SCORED * VOCABULARY).subarray(t * VOCABULARY, (t + 1) * VOCABULARY);
    return crossEntropyRow(z, labelOf(t));
  };
  const forward = () => {
    const losses = Array.from({ length: SCORED }, (_, t) => row(t).loss / SCORED);
    return { y: { values: Float64Array.of(losses.reduce((a, b) => a + b, 0)) } };
  };
  const rows = sampledRows(SCORED);
  const backward = () => {
    const each = rows.map((t) => row(t).gradient.map((g) => g / SCORED));
    return { [gradName('z')]: inRows(rows, each) };
  };
  const job = (options: StageOptions) =>
    jobOf(program, SCORED, { ...options, dims: { vocabulary: VOCABULARY } });
  return {
    'cross-entropy, forward': { job: job({}), fill, expected: forward },
    'cross-entropy, backward': { job: job(BACKWARD), fill, expected: backward },
  };
}

/** The head as training runs it: the last norm, the logits, their loss, and the gradient of the norm's input. */
function headPart(): Part {
  const fill = from({
    x: drawn(1),
    norm: every(1),
    W: drawn(2, 1 / 32),
    label: indexed(labelOf),
    weight: every(1 / SCORED),
    [gradName('loss')]: every(1),
  });
  const rows = sampledRows(SCORED, 2);
  const expected = () => {
    const W = fill('W', VOCABULARY * HIDDEN);
    const x = fill('x', SCORED * HIDDEN);
    const each = rows.map((t) => headRow(x.subarray(t * HIDDEN, (t + 1) * HIDDEN), W, labelOf(t)));
    return { [gradName('x')]: inRows(rows, each) };
  };
  return { job: jobOf(loss(HEAD).trace(), SCORED, { gradients: true }), fill, expected };
}

/** The gradient of a token's input of the head, whose norm has weights of 1. */
function headRow(x: Float32Array, W: Float32Array, label: number): Float64Array {
  const ones = every(1)(HIDDEN);
  const h = rmsNormRow(x, ones, ones, EPSILON).y!;
  const z = Float64Array.from({ length: VOCABULARY }, (_, v) => {
    let sum = 0;
    for (let i = 0; i < HIDDEN; i++) sum += h[i]! * W[v * HIDDEN + i]!;
    return sum;
  });
  const g = new Float64Array(HIDDEN);
  for (const [v, slope] of crossEntropyRow(z, label).gradient.entries())
    for (let i = 0; i < HIDDEN; i++) g[i]! += (slope / SCORED) * W[v * HIDDEN + i]!;
  return rmsNormRow(x, ones, g, EPSILON)[gradName('x')]!;
}

/** AdamW in its third step, without clipping. */
function adamWPart(elements: number): Part {
  const [betas, epsilon, rate, decay, step] = [[0.9, 0.999], 1e-8, 1e-4, 0.01, 3] as const;
  const factors = {
    scale: 1,
    kept: 1 - rate * decay,
    rate: rate / (1 - betas[0] ** step),
    root: 1 / Math.sqrt(1 - betas[1] ** step),
  };
  const scalars = Object.entries(factors).map(([name, value]) => [name, every(value)] as const);
  const fill = from({
    p: drawn(1),
    g: drawn(2),
    m: drawn(3),
    v: (count) => drawn(4)(count).map((r) => r * r),
    ...Object.fromEntries(scalars),
  });
  const at = sampledRows(elements, 4096);
  const expected = () => {
    const [p, g, m, v] = (['p', 'g', 'm', 'v'] as const).map((name) =>
      fill(name, elements),
    ) as Float32Array[];
    const each = at.map((i) =>
      adamWElement({ p: p![i]!, g: g![i]!, m: m![i]!, v: v![i]! }, factors, betas, epsilon),
    );
    const of = (name: 'p' | 'm' | 'v') => ({ at, values: Float64Array.from(each, (e) => e[name]) });
    return { p: of('p'), m: of('m'), v: of('v') };
  };
  const program = adamW.trace({ beta1: betas[0], beta2: betas[1], epsilon });
  return { job: jobOf(program, elements), fill, expected };
}

/** The parts at their sizes, by name. */
export const parts = (): Record<string, Part> => ({
  ...attentionParts(),
  ...normParts(),
  ...crossEntropyParts(),
  'head, loss and gradient': headPart(),
  ...Object.fromEntries(TRAINED.map((n) => [`AdamW, ${n} elements`, adamWPart(n)])),
});

/** The sizes of the parts. */
export const SIZES = {
  attention: { sequences: SEQUENCES, ...ATTENTION },
  norm: { tokens: TOKENS, hidden: HIDDEN },
  loss: { tokens: SCORED, vocabulary: VOCABULARY, hidden: HIDDEN },
};
