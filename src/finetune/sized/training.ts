/**
 * Plans a run of training from a model's configuration: the stages that a run compiles are compiled for a device that
 * is not there, and their memory and operations added up as a run does. No weight is read or made.
 */
import { evalDim } from '../../../compiler/dims/dims.ts';
import { OftcError } from '../../../compiler/errors/error.ts';
import type { Storage } from '../../../compiler/primitives/storage.ts';
import type { ModelConfig, ModelShape } from '../../formats/config/model-config.ts';
import type { PlanStore } from '../../plans/store.ts';
import { storageNamed } from '../../session/quantized.ts';
import type { AdapterChoice } from '../blocks.ts';
import type { TrainingBytes } from '../loop/memory.ts';
import { type StagesEngine, WebGpuEngine } from '../loop/webgpu.ts';
import { Model } from '../model-run.ts';
import type { BatchSize } from '../model-types.ts';
import { sitesOf, type TargetModule } from '../start.ts';
import type { Weights } from '../uploads.ts';
import { type AbsentDevice, type SizedPlace, sizedPlace } from './place.ts';
import { SizedUploads } from './uploads.ts';

/** The part of a configuration that a plan depends on. */
export type PlannedModel = ModelShape & Pick<ModelConfig, 'quantization'>;

export interface TrainingOptions {
  readonly config: PlannedModel;
  readonly adapter: Omit<AdapterChoice, 'tensors'>;
  /** The format of the projections of a model that is not quantised; by default float32. */
  readonly quantize?: string | undefined;
  /** Whether to compile the blocks without any derivation. */
  readonly asWritten?: boolean;
  /** The number of sequences in a batch. */
  readonly batch: number;
  /** The number of tokens in a sequence. */
  readonly length: number;
  /** The number of tokens that an encoder reads with each; `length` if undefined. */
  readonly sourceLength?: number | undefined;
  readonly accumulate: number;
  readonly device: AbsentDevice;
  readonly plans?: PlanStore | undefined;
}

export interface TrainingPlan {
  /** The bytes of the model's and the adapter's tensors, by the form that they are held in. */
  readonly held: Readonly<Record<string, number>>;
  readonly memory: TrainingBytes;
  /** The operations of a step. */
  readonly operations: number;
  /** The reasons why the device would refuse the run. */
  readonly refusals: readonly string[];
}

/** Rejects with OFT4011 and OFT4012 for a quantisation, and as `Model.open` and `sitesOf` do. */
export async function planTraining(o: TrainingOptions): Promise<TrainingPlan> {
  const adapter = { ...o.adapter, tensors: nowhere };
  sitesOf(o.config, adapter);
  const place = sizedPlace(o.device, o.plans);
  const uploads = new SizedUploads(heldStorage(o.config, o.quantize));
  const tokens = o.batch * o.length;
  const size: BatchSize = {
    tokens,
    ...(o.config.encoder ? { sources: o.batch * (o.sourceLength ?? o.length) } : {}),
  };
  const model = await Model.on(place, uploads, {
    ...{ config: o.config, weights: nowhere, adapter, tokensAtOnce: tokens },
    asWritten: o.asWritten ?? false,
  });
  return planOf(new WebGpuEngine(model), place, [size], o.accumulate);
}

/** The plan of a run on a model that is compiled for a place; disposes the engine. */
export async function planOf<B>(
  engine: StagesEngine<B>,
  { refusals }: Pick<SizedPlace, 'refusals'>,
  sizes: readonly [BatchSize, ...BatchSize[]],
  accumulate: number,
): Promise<TrainingPlan> {
  try {
    await engine.compile({ betas: [0.9, 0.999], decay: 0, sizes });
    return {
      held: engine.bytes,
      memory: await engine.plannedBytes({ sizes, accumulate }),
      operations: await engine.operations(sizes[0], accumulate),
      refusals: [...refusals],
    };
  } finally {
    await engine.dispose();
  }
}

/** The weights of a model of which only the configuration is there. */
export const nowhere: Weights = {
  read: (name) => Promise.reject(new TypeError(`'${name}' is not read for a plan`)),
  rows: async (name) => () => nowhere.read(name).then(({ data }) => data),
};

/** The number of trained numbers of an adapter. */
export const trainedIn = (sites: readonly TargetModule[]): number =>
  sites
    .flatMap(({ adapted }) => adapted.own.filter((i) => i.role === 'trainable'))
    .reduce((sum, i) => sum + i.type.shape.reduce((p, d) => p * evalDim(d, {}), 1), 0);

/**
 * The storage of the projections, by the shape (out, in) of the weight; undefined for float32. Throws OFT4011 for a
 * model that is quantised already, and OFT4012 for an unknown format.
 */
export function heldStorage(
  { quantization }: Pick<ModelConfig, 'quantization'>,
  asked: string | undefined,
): (shape: readonly number[]) => Storage | undefined {
  if (asked !== undefined) {
    const storage = storageNamed('projections are', asked);
    if (!quantization) return () => storage;
    throw new OftcError(
      'OFT4011',
      `the projections cannot be held as ${asked}: config.json says ${quantization.method}, and they are held so without being asked for`,
    );
  }
  switch (quantization?.method) {
    case undefined:
      return () => undefined;
    case 'nf4':
      return () => ({
        format: 'nf4',
        block: 64,
        ...(quantization.doubleQuantization ? { nested: 256 } : {}),
      });
    case 'int8':
      return () => ({ format: 'int8' });
    case 'gptq':
    case 'awq': {
      // A group size of −1 means one group for a whole row.
      const { groupSize } = quantization;
      return (shape) => ({ format: 'int4', group: groupSize > 0 ? groupSize : shape.at(-1)! });
    }
  }
}
