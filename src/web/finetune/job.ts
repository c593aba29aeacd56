/** Makes a run's job of the page's settings, as `oftc finetune` makes it of its options. */

import type { FinetuneArguments } from '../../cli/finetune/arguments.ts';
import { adapterOf } from '../../cli/finetune/choice.ts';
import type { Job } from '../../cli/finetune/job.ts';
import { onCommandLine } from '../../cli/finetune/named.ts';
import type { StartingPoint } from '../../cli/finetune/start.ts';
import { textJob } from '../../cli/finetune/text-job.ts';
import { ERASE_LINE, type Io } from '../../cli/io.ts';
import type { Batch } from '../../finetune/batch.ts';
import type { Engine } from '../../finetune/loop/engine.ts';
import type { Left } from '../../finetune/loop/run-folder.ts';
import { WebGpuEngine } from '../../finetune/loop/webgpu.ts';
import { Model } from '../../finetune/model-run.ts';
import { weightsFrom } from '../../finetune/models/from-files.ts';
import type { OpenModel } from '../../formats/model.ts';
import type { PlanStore } from '../../plans/store.ts';
import type { HostTensor } from '../../session/tensors.ts';
import { askedFor } from './arguments.ts';
import type { Report, RunSettings } from './protocol.ts';

export interface Made {
  readonly job: Job<Batch, Engine>;
  readonly start: StartingPoint;
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

/** Streams that send a command's lines to the page: a finished line is a note, and an unfinished one the status. */
export function ioTo(tell: (report: Report) => void): Io {
  const write = (text: string): void => {
    // A status erases the one before it by control codes of terminals.
    const plain = text.startsWith(ERASE_LINE) ? text.slice(ERASE_LINE.length) : text;
    if (plain.endsWith('\n')) tell({ report: 'note', text: plain.trim() });
    else if (plain !== '') tell({ report: 'status', text: plain });
  };
  return { stdout: { write }, stderr: { write, isTTY: true }, color: false, json: false };
}

/** Plans that were compiled, for as long as the worker lives: an estimate compiles those that the run needs. */
const plans = new Map<string, string>();
export const kept: PlanStore = {
  read: (key) => plans.get(key),
  write: (key, text) => void plans.set(key, text),
};

export function jobOf(
  files: OpenModel,
  settings: RunSettings,
  args: FinetuneArguments,
  {
    left,
    device,
    io,
  }: { readonly left: Left | undefined; readonly device: () => Promise<GPUDevice>; readonly io: Io },
): Promise<Job<Batch, Engine>> {
  return textJob(
    files,
    {
      asked: askedFor(settings),
      found: { python: undefined },
      named: onCommandLine,
      isGiven: () => true,
      left,
      trust: undefined,
      openEngine: async ({ batch, length, activations, seed }, parts) =>
        new WebGpuEngine(
          await Model.open({
            config: files.config,
            weights: weightsFrom(files),
            device: await device(),
            tokensAtOnce: batch * length,
            plans: kept,
            activations,
            adapter: adapterOf(parts, seed),
          }),
        ),
    },
    args,
    io,
  );
}
