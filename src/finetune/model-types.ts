/** The options of a model, the results of its gradients, and the memory that they are planned to take. */
import type { ModelShape } from '../formats/config/model-config.ts';
import type { PlanStore } from '../plans/store.ts';
import type { SessionOptions } from '../session/session.ts';
import type { HostArray } from '../session/tensors.ts';
import type { AdapterChoice } from './blocks.ts';
import type { Value } from './place.ts';
import type { Activations } from './stage-options.ts';
import type { Weights } from './uploads.ts';

export interface ModelOptions {
  readonly config: ModelShape;
  readonly weights: Weights;
  readonly adapter?: AdapterChoice;
  readonly device?: SessionOptions['device'];
  /** Whether to compile the blocks without any derivation, as a baseline. */
  readonly asWritten?: boolean;
  /** The most bytes of a tensor of the embedding and the head; by default what the device can bind. */
  readonly largest?: number;
  /** The tokens of the largest batch: the vocabulary is cut so that their logits fit. */
  readonly tokensAtOnce?: number;
  /** Where compiled Plans are kept. */
  readonly plans?: PlanStore | undefined;
  /** How a device stores the tensors that grow with tokens; in 32 bits by default. */
  readonly activations?: Activations | undefined;
}

/** The tokens of a batch, and those that the encoder reads, of a model with an encoder. */
export interface BatchSize {
  readonly tokens: number;
  readonly sources?: number | undefined;
}

/** A loss, and the gradients of the adapter's tensors by path, held until freed. */
export interface Gradients {
  readonly loss: number;
  /** The factor of all values: 1 but for activations in f16. */
  readonly scale: number;
  readonly values: ReadonlyMap<string, Value>;
  read(path: string): Promise<HostArray>;
  free(): void;
}

/** The peak of device memory while gradients are computed, by use. */
export interface PlannedBytes {
  /** Frozen tensors, and the tables of the rotary embedding. */
  readonly weights: number;
  readonly adapter: number;
  /** Temporaries, uploads and uniforms of the embedding and the blocks. */
  readonly stages: number;
  /** Those of the head: the logits. */
  readonly head: number;
  /** The input of the first block, its output, and the head's results. */
  readonly activations: number;
  /** Gradients of the adapter's tensors and of the input of each block. */
  readonly gradients: number;
  readonly total: number;
}
