/** The interface of an engine, which computes losses and takes the steps of AdamW for the training loop. */
import type { ModelShape } from '../../formats/config/model-config.ts';
import type { HostArray } from '../../session/tensors.ts';
import type { Betas, Moments } from '../adamw.ts';
import type { Batch } from '../batch.ts';
import type { ContinueOptions, Prompt } from '../greedy.ts';
import type { BatchSize } from '../model-types.ts';
import type { Draw, StepOptions, Taken } from './step.ts';

/** The part of AdamW's options that is constant over a run, and the sizes of its batches. */
export interface CompileOptions {
  readonly betas: Betas;
  /** The decoupled weight decay. */
  readonly decay: number;
  readonly sizes: readonly BatchSize[];
}

/** The tensors of the adapter, and AdamW's running means of each: none before the first step. */
export interface TrainedState {
  readonly adapter: ReadonlyMap<string, HostArray>;
  readonly moments: ReadonlyMap<string, Moments>;
}

/** A state with its number of steps. */
export interface StateAt extends TrainedState {
  readonly step: number;
}

/** The batches of a run, by what decides how much memory they take. */
export interface BatchSizes {
  /** The sizes of the batches to come. */
  readonly sizes: readonly BatchSize[];
  readonly accumulate: number;
}

/** An engine that trains on batches of one kind: texts, or images with their labels. */
export interface TrainingEngine<B> {
  /** The bytes of the tensors that the engine holds, by form: `f32`, `nf4:64`. The adapter's count as `adapter`. */
  readonly bytes: Readonly<Record<string, number>>;
  /** The most bytes of device memory since `compile`; undefined where the engine does not know it. */
  readonly mostBytes: number | undefined;
  /** Makes ready what steps and losses need. It is called before them. */
  compile(options: CompileOptions): Promise<void>;
  /** The bytes of device memory that a run will take at its most; undefined where the engine cannot tell. */
  planned(sizes: BatchSizes): Promise<number | undefined>;
  /** Puts adapter and optimiser into a state. */
  restore(state: StateAt): Promise<void>;
  loss(batch: B): Promise<number>;
  /**
   * Takes a step, and resolves when it is taken. Rejects with OFT6007 for a loss or a gradient that is not finite, and
   * then leaves the adapter as it was.
   */
  step(draw: Draw<B>, options: StepOptions): Promise<Taken>;
  /** The adapter's trained tensors, by path. */
  adapter(): Promise<ReadonlyMap<string, HostArray>>;
  state(): Promise<TrainedState>;
  dispose(): Promise<void>;
}

/** An engine of a model of texts. */
export interface Engine extends TrainingEngine<Batch> {
  readonly config: ModelShape;
  /** The likeliest tokens after each prompt, up to an end, which is left out. */
  continued(prompts: readonly Prompt[], options: ContinueOptions): Promise<readonly (readonly number[])[]>;
}
