/** Converts an adapter to LoRA: the change of each module's weight as a product B·A. */
import { OftcError } from '../../../compiler/errors/error.ts';
import type { OpenModel } from '../../formats/model.ts';
import { PREFIX } from '../../formats/peft/parse.ts';
import { decodeBF16, decodeF16, type TensorData } from '../../formats/safetensors/index.ts';
import { squareOf } from '../../start/singular-vectors.ts';
import { DENSE, type Dense, denseTensor } from '../dense.ts';
import { shapeOf } from '../models/linear-layers.ts';
import type { TargetModule } from '../start.ts';
import type { Weights } from '../uploads.ts';
import { type Change, Changes } from './change.ts';
import { type Factors, ofRank, padded, squaredError, within } from './low-rank.ts';
import type { Sites } from './sites.ts';

export interface LoraOptions {
  /** The rank of every module, or `auto` for the lowest at which no more than `tolerance` is left. */
  readonly rank: number | 'auto';
  /** The largest ‖ΔW − B·A‖ ÷ ‖ΔW‖ of a module with `auto`. */
  readonly tolerance: number;
  readonly dtype: Dense;
  /** Whether every module gets the largest rank, the others with rows and columns of zeros. */
  readonly pad: boolean;
}

/** A module as LoRA. Norms are Frobenius norms. */
export interface ConvertedModule {
  readonly module: string;
  readonly shape: readonly [out: number, inner: number];
  readonly rank: number;
  /** ‖W′ − W‖. */
  readonly change: number;
  /** ‖W′ − W − B·A‖, with A and B as they are stored. */
  readonly error: number;
  readonly factors: Factors;
}

/** The largest relative error at which a conversion counts as exact: what float32 keeps of A and B. */
export const EXACT = 1e-6;

/** The highest rank that `auto` looks for: vLLM, for one, serves none above it. */
const HIGHEST = 512;

/** The highest rank at which a LoRA has fewer numbers than the weight, and at most `HIGHEST`. */
const lowRank = ([out, inner]: readonly [number, number]): number =>
  Math.max(1, Math.min(HIGHEST, Math.floor((out * inner) / (out + inner))));

/** The error relative to the change; 0 where nothing is changed. */
export const relativeError = ({ change, error }: Pick<ConvertedModule, 'change' | 'error'>): number =>
  change === 0 ? 0 : error / change;

/** The change and the error of all modules together. */
export function overall(modules: readonly ConvertedModule[]): Pick<ConvertedModule, 'change' | 'error'> {
  const norm = (of: 'change' | 'error') => Math.sqrt(modules.reduce((sum, m) => sum + m[of] ** 2, 0));
  return { change: norm('change'), error: norm('error') };
}

/**
 * The modules of an adapter as LoRA. Throws OFT6010 and OFT6011 as merging does, and OFT6016 for a rank above the width
 * of every module, for a change that `auto` finds no low rank for, and for a changed bias.
 */
export async function toLora(
  { name, sites, tensors }: Sites,
  files: OpenModel,
  weights: Weights,
  options: LoraOptions,
  converting: (module: string, n: number) => void,
): Promise<readonly ConvertedModule[]> {
  checkRank(options.rank, sites, files);
  const changes = await Changes.open(files, weights, sites);
  try {
    const modules: ConvertedModule[] = [];
    for (const [n, site] of sites.entries()) {
      converting(site.module, n);
      const change = await changes.of(site, tensors);
      if (change.bias?.some((x) => x !== 0)) throw changesBias(name, site.module);
      modules.push(moduleOf(site.module, change, options));
    }
    const most = Math.max(...modules.map((m) => m.rank));
    return options.pad
      ? modules.map((m) => ({ ...m, rank: most, factors: padded(m.factors, most) }))
      : modules;
  } finally {
    changes.dispose();
  }
}

function moduleOf(module: string, { weight, shape }: Change, options: LoraOptions): ConvertedModule {
  const { rank, tolerance, dtype } = options;
  const most = lowRank(shape);
  const factors =
    rank === 'auto'
      ? within(weight, shape, tolerance, most)
      : ofRank(weight, shape, Math.min(rank, ...shape));
  if (!factors)
    throw new OftcError(
      'OFT6016',
      `the change of ${module} has no low rank: at rank ${most} more than ${tolerance} of it is left. Give the rank, such as --rank ${Math.min(16, most)}, or a larger --tolerance`,
    );
  const stored = { ...factors, A: rounded(factors.A, dtype), B: rounded(factors.B, dtype) };
  const change = Math.sqrt(squareOf(weight));
  const error = Math.sqrt(squaredError(weight, stored));
  return { module, shape, rank: factors.rank, change, error, factors };
}

function checkRank(rank: number | 'auto', sites: readonly TargetModule[], { config }: OpenModel): void {
  if (rank === 'auto') return;
  const widths = sites.map(({ module, target }) => ({ module, most: Math.min(...shapeOf(config, target)) }));
  const widest = widths.reduce((a, b) => (b.most > a.most ? b : a));
  if (rank > widest.most)
    throw new OftcError(
      'OFT6016',
      `--rank ${rank} is above the width of every module: ${widest.module} has the highest rank, which is at most ${widest.most}`,
    );
}

const changesBias = (name: string, module: string): OftcError =>
  new OftcError(
    'OFT6016',
    `'${name}' changes the bias of ${module}, and a LoRA leaves biases as they are: merge the adapter instead, \`oftc merge\``,
  );

/** The values as a dtype stores them. */
function rounded(values: Float32Array, dtype: Dense): Float32Array {
  const { data } = denseTensor('', [values.length], DENSE[dtype].stored, values);
  if (!(data instanceof Uint16Array)) return values;
  return dtype === 'f16' ? decodeF16(data) : decodeBF16(data);
}

/** The tensors under PEFT's names. Throws QuantizationError for a number that the dtype does not have. */
export const loraTensors = (modules: readonly ConvertedModule[], dtype: Dense): TensorData[] =>
  modules.flatMap(({ module, shape: [out, inner], factors: { A, B, rank } }) => {
    const named = (end: string) => `${PREFIX}${module}.${end}`;
    const { stored } = DENSE[dtype];
    return [
      denseTensor(named('lora_A.weight'), [rank, inner], stored, A),
      denseTensor(named('lora_B.weight'), [out, rank], stored, B),
    ];
  });
