/** `oftc eval`: measures how well a model predicts a text. */
import { dirname, join } from 'node:path';
import { type Answered, type Score, scoreOf } from '../../finetune/answers.ts';
import { packed, type Sequence } from '../../finetune/batch.ts';
import { checkFinite } from '../../finetune/finite.ts';
import { continued } from '../../finetune/greedy.ts';
import { isImageModel } from '../../finetune/images/open.ts';
import { type KeptByProjection, keptAngles } from '../../finetune/kept-angles.ts';
import { meanLoss } from '../../finetune/loop/feed.ts';
import { Merger } from '../../finetune/merger.ts';
import type { Model } from '../../finetune/model-run.ts';
import { openPlace } from '../../finetune/place.ts';
import { meanRouge, type Rouge } from '../../finetune/rouge.ts';
import { alone } from '../../formats/alone.ts';
import { makeFolders } from '../../formats/make-folders.ts';
import { type TensorData, writeSafetensors } from '../../formats/safetensors/index.ts';
import { io as fileIo } from '../../formats/safetensors/io.ts';
import { writeWhole } from '../../formats/write-whole.ts';
import { anglesText } from '../finetune/angles-text.ts';
import { checkBeams, searchOf } from '../finetune/beams.ts';
import type { EvalArguments } from '../finetune/eval-arguments.ts';
import { checkAnswers, type Exam, examOn } from '../finetune/exam.ts';
import { heldOutOf } from '../finetune/held-out.ts';
import { shownScore } from '../finetune/line.ts';
import { mergeable } from '../finetune/mergeable.ts';
import type { Given } from '../finetune/named.ts';
import { checkCompose, type NamedModel, type Opened, withFiles, withModel } from '../finetune/with-model.ts';
import { type Io, print, printJson, warnTo, withProgress } from '../io.ts';
import { plansFor } from '../plans.ts';
import { UsageError } from '../usage-error.ts';
import { checkWritable } from '../writable.ts';

/**
 * Prints the perplexity and the mean loss over the whole text, cut into sequences. Writes the logits of the first
 * batch if asked.
 */
export async function evalCommand(args: EvalArguments, io: Io, isGiven: Given): Promise<void> {
  if (await isImageModel(join(args.model, 'config.json'))) {
    const { evalImages } = await import('./eval-images.ts');
    return evalImages(args, io, isGiven);
  }
  checkAnswers(args, args.generate ?? false, '--generate');
  checkCompose(args);
  checkBeams(args);
  for (const [name, given] of [
    ['--rouge', args.rouge],
    ['--beams', args.beams],
  ] as const)
    if (given && !args.generate)
      throw new UsageError(`${name} is of generated responses: add --generate, or leave ${name} out`);
  const [file] = [args.logits && '--logits', args.answers && '--answers'].filter(Boolean);
  if (file && [args.adapter ?? []].flat().length > 1)
    throw new UsageError(`${file} names one file: give one --adapter, or leave ${file} out`);
  if (args.answers !== undefined && !args.generate)
    throw new UsageError('--answers is of generated answers: add --generate, or leave --answers out');
  if (args.answers !== undefined) await checkWritable(dirname(args.answers), '--answers');
  if (args.logits !== undefined) await checkWritable(dirname(args.logits), '--logits');
  await withFiles(args, io, async (opened) => {
    const { files } = opened;
    const data = await heldOutOf(args, opened, io);
    const { train: sequences } = data;
    const exam = args.generate ? await examOn(sequences, args, files) : undefined;
    const use = { device: args.device, tokens: args.batch * args.length, compose: args.compose, base: true };
    await withModel(opened, use, io, async (models) => {
      const measured: Omit<Report, 'angles'>[] = [];
      for (const { name, model } of models)
        measured.push({ adapter: name, ...(await evaluated(model, sequences, args, exam, io)) });
      const kept = await anglesOf(opened, models, args, io);
      const reports: Report[] = measured.map((report, n) => ({ ...report, angles: kept[n] }));
      const common = { tokens: data.counted, sequences: sequences.length };
      const several = reports.length > 1;
      const held = (n: number) => ({ bytes: models[n]!.model.bytes });
      if (io.json) {
        const { adapter: _, ...only } = reports[0]!;
        const each = reports.map((report, n) => ({ ...report, ...held(n) }));
        printJson(io, several ? { ...common, adapters: each } : { ...only, ...common, ...held(0) });
      } else
        for (const report of reports) {
          print(io, `${several ? `${report.adapter}: ` : ''}${render(report, common.tokens, args.length)}`);
          if (report.angles) print(io, anglesText(report.angles).join('\n'));
        }
    });
  });
}

