/** Trains a run that is checked: opens its engine, follows the loop, and writes the run's folder. */

import { basename, resolve } from 'node:path';
import { duration, short } from '../../explain/units.ts';
import type { Score } from '../../finetune/answers.ts';
import { lossChart } from '../../finetune/loop/chart.ts';
import type { TrainingEngine } from '../../finetune/loop/engine.ts';
import { ADAPTER, CHART, readMetrics, writeChart, writeRun } from '../../finetune/loop/run-folder.ts';
import { secondsSince } from '../../finetune/loop/seconds.ts';
import type { Watch } from '../../finetune/loop/train.ts';
import { type Io, printNotes, say, withProgress } from '../io.ts';
import { versionOf } from '../package.ts';
import type { FinetuneArguments } from './arguments.ts';
import { dataTitle, holdOutOf } from './data.ts';
import type { Job, ScoreName } from './job.ts';
import { heldAs, shownScore, TrainingLine } from './line.ts';
import { runText } from './run-file.ts';
import { parametersIn, trainIn } from './train-in.ts';
import { Warnings } from './warnings.ts';

/** The fields of the summary that have the scores. */
const SCORES: Readonly<Record<ScoreName, string>> = { 'exact match': 'exactMatch', accuracy: 'accuracy' };

/** Trains, writes the folder of the run, and returns what the command reports. */
export async function trainJob<B, E extends TrainingEngine<B>>(
  job: Job<B, E>,
  args: FinetuneArguments,
  io: Io,
) {
  const { start, modelParameters, left } = job;
  const parameters = parametersIn(job);
  if (job.nothingHeldOut !== undefined) printNotes(io, [job.nothingHeldOut]);
  say(io, `training ${ofModel({ parameters, modelParameters })}`);
  const engine = await job.openEngine();
  const began = performance.now();
  const device = await trained(engine, job, args, io);
  const metrics = await readMetrics(args.out);
  const title = `${basename(resolve(args.model))} on ${dataTitle(args.data)}, ${basename(start.name)}`;
  await writeChart(args.out, lossChart(metrics, title, job.examples.score));
  const evaluations = metrics.flatMap((m) => ('heldOut' in m ? [m] : []));
  const last = metrics.flatMap((m) => ('loss' in m ? [m] : [])).at(-1)!;
  return {
    out: args.out,
    format: job.format,
    engine: args.engine,
    parameters,
    modelParameters,
    bytes: device.bytes,
    examples: job.examples,
    summary: job.summary,
    steps: args.steps,
    resumedAt: left?.checkpoint?.step ?? null,
    loss: last.loss,
    heldOut: evaluations.map(({ step, heldOut }) => ({ step, loss: heldOut })),
    scores: evaluations.flatMap((m) => ('correct' in m ? [scored(m)] : [])),
    seconds: secondsSince(began),
    deviceBytes: device.most === undefined ? null : { planned: device.planned, most: device.most },
  };
}

export type Summary = Awaited<ReturnType<typeof trainJob>>;

const scored = ({ step, correct, asked }: Score & { readonly step: number }) => ({ step, correct, asked });

/** Trains, with lines of progress. Returns the bytes of device memory. */
async function trained<B, E extends TrainingEngine<B>>(
  engine: E,
  job: Job<B, E>,
  args: FinetuneArguments,
  io: Io,
) {
  const { start, left } = job;
  const line = new TrainingLine(io, args.steps, { first: left?.checkpoint?.step ?? 0, ...job.examples });
  const set = args.init === undefined ? { ...start.method.config, ...start.method.dims } : undefined;
  const ownOptions = runText(
    { ...args, set, holdOut: holdOutOf(args), dropout: start.dropout },
    versionOf('oftc'),
    args.out,
  );
  const device = { bytes: engine.bytes, planned: 0, most: engine.mostBytes };
  try {
    await trainIn(engine, job, args, {
      compiling: (work) => withProgress(io, 'Compiling', work),
      beginning: () => writeRun(args.out, ownOptions),
      ...watching(engine, job, line, args, io),
      planned: (bytes) => {
        device.planned = bytes;
      },
      trained: async () => {
        line.clear();
        device.most = engine.mostBytes;
      },
    });
    return device;
  } finally {
    line.clear();
  }
}

/** The lines of progress, and the warnings of a run that gets worse. */
function watching<B, E extends TrainingEngine<B>>(
  engine: E,
  job: Job<B, E>,
  line: TrainingLine,
  args: FinetuneArguments,
  io: Io,
): Watch {
  const warnings = new Warnings(engine, job, args, {
    warn: (warning) => line.say(`warning: ${warning}`),
    note: (note) => printNotes(io, [note]),
  });
  return {
    step: async (s) => {
      line.step(s);
      await warnings.step(s);
      return undefined;
    },
    evaluated: async (evaluation) => {
      line.evaluated(evaluation);
      await warnings.evaluated(evaluation);
    },
  };
}

const ofModel = (n: { readonly parameters: number; readonly modelParameters: number }): string =>
  `${n.parameters} parameters, ${((100 * n.parameters) / n.modelParameters).toPrecision(3)} % of the model's ${short(n.modelParameters)}`;

/** The summary as JSON. */
export function summaryJson({ examples, summary, scores, ...s }: Summary): object {
  const { called, train, heldOut, score } = examples;
  const { seconds, deviceBytes, ...first } = s;
  return {
    ...first,
    ...{ [called]: { train, heldOut }, ...summary },
    ...(score ? { [SCORES[score]]: scores } : {}),
    ...{ seconds, deviceBytes },
  };
}

/** The summary as text. */
export function summaryText(s: Summary): string {
  const { called, train, heldOut, score } = s.examples;
  const [first, final] = [s.heldOut[0], s.heldOut.at(-1)];
  const held =
    first && final
      ? `held-out loss ${first.loss.toFixed(4)} → ${final.loss.toFixed(4)} (${heldOut} ${called})`
      : `loss ${s.loss.toFixed(4)}, nothing held out`;
  return [
    `trained ${ofModel(s)}: ${s.steps} steps on ${train} ${called}, ${duration(s.seconds)}`,
    `held for it: ${heldAs(s.bytes)}`,
    held,
    ...(score && s.scores.length > 0
      ? [`${score} ${[s.scores[0]!, s.scores.at(-1)!].map(shownScore).join(' → ')}`]
      : []),
    ...(s.deviceBytes ? [`device memory at its most: ${short(s.deviceBytes.most)}B`] : []),
    `${s.out}: ${ADAPTER}/ (${s.format === 'peft' ? "PEFT's format" : 'adapter.json and adapter.safetensors'}), metrics.jsonl, ${CHART}, checkpoint.safetensors`,
  ].join('\n');
}
