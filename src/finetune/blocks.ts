/**
 * Compiles the stages of a model's blocks. All blocks are one program, compiled once for each combination of storages
 * of their weights; most models have one.
 */
import { gradName } from '../../compiler/autodiff/differentiate.ts';
import type { Binding } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { getOrMake } from '../../compiler/keyed.ts';
import { storageName } from '../../compiler/primitives/storage.ts';
import type { ModelShape } from '../formats/config/model-config.ts';
import { loadProgram, type Source } from '../language/load.ts';
import type { Stored } from '../session/quantized.ts';
import type { DropoutOptions } from './dropout/draws.ts';
import { droppedBy } from './dropout/methods.ts';
import { type Adapted, adaptedAt, afterwards, withMask } from './models/adapted.ts';
import { block } from './models/decoder-block.ts';
import { SOURCES } from './models/encoder-block.ts';
import {
  layerAt,
  projectionsOf,
  shortName,
  shortNames,
  type Target,
  targetsOf,
} from './models/linear-layers.ts';
import type { Linear } from './models/modules.ts';
import { settingsOn } from './module-settings.ts';
import type { Place } from './place.ts';
import { LateStage } from './stage.ts';
import type { StageOptions } from './stage-options.ts';
import type { Weights } from './uploads.ts';

/** An adapter: a layer that replaces the linear layers it targets; see models/adapted.ts. */
export interface AdapterChoice {
  readonly source: Source;
  readonly layer?: string;
  readonly config?: object;
  /** Sizes that the weights do not determine, such as the block size. */
  readonly dims?: Binding;
  /** Sizes beside `dims` that differ between targets, by target. */
  readonly targetDims?: Partial<Record<Target, Binding>>;
  readonly targets?: readonly Target[];
  /** Dropout in training; the method must have it. */
  readonly dropout?: DropoutOptions | undefined;
  /** Adapters that follow this one: on a target of both, they take its merged weight for W. */
  readonly also?: readonly AdapterChoice[];
  /** The adapter's tensors, by their path in the model: `model.layers.0.self_attn.q_proj.oft_R.weight`. */
  readonly tensors: Weights;
}

/**
 * The adapter's layer at each linear layer that it targets. Throws OFT6001 for a layer that does not fit one of these.
 */
export function adaptersOf(
  config: ModelShape,
  adapter: Omit<AdapterChoice, 'tensors'>,
): Partial<Record<Target, Adapted>> {
  const at = (t: Target): Adapted => {
    const linear = layerAt(config, t);
    const dropped = adapter.dropout && droppedBy(adapter.source);
    if (dropped && linear.experts !== undefined)
      throw new OftcError(
        'OFT6001',
        `on ${shortName(config, t)}: an adapter on experts has no dropout here: leave dropout out, or leave the experts out of the targets`,
      );
    const source = dropped?.of === 'input' ? dropped.layer : adapter.source;
    const program = programFor({ ...adapter, source }, linear);
    return onModule(shortName(config, t), () => {
      if (!linear.bias) refuseBias(program, adapter.config);
      const adapted = adaptedAt(program, linear.shape, { ...adapter.dims, ...adapter.targetDims?.[t] });
      return dropped ? withMask(adapted, dropped) : adapted;
    });
  };
  const targets = adapter.targets ?? projectionsOf(config);
  try {
    const all = Object.fromEntries(targets.map((t) => [t, at(t)]));
    for (const next of adapter.also ?? [])
      for (const [t, adapted] of Object.entries(adaptersOf(config, next)))
        if (adapted) all[t] = all[t] ? afterwards(all[t], adapted) : adapted;
    return all;
  } catch (e) {
    if (!(e instanceof OftcError) || e.code !== 'OFT6001') throw e;
    const fit = targetsOf(config).filter((t) => fits(() => at(t)));
    if (fit.length === 0) throw e;
    throw new OftcError(e.code, `${e.message}; it fits ${shortNames(config, fit).join(', ')}`, e.spans);
  }
}

/** Throws OFT6001 if a layer takes a bias. It is called for modules of the model that have none. */
function refuseBias(program: Program, config: object = {}): void {
  const bias = program.inputs.find((i) => i.name === 'bias');
  if (!bias) return;
  const instead =
    'bias' in config
      ? 'give finetune --set bias=false'
      : 'leave bias out of the layer, to whose result a bias of the model is added';
  throw new OftcError(
    'OFT6001',
    `'${program.name}' takes 'bias', and this module of the model has none: ${instead}`,
    bias.spans,
  );
}

