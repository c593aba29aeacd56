/**
 * Estimates the memory that PyTorch takes to train a method of PEFT: weights, and the tensors that autograd saves for
 * the backward pass, by reading which ones the modules of transformers and PEFT save. It is arithmetic on shapes.
 */
import { evalDim } from '../../../compiler/dims/dims.ts';
import type { InputNode } from '../../../compiler/ir/node.ts';
import { layoutOf, type Storage, storageName } from '../../../compiler/primitives/storage.ts';
import type { ModelShape } from '../../formats/config/model-config.ts';
import { blocksOf, HEAD } from '../models/linear-layers.ts';
import { expectedWeights } from '../models/weights.ts';
import type { TargetModule } from '../start.ts';
import type { PeftAssumptions } from './assumptions.ts';

/** The bytes at the peak, by use. */
export interface PeftBytes {
  /** The frozen tensors by form: `bf16`, `nf4:64`. */
  readonly held: Readonly<Record<string, number>>;
  readonly weights: number;
  /** The adapter's tensors, and buffers that PEFT keeps beside them. */
  readonly adapter: number;
  readonly optimizer: number;
  readonly gradients: number;
  /** Saved tensors that do not grow with tokens: rotations, and second weights where W is transformed. */
  readonly transforms: number;
  /** Saved tensors that grow with tokens. */
  readonly activations: number;
  readonly logits: number;
  readonly context: number;
  readonly total: number;
}

export interface PeftOptions {
  readonly config: ModelShape;
  /** The method's name and its settings. */
  readonly method: string;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** Whether the method transforms the weight and not the input, as the first OFT of PEFT does. */
  readonly asWritten: boolean;
  readonly sites: readonly TargetModule[];
  /** The storage of a projection of this shape; undefined for `dtype`. */
  readonly storage: (shape: readonly number[]) => Storage | undefined;
  readonly batch: number;
  readonly length: number;
  readonly assumptions: PeftAssumptions;
}

const BYTES = { f32: 4, bf16: 2, f16: 2 } as const;
const FLOAT = 4;

/** A linear layer with an adapter. */
interface Module {
  readonly out: number;
  readonly inner: number;
  /** The number of the adapter's trained numbers by our own count. */
  readonly trained: number;
  /** The shapes of the adapter's trained tensors. */
  readonly shapes: readonly (readonly number[])[];
}

/** A PEFT layer's number of parameters, and the bytes that it holds and autograd saves. */
interface Saved {
  readonly parameters: number;
  /** Bytes of buffers. */
  readonly buffers?: number;
  /** Bytes saved for each token. */
  readonly wide: number;
  /** Bytes saved whatever the number of tokens. */
  readonly narrow: number;
}

type PeftLayer = (m: Module, e: number, settings: PeftOptions['settings']) => Saved;

/** Autocast makes a copy of x for each adapter, which the gradient of the adapter's tensors needs. */
const lora: PeftLayer = ({ inner, trained, shapes: [A] }, e) => ({
  parameters: trained,
  wide: e * (inner + A![0]!),
  narrow: e * trained,
});

/** The input is rotated. The series saves the powers of Q but for the last; the exact transform, its solve. */
const oft: PeftLayer = ({ inner, trained, shapes: [v] }, e, { cayley, terms }) => {
  const blocks = inner * sideOf(v!);
  const series = cayley === 'exact' ? 2 * FLOAT + e : e * Math.max(1, Number(terms) - 1);
  return { parameters: trained, wide: e * inner, narrow: series * blocks };
};

/**
 * The weight is rotated by a dense matrix of in × in. Its product with a unit matrix saves that one, the scale of the
 * outputs saves R·W, and the linear layer saves x and the scaled weight. Blocks are stored whole.
 */
const oftOfWeights: PeftLayer = ({ out, inner, shapes: [v] }, e) => {
  const blocks = inner * sideOf(v!);
  return {
    parameters: blocks + out,
    wide: e * inner,
    narrow: e * (2 * inner * out + inner ** 2) + (FLOAT + 3 * e) * blocks,
  };
};

/**
 * Dense factors of in × in are multiplied with each other and with the weight. The permutations are dense float32
 * buffers, and each pass casts and saves them.
 */
const boft: PeftLayer = ({ out, inner, trained, shapes: [R] }, e) => {
  const m = R![0]!;
  const products = m > 1 ? m + (m - 2) : 0;
  return {
    parameters: trained,
    buffers: FLOAT * m * inner ** 2,
    wide: e * inner,
    narrow: e * (2 * inner * out + (m + products + 1) * inner ** 2),
  };
};

/** The side of the square whose strict triangle is a tensor's row. */
const sideOf = (packed: readonly number[]): number => (1 + Math.sqrt(1 + 8 * packed.at(-1)!)) / 2;

/** The layers of PEFT that are known here, and those that its methods had as they are written in their papers. */
const LAYERS: Readonly<Record<'now' | 'asWritten', Readonly<Record<string, PeftLayer>>>> = {
  now: { lora, oft, boft },
  asWritten: { lora, oft: oftOfWeights, boft },
};

