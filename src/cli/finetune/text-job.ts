/** The runs of `oftc finetune` on models of texts. */

import { join } from 'node:path';
import { formatOf, writeTrained } from '../../finetune/adapter-files.ts';
import { scoreOf } from '../../finetune/answers.ts';
import { baseModelName } from '../../finetune/base-name.ts';
import type { Batch } from '../../finetune/batch.ts';
import type { Data } from '../../finetune/data/read.ts';
import { tensorsOf } from '../../finetune/loop/checkpoint.ts';
import type { Settings } from '../../finetune/loop/checkpoint-fields.ts';
import type { Engine } from '../../finetune/loop/engine.ts';
import { textFeed } from '../../finetune/loop/feed.ts';
import { CHECKPOINT } from '../../finetune/loop/run-folder.ts';
import { weightsFrom } from '../../finetune/models/from-files.ts';
import { shortNames } from '../../finetune/models/linear-layers.ts';
import { parametersOf } from '../../finetune/models/weights.ts';
import type { ModelShape } from '../../formats/config/model-config.ts';
import type { OpenModel } from '../../formats/model.ts';
import { taskOf } from '../../formats/peft/create.ts';
import type { HostTensor } from '../../session/tensors.ts';
import { type Io, printNotes, withProgress } from '../io.ts';
import { UsageError } from '../usage-error.ts';
import type { FinetuneArguments } from './arguments.ts';
import { checkLength, dataOf, nothingHeldOut } from './data.ts';
import { dropoutNotes } from './dropout.ts';
import { endNotes } from './end-notes.ts';
import { type Exam, examOn } from './exam.ts';
import type { Beginning, Job } from './job.ts';
import { adapterSettings, checkedResume, hashed, stepSettings } from './settings.ts';
import { atStart, digestOfTokens, later, type StartingPoint, startOn } from './start.ts';

/** Reads headers, the tokenizer, the text and the adapter's start, and checks them against the options. */
export async function textJob(
  files: OpenModel,
  { asked, found, left, named, openEngine, trust }: Beginning,
  args: FinetuneArguments,
  io: Io,
): Promise<Job<Batch, Engine>> {
  printNotes(io, files.notes);
  // The decoder's blocks read keys and values of the encoder that do not grow with their own tokens.
  if (args.activations === 'f16' && files.config.encoder)
    throw new UsageError(
      `${named('activations', args.activations)} is of models without an encoder: leave it out`,
    );
  const start = await startOn(asked, args, files, io, trust);
  printNotes(io, [
    ...later(start),
    ...dropoutNotes(files.config, start),
    ...('init' in asked ? [] : await atStart(start.method)),
  ]);
  const config = files.config;
  checkLength(args, config);
  const data = await dataOf(args, files, io);
  printNotes(io, await endNotes(data, files, start));
  const exam = args.evalGenerate ? await examOn(data.heldOut, args, files) : undefined;
  const startTensors = () => start.tensors(weightsFrom(files, args.quantize));
  const given = args.init === undefined ? undefined : await startTensors();
  const settings = settingsOf(start, { data, given, exam }, args, config);
  const digests = await hashed(files, io);
  const from = checkedResume(left, { settings, model: digests }, args);
  // A start may decompose every weight, so a resumed run takes the result from its checkpoint.
  const tensors = from
    ? tensorsOf(join(args.out, CHECKPOINT), start.sites, from)
    : (given ?? (await withProgress(io, 'Starting the adapter', startTensors)));
  const examine = exam && (async (model: Engine) => scoreOf(await exam(model)));
  return {
    ...{ start, tensors, settings, digests, left },
    feed: textFeed(data, { config, batch: args.batch, examine }),
    modelParameters: parametersOf(config),
    nothingHeldOut: data.heldOut.length === 0 ? nothingHeldOut(args, data) : undefined,
    format: formatOf(start.method, start.sites),
    examples: {
      called: 'sequences',
      train: data.train.length,
      heldOut: data.heldOut.length,
      score: exam && 'exact match',
    },
    summary: { data: { tokens: data.tokens, counted: data.counted, ...data.chats } },
    openEngine: () => openEngine(args, { found, files, start, tensors }, io),
    writeAdapter: (folder, values) =>
      writeTrained(folder, {
        ...{ name: start.name, method: start.method, sites: start.sites, dropout: start.dropout, values },
        modules: shortNames(config, start.targets),
        baseModel: baseModelName(args.model, config.name),
        task: taskOf(config),
      }),
  };
}

/** The settings that determine a run on texts. */
function settingsOf(
  start: StartingPoint,
  {
    data,
    given,
    exam,
  }: {
    readonly data: Data;
    /** The tensors of the adapter that is trained further. */
    readonly given: ReadonlyMap<string, HostTensor> | undefined;
    readonly exam: Exam | undefined;
  },
  args: FinetuneArguments,
  config: ModelShape,
): Settings {
  return {
    data: data.sha256,
    tokens: digestOfTokens(data),
    ...adapterSettings(start, given, args),
    targets: shortNames(config, start.targets).join(),
    length: args.length,
    ...stepSettings(args),
    ...(args.sourceLength === undefined ? {} : { 'source-length': args.sourceLength }),
    ...(data.validation === undefined ? {} : { validation: data.validation }),
    ...(exam === undefined ? {} : { 'eval-generate': args.answer ?? 'given' }),
    ...(args.answerTokens === undefined ? {} : { 'answer-tokens': args.answerTokens }),
  };
}
