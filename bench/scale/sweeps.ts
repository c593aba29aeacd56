/** The sweeps: which size grows, what is compiled at each, and what stays the same. */
import type { Binding } from '../../compiler/dims/dims.ts';
import type { Program } from '../../compiler/ir/node.ts';
import type { Storage } from '../../compiler/primitives/storage.ts';
import { oft } from '../../src/adapters/oft.ts';
import type { ModelShape } from '../../src/formats/config/model-config.ts';
import { CONFIG, LENGTH } from '../tables/model.ts';
import { adapters, factors, layers } from './programs.ts';

/** The powers of `by` from 1 to `last`, times `first`. */
const powers = (first: number, last: number, by = 2): number[] =>
  Array.from({ length: Math.round(Math.log(last / first) / Math.log(by)) + 1 }, (_, i) => first * by ** i);

/** A training step of a layer: what is compiled at a size, and the tokens that it runs on. */
export interface LayerPoint {
  readonly program: Program;
  readonly dims: Binding;
  readonly tokens: number;
  readonly stored?: Readonly<Record<string, Storage>>;
}

interface Common {
  /** The name of the size that grows. */
  readonly axis: string;
  readonly title: string;
  readonly sizes: readonly number[];
  /** Whether the size counts parts of a program, so that all of its costs may grow at most in proportion. */
  readonly counts: boolean;
}

export interface LayerSweep extends Common {
  readonly at: (size: number) => LayerPoint;
}

/** A training step of a model whose number of transformer blocks is the size. */
export interface ModelSweep extends Common {
  readonly model: (size: number) => ModelShape;
  readonly sequences: number;
  readonly length: number;
}

export type Sweep = LayerSweep | ModelSweep;

export const BLOCK = 32;
const OFT = oft.trace();
const square = (width: number): Binding => ({ in: width, out: width, b: BLOCK });
const NF4: Storage = { format: 'nf4', block: 64, nested: 256 };
const WIDTHS = powers(256, 8192);
/** The tokens of the sweeps over widths: enough for products, few enough for the widest layer. */
const FEW = 64;
/** The layer of the sweeps over counts. */
const [TOKENS, WIDTH] = [256, 512];

const modelOf = (blocks: number): ModelShape => ({
  ...CONFIG,
  ...{ vocabSize: 512, hiddenSize: 256, intermediateSize: 704, layers: blocks, heads: 4, kvHeads: 2 },
});

const counted =
  (program: (n: number) => Program, dims = square(WIDTH)) =>
  (n: number): LayerPoint => ({ program: program(n), dims, tokens: TOKENS });

export const SWEEPS: Readonly<Record<string, Sweep>> = {
  tokens: {
    axis: 'tokens',
    title: 'OFT, 1024 → 1024',
    sizes: powers(1, 16384, 4),
    counts: false,
    at: (tokens) => ({ program: OFT, dims: square(1024), tokens }),
  },
  width: {
    axis: 'width',
    title: `OFT, width → width, ${FEW} tokens`,
    sizes: WIDTHS,
    counts: false,
    at: (width) => ({ program: OFT, dims: square(width), tokens: FEW }),
  },
  'width-nf4': {
    axis: 'width',
    title: `QOFT in NF4, width → width, ${FEW} tokens`,
    sizes: WIDTHS,
    counts: false,
    at: (width) => ({ program: OFT, dims: square(width), tokens: FEW, stored: { W: NF4 } }),
  },
  depth: {
    axis: 'transformer blocks',
    title: 'A Llama of hidden size 256 with OFT on all projections, 2 × 64 tokens',
    sizes: powers(1, 64),
    counts: true,
    model: modelOf,
    sequences: 2,
    length: LENGTH,
  },
  layers: {
    axis: 'layers',
    title: `Layers in a row in one program, each with OFT, ${WIDTH} → ${WIDTH}, ${TOKENS} tokens`,
    sizes: powers(1, 64),
    counts: true,
    at: counted(layers, { in: WIDTH, b: BLOCK }),
  },
  factors: {
    axis: 'factors',
    title: `A weight times n rotations, every other one shuffled, ${WIDTH} → ${WIDTH}, ${TOKENS} tokens`,
    sizes: powers(1, 64),
    counts: true,
    at: counted(factors),
  },
  adapters: {
    axis: 'adapters',
    title: `OFT with n adapters on one layer, ${WIDTH} → ${WIDTH}, ${TOKENS} tokens`,
    sizes: powers(1, 16),
    counts: true,
    at: counted(adapters),
  },
};
