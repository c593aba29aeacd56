/** `oftc eval`: measures how well a model predicts a text. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Answered, type Score, scoreOf } from '../../finetune/answers.ts';
import { packed, type Sequence } from '../../finetune/batch.ts';
import { checkFinite } from '../../finetune/finite.ts';
import { continued } from '../../finetune/greedy.ts';
import { meanLoss } from '../../finetune/loop/train.ts';
import type { Model } from '../../finetune/model-run.ts';
import { type TensorData, writeSafetensors } from '../../formats/safetensors/index.ts';
import { io as fileIo } from '../../formats/safetensors/io.ts';
import { writeWhole } from '../../formats/write-whole.ts';
import { type AnswerArguments, checkAnswers, type Exam, examOn } from '../finetune/exam.ts';
import { heldOutOf } from '../finetune/held-out.ts';
import { shownScore } from '../finetune/line.ts';
import { checkCompose, type ModelArguments, withFiles, withModel } from '../finetune/with-model.ts';
import { type Io, print, printJson, withProgress } from '../io.ts';
import { UsageError } from '../usage.ts';
import { checkWritable } from '../writable.ts';

export interface EvalArguments extends ModelArguments, AnswerArguments {
  readonly data: readonly string[];
  readonly length: number;
  readonly batch: number;
  readonly chatTemplate?: string;
  /** Whether to continue the prompts too. */
  readonly generate?: boolean;
  /** The .jsonl file to write the generated responses to. */
  readonly answers?: string;
  /** The file to write the logits of the first batch to. */
  readonly logits?: string;
  /** Whether to measure all adapters together too. */
  readonly compose?: boolean;
}

/**
 * Prints the perplexity and the mean loss over the whole text, cut into sequences. Writes the logits of the first
 * batch if asked.
 */
export async function evalCommand(args: EvalArguments, io: Io): Promise<void> {
  checkAnswers(args, args.generate ?? false, '--generate');
  checkCompose(args);
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
      const reports: Report[] = [];
      for (const { name, model } of models)
        reports.push({ adapter: name, ...(await evaluated(model, sequences, args, exam, io)) });
      const common = { tokens: data.counted, sequences: sequences.length };
      const several = reports.length > 1;
      const held = (n: number) => ({ bytes: models[n]!.model.bytes });
      if (io.json) {
        const { adapter: _, ...only } = reports[0]!;
        const each = reports.map((report, n) => ({ ...report, ...held(n) }));
        printJson(io, several ? { ...common, adapters: each } : { ...only, ...common, ...held(0) });
      } else
        for (const report of reports)
          print(io, `${several ? `${report.adapter}: ` : ''}${render(report, common.tokens, args.length)}`);
    });
  });
}

interface Report extends Partial<Score> {
  readonly adapter: string;
  readonly loss: number;
  readonly perplexity: number;
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
    const logits = await logitsOf(model, sequences.slice(0, args.batch));
    await mkdir(dirname(args.logits), { recursive: true });
    await writeSafetensors(args.logits, logits);
  }
  const answers =
    exam &&
    (await withProgress(io, 'Generating', () =>
      exam({ continued: (prompts, options) => continued(model, prompts, options) }),
    ));
  if (answers && args.answers !== undefined) {
    const path = args.answers;
    await mkdir(dirname(path), { recursive: true });
    await fileIo(path, 'cannot write it', writeWhole(path, linesOf(answers)));
  }
  return { loss, perplexity: Math.exp(loss), ...(answers ? scoreOf(answers) : {}) };
}

function render({ loss, perplexity, correct, asked }: Report, tokens: number, length: number): string {
  const score =
    correct === undefined || asked === undefined ? '' : `\nexact match ${shownScore({ correct, asked })}`;
  return `perplexity ${perplexity.toFixed(3)}, loss ${loss.toFixed(4)} nats a token, over ${tokens} tokens in sequences of ${length}${score}`;
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
