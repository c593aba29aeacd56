/** The settings that determine a run, and digests of its model. A checkpoint keeps both. */
import { join } from 'node:path';
import { short } from '../../explain/units.ts';
import { type Checkpoint, type Constant, checkSame } from '../../finetune/loop/checkpoint.ts';
import type { Digests, Settings } from '../../finetune/loop/checkpoint-fields.ts';
import { damaged } from '../../finetune/loop/damaged.ts';
import { CHECKPOINT, type Left } from '../../finetune/loop/run-folder.ts';
import { modelDigests } from '../../finetune/models/digests.ts';
import type { HostTensor } from '../../session/tensors.ts';
import { type Io, withProgress } from '../io.ts';
import type { FinetuneArguments } from './arguments.ts';
import { holdOutOf } from './data.ts';
import type { Job } from './job.ts';
import { digest } from './start.ts';

/** The settings of the adapter; `given` has the tensors of one that is trained further. */
export function adapterSettings(
  { name, method: { own, program, config, dims }, dropout }: Job<never, never>['start'],
  given: ReadonlyMap<string, HostTensor> | undefined,
  { quantize }: Pick<FinetuneArguments, 'quantize'>,
): Settings {
  return {
    adapter: own ? `${program.name} ${own.sha256}` : name,
    init: given ? digest(given) : 'new',
    set: JSON.stringify({ ...config, ...dims }),
    ...(dropout > 0 ? { dropout } : {}),
    ...(quantize === undefined ? {} : { quantize }),
  };
}

/** The settings of the steps. */
export const stepSettings = (args: FinetuneArguments): Settings => ({
  ...{ steps: args.steps, batch: args.batch, lr: args.lr, schedule: args.schedule },
  ...(args.lrMin === undefined ? {} : { 'lr-min': args.lrMin }),
  ...{ warmup: args.warmup, clip: args.clip ?? 'none', accumulate: args.accumulate },
  ...{
    'weight-decay': args.weightDecay,
    betas: args.betas.join(),
    seed: args.seed,
    order: args.inOrder ? 'given' : 'drawn',
    'eval-every': args.evalEvery,
  },
  ...{ 'hold-out': holdOutOf(args), device: args.device },
  ...(args.activations === 'f32' ? {} : { activations: args.activations }),
  ...(args.engine === 'webgpu' ? {} : { engine: args.engine }),
});

/** The checkpoint that a resumed run goes on from. Throws OFT6006 for one of another run, and OFT6013. */
export function checkedResume(
  left: Left | undefined,
  is: Pick<Constant, 'settings' | 'model'>,
  { out, steps }: Pick<FinetuneArguments, 'out' | 'steps'>,
): Checkpoint | undefined {
  const from = left?.checkpoint;
  if (!from) return undefined;
  const path = join(out, CHECKPOINT);
  checkSame(path, from, is);
  if (from.step > steps) throw damaged(path, `its step is ${from.step}, and the run has ${steps}`);
  return from;
}

/** Digests of the model's tensors, with progress. */
export const hashed = (files: Parameters<typeof modelDigests>[0], io: Io): Promise<Digests> =>
  withProgress(io, 'Hashing the model', (say) =>
    modelDigests(files, (done, of) => say(`Hashing the model: ${short(done)}B of ${short(of)}B`)),
  );