function fits(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch (e) {
    if (e instanceof OftcError) return false;
    throw e;
  }
}

/** Does the work, and adds the module to an error's message. */
export function onModule<T>(module: string, work: () => T): T {
  try {
    return work();
  } catch (e) {
    if (!(e instanceof OftcError)) throw e;
    throw new OftcError(e.code, `on ${module}: ${e.message}`, e.spans);
  }
}

/**
 * The adapter's program on a module. Its settings `bias` and `fewerOutputs`, if it has them, say whether the linear
 * layer has a bias, and fewer outputs than inputs.
 */
export function programFor(
  { source, layer, config = {} }: Omit<AdapterChoice, 'tensors'>,
  { module, shape: [out, inner], bias }: Linear,
) {
  const defaults = typeof source !== 'string' && 'defaults' in source ? source.defaults : undefined;
  const settings: object = typeof defaults === 'object' && defaults !== null ? defaults : {};
  const own = Object.entries({ bias, fewerOutputs: out < inner }).filter(([name]) => name in settings);
  return loadProgram(source, {
    layer,
    config: { ...settingsOn(config, module), ...Object.fromEntries(own) },
  }).program;
}

export const blockProgram = (config: ModelShape, adapter?: Omit<AdapterChoice, 'tensors'>): Program =>
  block(config, adapter && adaptersOf(config, adapter)).trace();

export type BlockStages = {
  readonly forward: LateStage;
  /** The stage for the gradients of x and of the trained tensors; it does not return the output. */
  readonly gradient: LateStage;
  /** The forward stage without dropout: `forward` itself where there is none. */
  readonly plain: LateStage;
};

/** The inputs of a block that have a gradient and are no trained tensors. */
const ACTIVATIONS: readonly string[] = ['x', 'sourceKeys', 'sourceValues'];

/** The options that each stage of a block is compiled with. */
export const blockStages = (
  program: Program,
  of: Pick<StageOptions, 'stored' | 'asWritten' | 'dims'>,
): Readonly<Record<'forward' | 'gradient', StageOptions>> => {
  // Masks of dropout have no gradient.
  const wanted = program.inputs.filter((i) => ACTIVATIONS.includes(i.name) || i.role === 'trainable');
  const only = (output: string) => wanted.some((i) => gradName(i.name) === output);
  return { forward: of, gradient: { ...of, gradients: true, only } };
};

/** A cache of stages, compiled once for each combination of storages, and for each number of rows of an encoder's result. */
export class ByStorage<T extends Readonly<Record<string, Pick<LateStage, 'dispose'>>>> {
  readonly #compile: (stored: Stored, sources: number | undefined) => Promise<T>;
  readonly #compiled = new Map<string, Promise<T>>();
  readonly #made: T[] = [];

  constructor(compile: (stored: Stored, sources: number | undefined) => Promise<T>) {
    this.#compile = compile;
  }

  async holding(stored: Stored, sources?: number): Promise<T> {
    const storages = Object.entries(stored).map(([name, storage]) => `${name}=${storageName(storage)}`);
    const key = [...storages, ...(sources === undefined ? [] : [sources])].join();
    // Calls at the same time share what the first one compiles.
    const made = getOrMake(this.#compiled, key, () => this.#compile(stored, sources));
    const stages = await made;
    if (!this.#made.includes(stages)) this.#made.push(stages);
    return stages;
  }

  dispose(): void {
    const all = this.#made.flatMap((stages) => Object.values(stages));
    for (const stage of new Set(all)) stage.dispose();
  }
}

/**
 * The stages of the blocks of a program, by the storages of a block's weights; `plain` is the program without dropout.
 */
export const stagesOf = (
  place: Place,
  program: Program,
  asWritten: boolean,
  plain?: Program,
): ByStorage<BlockStages> =>
  new ByStorage(async (stored, sources) => {
    const dims = sources === undefined ? {} : { [SOURCES]: sources };
    const options = blockStages(program, { stored, asWritten, dims });
    const forward = new LateStage(place, program, options.forward);
    return {
      forward,
      gradient: new LateStage(place, program, options.gradient),
      plain: plain ? new LateStage(place, plain, options.forward) : forward,
    };
  });
