/**
 * `oftc finetune`: trains an adapter on a model. It checks everything before it opens a device or writes a file of the
 * run.
 */
import { constants } from 'node:fs';
import { access, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { aboveLimit, limits } from '../../../compiler/limits.ts';
import { isImageModel, openVit } from '../../finetune/images/open.ts';
import { checkFolder, type Left, readRun } from '../../finetune/loop/run-folder.ts';
import { openModel } from '../../finetune/models/open.ts';
import { lockBeside, locked, lockWithin } from '../../formats/lock.ts';
import type { FinetuneArguments } from '../finetune/arguments.ts';
import { askedFor } from '../finetune/asked.ts';
import { holdOutOf } from '../finetune/data.ts';
import { findEngine, openEngine } from '../finetune/engine.ts';
import { checkAnswers } from '../finetune/exam.ts';
import type { Beginning } from '../finetune/job.ts';
import { leastRate } from '../finetune/rate.ts';
import { textJob } from '../finetune/text-job.ts';
import { type Summary, summaryJson, summaryText, trainJob } from '../finetune/train-job.ts';
import { trustOf } from '../finetune/trust.ts';
import { type Io, print, printJson, say, warnTo } from '../io.ts';
import { UsageError } from '../usage-error.ts';
import { checkWritable } from '../writable.ts';

/** `named` gives an option's name in messages, since a run.json may hold it. */
export async function finetuneCommand(
  args: FinetuneArguments,
  io: Io,
  { named, isGiven }: Pick<Beginning, 'named' | 'isGiven'>,
): Promise<void> {
  const { warmup, steps, accumulate } = args;
  if (warmup >= steps)
    throw new UsageError(
      `${named('warmup', warmup)} leaves nothing of ${named('steps', steps)}: choose fewer`,
    );
  leastRate(args, named);
  checkAnswers(args, args.evalGenerate ?? false, '--eval-generate', named);
  if (accumulate > limits.accumulated.most)
    throw new UsageError(`${named('accumulate')}: ${aboveLimit(accumulate, limits.accumulated)}`);
  holdOutOf(args, named);
  const found = await findEngine(args, named);
  const asked = askedFor(args, named);
  await checkWritable(args.out);
  await checkFolder(args.out, args.resume ?? false);
  await locked(lockWithin(args.out), args.out, { warn: warnTo(io) }, async () => {
    await refuseReplaced(args.out);
    await finetuneIn({ asked, found, named, isGiven, openEngine, trust: trustOf(args, io) }, args, io);
  });
}

/**
 * Throws OFT6012 while `merge` or `convert` writes a model or an adapter that will take the folder's place: they hold the
 * lock beside it. One that starts later finds the lock within, and refuses the folder. Neither can write where the
 * parent takes no new files.
 */
async function refuseReplaced(folder: string): Promise<void> {
  const there = await realpath(folder);
  const takes = await access(dirname(there), constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (takes) await locked(lockBeside(there), folder, { warn: () => {} }, async () => {});
}

/** Does the work of the command, in a folder that no other process writes. */
async function finetuneIn(
  beginning: Omit<Beginning, 'left'>,
  args: FinetuneArguments,
  io: Io,
): Promise<void> {
  // Check the folder again: a run that ended after the first check has left its files here.
  await checkFolder(args.out, args.resume ?? false);
  const left = args.resume ? await readRun(args.out) : undefined;
  if (left) say(io, resuming(args.out, left));
  const summary = await trainOn({ ...beginning, left }, args, io);
  if (io.json) printJson(io, summaryJson(summary));
  else print(io, summaryText(summary));
}

async function trainOn(beginning: Beginning, args: FinetuneArguments, io: Io): Promise<Summary> {
  if (await isImageModel(join(args.model, 'config.json'))) return trainOnImages(beginning, args, io);
  const files = await openModel(args.model);
  try {
    return await trainJob(await textJob(files, beginning, args, io), args, io);
  } finally {
    await files.close();
  }
}

async function trainOnImages(beginning: Beginning, args: FinetuneArguments, io: Io): Promise<Summary> {
  const { imageJob } = await import('../finetune/image-job.ts');
  const files = await openVit(args.model);
  try {
    return await trainJob(await imageJob(files, beginning, args, io), args, io);
  } finally {
    await files.close();
  }
}

/** The message of a resumed run: the step that it goes on from, and what it will write again. */
function resuming(out: string, { checkpoint, later }: Left): string {
  const again =
    later === 0
      ? ''
      : `; ${later} later ${later === 1 ? 'line' : 'lines'} of its metrics will be written again`;
  return checkpoint
    ? `${out}: going on after step ${checkpoint.step}${again}`
    : `${out}: there is no checkpoint yet, and the run starts at step 1${again}`;
}
