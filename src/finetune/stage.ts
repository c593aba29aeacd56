/** Compiles one Plan of a model's sequence, and runs it on values that may be another stage's results. */
import { DEFAULT_CLASS, type DeviceClass } from '../../compiler/devices/index.ts';
import type { Binding } from '../../compiler/dims/dims.ts';
import type { Program } from '../../compiler/ir/node.ts';
import type { Plan } from '../../runtime/index.ts';
import type { PlanStore } from '../plans/store.ts';
import type { BackendResult, Runner } from '../session/backends/backend.ts';
import { prepare } from '../session/plan.ts';
import type { Planned } from '../session/planned.ts';
import type { Stored } from '../session/quantized.ts';
import type { HostArray } from '../session/tensors.ts';
import type { Place, Value } from './place.ts';

/** The results of a run, held until freed. */
export interface Ran {
  readonly values: Readonly<Record<string, Value>>;
  read(name: string): Promise<HostArray>;
  /** Resolves when the run is finished; rejects with the device's error. */
  done(): Promise<void>;
  free(): void;
}

export interface StageOptions {
  /** Whether to compute gradients as well. */
  readonly gradients?: boolean;
  /** Sizes of dimensions that the program leaves open. */
  readonly dims?: Binding;
  /** Selects the outputs to compute; all by default. The forward pass is computed as far as gradients need it. */
  readonly only?: (output: string) => boolean;
  /** Frozen tensors that the device holds quantised. */
  readonly stored?: Stored;
  /** Whether to compile without any derivation. */
  readonly asWritten?: boolean;
}

/** The compilation of a stage for a class of devices. Its Plan is made on demand: the reference runs without one. */
export const compiledStage = (
  program: Program,
  { gradients = false, dims = {}, only, stored = {}, asWritten = false }: StageOptions = {},
  device: DeviceClass = DEFAULT_CLASS,
  plans?: PlanStore,
): Planned =>
  prepare(
    program,
    { gradients, sizes: dims, stored, asWritten },
    { class: device, words: true },
    { only, plans },
  );

/** Device memory of a stage: `own` stays once it has run, `results` is that of a run until freed. */
export interface StageBytes {
  readonly own: number;
  readonly results: number;
}

/** Token counts, the largest first. */
export type Counts = readonly [number, ...number[]];

/** The counts in decreasing order, each once. */
export function countsOf(tokens: readonly number[]): Counts {
  const [most = 0, ...others] = [...new Set(tokens)].sort((a, b) => b - a);
  return [most, ...others];
}

export class Stage {
  /** The inputs and outputs that the stage computes. */
  readonly signature: Program;
  readonly plan: () => Plan;
  readonly #runner: Runner;

  private constructor({ signature, plan }: Planned, runner: Runner) {
    this.signature = signature;
    this.plan = plan;
    this.#runner = runner;
  }

  static async prepare(place: Place, program: Program, options: StageOptions = {}): Promise<Stage> {
    const compiled = compiledStage(program, options, place.backend.class, place.plans);
    return new Stage(compiled, await place.backend.prepare(compiled, true));
  }

  /** Compiles the kernels of runs at these token counts; a run at another count compiles its own. */
  async compile(tokens: readonly number[]): Promise<void> {
    await Promise.all(tokens.map((n) => this.#runner.ready(n)));
  }

  async run(tokens: number, inputs: Readonly<Record<string, Value>>): Promise<Ran> {
    await this.#runner.ready(tokens);
    const result = this.#runner.run(tokens, inputs);
    return {
      values: result.buffers ?? (await onHost(result, this.signature)),
      read: (name) => result.read(name),
      done: () => result.done(),
      free: () => result.destroy(),
    };
  }

  /** The bytes for runs at these token counts, the largest first; `uploaded` names the inputs that are arrays. */
  bytes([most, ...others]: Counts, uploaded: readonly string[]): StageBytes {
    const given = this.signature.inputs.map((i) => i.name).filter((name) => !uploaded.includes(name));
    const { outputs, total } = this.#runner.peakBytes(most, given);
    // Each count has its own uniforms; the buffers of the largest serve all.
    const uniforms = others.map((tokens) => this.#runner.peakBytes(tokens, given).overhead);
    return { own: uniforms.reduce((sum, b) => sum + b, total - outputs), results: outputs };
  }

  dispose(): void {
    this.#runner.dispose();
  }
}

/** A stage that is compiled at its first use: generating text, for one, needs no gradients. */
export class LateStage {
  readonly #prepare: () => Promise<Stage>;
  #pending: Promise<Stage> | undefined;
  #stage: Stage | undefined;

  constructor(place: Place, program: Program, options: StageOptions = {}) {
    this.#prepare = () => Stage.prepare(place, program, options);
  }

  get isReady(): boolean {
    return this.#stage !== undefined;
  }

  async ready(): Promise<Stage> {
    this.#pending ??= this.#prepare();
    this.#stage = await this.#pending;
    return this.#stage;
  }

  async compile(...of: Parameters<Stage['compile']>): Promise<void> {
    await (await this.ready()).compile(...of);
  }

  async run(...of: Parameters<Stage['run']>): Promise<Ran> {
    return (await this.ready()).run(...of);
  }

  async bytes(...of: Parameters<Stage['bytes']>): Promise<StageBytes> {
    return (await this.ready()).bytes(...of);
  }

  dispose(): void {
    this.#stage?.dispose();
  }
}

const onHost = async (result: BackendResult, { outputs }: Program): Promise<Record<string, Value>> =>
  Object.fromEntries(await Promise.all(outputs.map(async ({ name }) => [name, await result.read(name)])));
