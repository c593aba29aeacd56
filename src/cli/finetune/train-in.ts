/** Trains a run that is checked, in its folder: what every run does, whoever started it and whoever watches. */
import { join } from 'node:path';
import { OftcError } from '../../../compiler/errors/error.ts';
import { isSeeded } from '../../../compiler/ir/init.ts';
import type { TrainingEngine } from '../../finetune/loop/engine.ts';
import { ADAPTER, clearLeftovers } from '../../finetune/loop/run-folder.ts';
import { type TrainOptions, train, type Watch } from '../../finetune/loop/train.ts';
import { tensorPath } from '../../finetune/start.ts';
import type { HostTensor } from '../../session/tensors.ts';
import type { FinetuneArguments } from './arguments.ts';
import type { Job } from './job.ts';
import { leastRate } from './rate.ts';

/** The error for sizes at which no trained tensor has an element, such as rotations of one feature. */
function nothingTrained({ name, method: { dims } }: Job<never, never>['start']): OftcError {
  const sizes = Object.entries(dims).map(([size, n]) => `${size}=${n}`);
  return new OftcError(
    'OFT6001',
    `'${name}' trains nothing with ${sizes.join(', ')}: its trained tensors have 0 elements. Give other sizes with --set`,
  );
}

/** The tensors of the adapter that stay as they start; with `stored`, without those that follow from a seed. */
function frozenIn(
  { start, tensors }: Pick<Job<never, never>, 'start' | 'tensors'>,
  stored = false,
): ReadonlyMap<string, HostTensor> {
  const kept = new Set(
    start.sites.flatMap(({ module, adapted }) =>
      adapted.own.flatMap((i) =>
        i.role === 'frozen' && !(stored && isSeeded(i.init)) ? [tensorPath(module, i)] : [],
      ),
    ),
  );
  return new Map([...tensors].filter(([path]) => kept.has(path)));
}

/** The number of trained parameters. Throws OFT6001 where there is none. */
export function parametersIn(job: Pick<Job<never, never>, 'start' | 'tensors'>): number {
  const frozen = frozenIn(job);
  const parameters = [...job.tensors].reduce((n, [path, t]) => n + (frozen.has(path) ? 0 : t.data.length), 0);
  if (parameters === 0) throw nothingTrained(job.start);
  return parameters;
}

/** Callbacks at the moments of a run. */
export interface Moments extends Watch {
  /** Compiles, while somebody says so. */
  compiling(work: () => Promise<void>): Promise<void>;
  /** Runs before the folder gets its first checkpoint. */
  beginning?(): Promise<void>;
  /** Runs after the last step, before the adapter is written. */
  trained?(): Promise<void>;
}

/** Compiles, follows the loop, writes the adapter and disposes the engine. */
export async function trainIn<B, E extends TrainingEngine<B>>(
  engine: E,
  job: Job<B, E>,
  args: FinetuneArguments,
  moments: Moments,
): Promise<void> {
  const { feed, left, settings, digests } = job;
  const frozen = frozenIn(job, true);
  const options: TrainOptions = {
    ...args,
    rate: args.lr,
    least: leastRate(args),
    clip: args.clip,
    decay: args.weightDecay,
    evaluateEvery: args.evalEvery,
  };
  const { betas, weightDecay: decay } = args;
  try {
    await moments.compiling(() => engine.compile({ betas, decay, sizes: feed.sizes }));
    await clearLeftovers(args.out);
    await moments.beginning?.();
    const values = await train(
      engine,
      feed,
      options,
      {
        ...{ folder: args.out, settings, model: digests, frozen },
        ...{ from: left?.checkpoint, metrics: left?.metrics ?? '' },
      },
      moments,
    );
    await moments.trained?.();
    const all = new Map([...[...frozen].map(([path, { data }]) => [path, data] as const), ...values]);
    await job.writeAdapter(join(args.out, ADAPTER), all);
  } finally {
    await engine.dispose();
  }
}