interface Report extends Partial<Score>, Partial<Rouge> {
  readonly adapter: string;
  readonly loss: number;
  readonly perplexity: number;
  readonly angles?: KeptByProjection | undefined;
}

/** The angles between neurons with each adapter; undefined for one whose angles are not measured. */
async function anglesOf(
  { config, adapters, weights }: Opened,
  models: readonly NamedModel[],
  args: EvalArguments,
  io: Io,
): Promise<readonly (KeptByProjection | undefined)[]> {
  if (args.angles === false || models.every(({ choice }) => !choice)) return models.map(() => undefined);
  const place = await openPlace(args.device, plansFor(io));
  const merger = new Merger(place);
  try {
    const all: (KeptByProjection | undefined)[] = [];
    for (const { name, choice: used } of models) {
      const own = adapters.find(({ called }) => called === name);
      const choice = own ? mergeable(own, {}) : used;
      const kept = () => keptAngles(merger, config, weights, choice!, args.angles);
      all.push(choice && (await withProgress(io, 'Measuring angles', kept)));
    }
    return all;
  } finally {
    merger.dispose();
    place.dispose();
  }
}

/** The loss of a model on the sequences, and the score of its answers if asked. Writes the files that are asked for. */
async function evaluated(
  model: Model,
  sequences: readonly Sequence[],
  args: EvalArguments,
  exam: Exam | undefined,
  io: Io,
): Promise<Omit<Report, 'adapter'>> {
  const loss = await withProgress(io, 'Evaluating', () => meanLoss(model, sequences, args.batch));
  await checkFinite(model, [loss], 'the loss');
  if (args.logits !== undefined) {
    const path = args.logits;
    const logits = await logitsOf(model, sequences.slice(0, args.batch));
    await fileIo(path, 'cannot make its folder', () => makeFolders(dirname(path)));
    await alone(path, warnTo(io), () => writeSafetensors(path, logits));
  }
  const answers =
    exam &&
    (await withProgress(io, 'Generating', () =>
      exam({
        continued: (prompts, options) => continued(model, prompts, { ...options, search: searchOf(args) }),
      }),
    ));
  if (answers && args.answers !== undefined) {
    const path = args.answers;
    await fileIo(path, 'cannot write it', async () => {
      makeFolders(dirname(path));
      await alone(path, warnTo(io), () => writeWhole(path, linesOf(answers)));
    });
  }
  const rouge =
    answers && args.rouge
      ? meanRouge(answers.map(({ generated, response }) => ({ text: generated, reference: response })))
      : {};
  return { loss, perplexity: Math.exp(loss), ...(answers ? scoreOf(answers) : {}), ...rouge };
}

function render(report: Report, tokens: number, length: number): string {
  const { loss, perplexity, correct, asked, rouge1, rouge2, rougeL } = report;
  const shown = (part: number | undefined) => (100 * (part ?? 0)).toFixed(1);
  const rouge =
    rouge1 === undefined
      ? ''
      : `\nROUGE-1 ${shown(rouge1)}, ROUGE-2 ${shown(rouge2)}, ROUGE-L ${shown(rougeL)}`;
  const score =
    correct === undefined || asked === undefined ? '' : `\nexact match ${shownScore({ correct, asked })}`;
  return `perplexity ${perplexity.toFixed(3)}, loss ${loss.toFixed(4)} nats a token, over ${tokens} tokens in sequences of ${length}${score}${rouge}`;
}

const linesOf = (answers: readonly Answered[]): string =>
  answers.map((answer) => `${JSON.stringify(answer)}\n`).join('');

/** The tensors `logits` (sequences, tokens, vocabulary) and the `input_ids` that gave them. */
async function logitsOf(model: Model, sequences: readonly Sequence[]): Promise<TensorData[]> {
  const batch = packed(sequences, model.config);
  const { data } = await model.logits(batch);
  await checkFinite(model, data, 'a logit of the first batch');
  const shape = [sequences.length, batch.tokens / sequences.length];
  return [
    { name: 'input_ids', dtype: 'I32', shape, data: batch.ids },
    {
      name: 'logits',
      dtype: 'F32',
      shape: [...shape, model.config.vocabSize],
      data: Float32Array.from(data),
    },
  ];
}