/** The methods whose memory in PEFT is known here. */
export const ESTIMATED: readonly string[] = Object.keys(LAYERS.now);

/** The bytes at the peak; undefined for a method whose layer in PEFT is not known here. */
export function peftBytes(o: PeftOptions): PeftBytes | undefined {
  const { config: c, assumptions: a } = o;
  const layer = LAYERS[o.asWritten ? 'asWritten' : 'now'][o.method];
  if (!layer) return undefined;
  const e = BYTES[a.dtype];
  const tokens = o.batch * o.length;
  const held = heldBytes(o, e);
  const saved = o.sites.map((site) => layer(moduleOf(site), e, o.settings));
  const head = o.sites.some((s) => s.target === HEAD) ? saved.at(-1)! : undefined;
  const blocks = head ? saved.slice(0, -1) : saved;
  const own = sum(saved.map((s) => s.parameters)) * BYTES[a.adapterDtype];
  // All blocks have the same adapters.
  const narrow = sum(blocks.map((s) => s.narrow)) / c.layers;
  const wide = sum(blocks.map((s) => s.wide)) / c.layers + frozenWide(o, e);
  const beside = (head?.narrow ?? 0) + tokens * (head?.wide ?? 0);
  const logits = tokens * c.vocabSize * a.logitBytes;
  const inputs = tokens * c.layers * e * c.hiddenSize;
  const block = tokens * wide;
  // With checkpointing the peak is at the head, or in a block that is computed again.
  const peak = !a.checkpointing
    ? { transforms: c.layers * narrow, activations: c.layers * block + beside, logits }
    : narrow + block > logits + beside
      ? { transforms: narrow, activations: inputs + block, logits: 0 }
      : { transforms: 0, activations: inputs + beside, logits };
  const parts = {
    weights: sum(Object.values(held)),
    adapter: own + sum(saved.map((s) => s.buffers ?? 0)),
    optimizer: 2 * own,
    gradients: own,
    ...peak,
    context: a.context,
  };
  return { held, ...parts, total: sum(Object.values(parts)) };
}

const product = (shape: readonly number[]): number => shape.reduce((p, n) => p * n, 1);
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function moduleOf({ adapted: { program, own } }: TargetModule): Module {
  const shapeOf = ({ type }: InputNode): number[] => type.shape.map((d) => evalDim(d, {}));
  const [out, inner] = shapeOf(program.inputs.find((i) => i.name === 'W')!) as [number, number];
  const shapes = own.filter((i) => i.role === 'trainable').map(shapeOf);
  return { out, inner, trained: sum(shapes.map(product)), shapes };
}

/** The frozen tensors of the model by form. Only matrices in blocks are quantised. */
function heldBytes({ config, storage, assumptions }: PeftOptions, e: number): Record<string, number> {
  const held: Record<string, number> = {};
  for (const [name, shape] of expectedWeights(config)) {
    const quantised = name.includes('.layers.') && shape.length === 2 ? storage(shape) : undefined;
    const form = quantised ? storageName(quantised) : assumptions.dtype;
    const bytes = quantised ? packedBytes(quantised, shape) : e * product(shape);
    held[form] = (held[form] ?? 0) + bytes;
  }
  return held;
}

/** The bytes of a quantised weight in its library: groups have scales of 16 bits and zeros of 4. */
function packedBytes(storage: Storage, shape: readonly number[]): number {
  if (storage.format !== 'int4') return 4 * layoutOf(storage, shape).words;
  const [out, inner] = shape as [number, number];
  return (out * inner) / 2 + out * Math.ceil(inner / storage.group) * 2.5;
}

/** The bytes that the frozen parts of a block save for each token. */
function frozenWide({ config: c, storage, length, assumptions }: PeftOptions, e: number): number {
  const [q, kv] = [c.heads * c.headDim, c.kvHeads * c.headDim];
  const inBlock = [...expectedWeights(c)].filter(([name]) => name.startsWith(`${blocksOf(c)[0]!.path}.`));
  // A norm saves its input as float32. Norms of queries and keys have the width of one head.
  const norms = inBlock
    .filter(([name]) => name.endsWith('norm.weight'))
    .map(([name]) => (/q_norm/.test(name) ? q : /k_norm/.test(name) ? kv : c.hiddenSize));
  // Kernels of groups of 4 bits save their input.
  const linear = inBlock
    .filter(([, shape]) => shape.length === 2 && storage(shape)?.format === 'int4')
    .map(([, shape]) => shape[1]!);
  const scores = c.heads * length * (FLOAT + e);
  const attention =
    assumptions.attention === 'flash' ? e * (2 * q + 2 * kv) + FLOAT * c.heads : e * 4 * q + scores;
  // The gated activation saves the gate, its activation and the other factor.
  return FLOAT * sum(norms) + e * sum(linear) + attention + 3 * e * c.intermediateSize;
}
