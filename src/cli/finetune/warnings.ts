/** Warns of a run that gets worse, and of one that trains nothing. */
import { Course, largestElement } from '../../finetune/loop/course.ts';
import type { TrainingEngine } from '../../finetune/loop/engine.ts';
import { type Evaluation, type Metric, parseMetrics, type StepMetric } from '../../finetune/loop/metrics.ts';
import { METRICS } from '../../finetune/loop/run-folder.ts';
import type { TargetModule } from '../../finetune/start.ts';
import type { HostTensor } from '../../session/tensors.ts';
import { adapterDivergences } from '../divergence.ts';
import type { FinetuneArguments } from './arguments.ts';
import type { Job } from './job.ts';

/** Functions that tell a person. */
export interface Telling {
  warn(warning: string): void;
  note(note: string): void;
}

export class Warnings<B, E extends TrainingEngine<B>> {
  readonly #engine: E;
  readonly #job: Pick<Job<B, E>, 'start' | 'feed'>;
  readonly #args: Pick<FinetuneArguments, 'steps' | 'evalEvery'>;
  readonly #tell: Telling;
  readonly #course = new Course();
  /** The tensors whose series were said to diverge. */
  readonly #warned = new Set<string>();

  constructor(
    engine: E,
    job: Pick<Job<B, E>, 'start' | 'feed' | 'left'>,
    args: Pick<FinetuneArguments, 'steps' | 'evalEvery'>,
    tell: Telling,
  ) {
    this.#engine = engine;
    this.#job = job;
    this.#args = args;
    this.#tell = tell;
    for (const metric of parseMetrics(job.left?.metrics ?? '', METRICS).metrics) this.#course.add(metric);
  }

  async step(s: StepMetric): Promise<void> {
    if (s.step === 1 && s.norm === 0) this.#tell.note(NO_GRADIENT);
    await this.#watched(s);
    const { steps, evalEvery } = this.#args;
    // Without held-out chunks there is no evaluation, so warn here.
    const seen = s.step === steps || s.step % evalEvery === 0;
    if (seen && !this.#job.feed.measured) await this.#diverging();
  }

  async evaluated(evaluation: Evaluation): Promise<void> {
    await this.#watched(evaluation);
    await this.#diverging();
  }

  async #watched(metric: Metric): Promise<void> {
    const worse = this.#course.add(metric);
    if (worse) this.#tell.warn(`${worse}. ${await largestElement(this.#engine)}`);
  }

  async #diverging(): Promise<void> {
    for (const warning of await diverging(this.#engine, this.#job.start.sites, this.#warned))
      this.#tell.warn(warning);
  }
}

const NO_GRADIENT =
  'every gradient is 0 in step 1, so nothing is trained. Of two tensors that multiply each other, start one at zero and the other not';

/** Warnings for the tensors that have newly left the region in which their Cayley–Neumann series converges. */
async function diverging(
  engine: Pick<TrainingEngine<never>, 'adapter'>,
  sites: readonly TargetModule[],
  warned: Set<string>,
): Promise<string[]> {
  const trained = await engine.adapter();
  const read = async (path: string): Promise<HostTensor> => {
    const data = trained.get(path)!;
    return { data, shape: [data.length] };
  };
  // The start of a warning names the module and the tensor; its numbers change from step to step.
  const key = (warning: string) => warning.split(': ', 2).join(' ');
  const lines = (await adapterDivergences(sites, { read })).filter((line) => !warned.has(key(line)));
  for (const line of lines) warned.add(key(line));
  return lines;
}
