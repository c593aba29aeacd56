/** The engines that run Plans on WebGPU, or in the interpreter. */
import type { HostArray } from '../../session/tensors.ts';
import { AdamW, momentsOf } from '../adamw.ts';
import type { Batch } from '../batch.ts';
import { type ContinueOptions, continued, type Prompt } from '../greedy.ts';
import type { Model } from '../model-run.ts';
import type { BatchSize } from '../model-types.ts';
import { apart, together } from '../models/stacked.ts';
import { placedOn } from '../place.ts';
import type { BatchSizes, CompileOptions, Engine, StateAt, TrainedState, TrainingEngine } from './engine.ts';
import { plannedTraining, type TrainingBytes } from './memory.ts';
import { type Draw, type StepOptions, type Taken, type Trainable, type Trainer, takeStep } from './step.ts';
import { Sums } from './sums.ts';

type Values = ReadonlyMap<string, HostArray>;

interface Ready<B> extends Trainer<B> {
  readonly model: Trainable<B>;
}

/** The engine of a model of any kind, which it disposes at its end. */
export class StagesEngine<B, M extends Trainable<B> = Trainable<B>> implements TrainingEngine<B> {
  readonly model: M;
  #trainer: Ready<B> | undefined;

  constructor(model: M) {
    this.model = model;
  }

  get bytes() {
    return this.model.bytes;
  }

  get mostBytes(): number | undefined {
    return this.model.place.ledger?.most;
  }

  async compile({ betas, decay, sizes }: CompileOptions): Promise<void> {
    const { model } = this;
    model.place.ledger?.restart();
    await model.compile(sizes);
    // Each step states its own rate.
    const optimizer = await AdamW.prepare(model, { rate: 0, betas, decay });
    this.#trainer = { model, optimizer, sums: await Sums.prepare(model.place, optimizer) };
  }

  get #ready(): Ready<B> {
    if (!this.#trainer) throw new Error('the engine is not compiled');
    return this.#trainer;
  }

  async planned(sizes: BatchSizes): Promise<number> {
    return (await this.plannedBytes(sizes)).total;
  }

  /** The bytes of device memory that a run will take at its most, by use. */
  plannedBytes(sizes: BatchSizes): Promise<TrainingBytes> {
    const { model, optimizer, sums } = this.#ready;
    return plannedTraining(model, optimizer, sums, sizes);
  }

  /** The operations of a step whose batches have a size. */
  async operations(size: BatchSize, accumulate: number): Promise<number> {
    const { model, optimizer, sums } = this.#ready;
    const [batch, summed, applied] = await Promise.all([
      model.operations(size),
      sums.operations(accumulate),
      optimizer.operations(),
    ]);
    return accumulate * batch + summed + applied;
  }

  async restore({ step, adapter, moments }: StateAt): Promise<void> {
    const { model, optimizer } = this.#ready;
    // The errors of a step that failed are those of values that are replaced now.
    await model.place.checked().catch(() => {});
    for (const [name, data] of this.asComputed(adapter))
      model.replace(name, placedOn(model.place, name, data));
    await optimizer.restore(
      step,
      momentsOf(moments, (of) => this.asComputed(of)),
    );
  }

  loss(batch: B): Promise<number> {
    return this.model.loss(batch);
  }

  step(draw: Draw<B>, options: StepOptions): Promise<Taken> {
    return takeStep(this.#ready, draw, options);
  }

  async adapter(): Promise<ReadonlyMap<string, HostArray>> {
    const all = new Map<string, HostArray>();
    for (const [path, held] of this.model.trained) all.set(path, await held.read());
    return this.asStored(all);
  }

  async state(): Promise<TrainedState> {
    const moments = await this.#ready.optimizer.moments();
    return { adapter: await this.adapter(), moments: momentsOf(moments, (of) => this.asStored(of)) };
  }

  /** Values by path as files have them, of those that the model computes with. */
  protected asStored(values: Values): Values {
    return values;
  }

  /** The inverse of `asStored`. */
  protected asComputed(values: Values): Values {
    return values;
  }

  async dispose(): Promise<void> {
    this.#trainer?.sums.dispose();
    this.#trainer?.optimizer.dispose();
    this.model.dispose();
  }
}

/** The engine of a model of texts. */
export class WebGpuEngine extends StagesEngine<Batch, Model> implements Engine {
  get config() {
    return this.model.config;
  }

  protected override asStored(values: Values): Values {
    return apart(values, this.config);
  }

  protected override asComputed(values: Values): Values {
    return together(values, this.config);
  }

  continued(prompts: readonly Prompt[], options: ContinueOptions): Promise<number[][]> {
    return continued(this.model, prompts, options);
  }
}
