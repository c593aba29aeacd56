/** Compiles one Plan of a model's sequence, and runs it on values that may be another stage's results. */
import type { Program } from '../../compiler/ir/node.ts';
import type { Plan } from '../../runtime/index.ts';
import type { BackendResult, Runner } from '../session/backends/backend.ts';
import { type Planned, savedPlan } from '../session/planned.ts';
import type { HostArray } from '../session/tensors.ts';
import type { compiledStage } from './compiled-stage.ts';
import type { Place, Value } from './place.ts';
import { compileOptions, type StageOptions } from './stage-options.ts';

/** The results of a run, held until freed. */
export interface Ran {
  readonly values: Readonly<Record<string, Value>>;
  read(name: string): Promise<HostArray>;
  /** Resolves when the run is finished; rejects with the device's error. */
  done(): Promise<void>;
  free(): void;
}

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

  private constructor({ signature, plan }: Pick<Planned, 'signature' | 'plan'>, runner: Runner) {
    this.signature = signature;
    this.plan = plan;
    this.#runner = runner;
  }

  static async prepare(place: Place, program: Program, given: StageOptions = {}): Promise<Stage> {
    const { backend, plans, activations } = place;
    const options: StageOptions = { ...given, activations };
    const kept = savedPlan(program, { options: compileOptions(options), only: options.only }, backend, plans);
    const planned = kept ?? (await compiled(program, options, backend.class, plans));
    return new Stage(planned, await backend.prepare(planned, true));
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

  /** The operations of a run. No run needs them, so what counts them is loaded here. */
  async operations(tokens: number): Promise<number> {
    const { planCost } = await import('../../kernels-gen/plan-cost.ts');
    return planCost(this.plan(), tokens).flops;
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

  async operations(...of: Parameters<Stage['operations']>): Promise<number> {
    return (await this.ready()).operations(...of);
  }

  dispose(): void {
    this.#stage?.dispose();
  }
}

/**
 * Compiles stages for token counts. Where a driver compiles kernels late, each stage is derived when the device has the
 * kernels of the one before, which compile meanwhile.
 */
export async function compileStages(
  { backend }: Place,
  stages: readonly (readonly [Pick<Stage, 'compile'>, readonly number[]])[],
): Promise<void> {
  if (backend.class.compilesLate) for (const [stage, tokens] of stages) await stage.compile(tokens);
  else await Promise.all(stages.map(([stage, tokens]) => stage.compile(tokens)));
}

/** Compiles a stage. The compiler is loaded here, because it takes a third of a second. */
async function compiled(...of: Parameters<typeof compiledStage>): Promise<Planned> {
  const { compiledStage } = await import('./compiled-stage.ts');
  return compiledStage(...of);
}

const onHost = async (result: BackendResult, { outputs }: Program): Promise<Record<string, Value>> =>
  Object.fromEntries(await Promise.all(outputs.map(async ({ name }) => [name, await result.read(name)])));
