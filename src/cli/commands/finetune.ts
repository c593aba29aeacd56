/**
 * `oftc finetune`: trains an adapter on a model. It checks everything before it opens a device or writes a file of the
 * run.
 */
import { basename, join, resolve } from 'node:path';
import { aboveLimit, limits } from '../../../compiler/limits.ts';
import { duration, short } from '../../explain/units.ts';
import { formatOf, writeTrained } from '../../finetune/adapter-files.ts';
import { type Score, scoreOf } from '../../finetune/answers.ts';
import { baseModelName } from '../../finetune/base-name.ts';
import type { Data } from '../../finetune/data/read.ts';
import { lossChart } from '../../finetune/loop/chart.ts';
import { checkSame, tensorsOf } from '../../finetune/loop/checkpoint.ts';
import type { Digests, Settings } from '../../finetune/loop/checkpoint-fields.ts';
import { Course, largestElement } from '../../finetune/loop/course.ts';
import { damaged } from '../../finetune/loop/damaged.ts';
import type { Engine } from '../../finetune/loop/engine.ts';
import { type Metric, parseMetrics } from '../../finetune/loop/metrics.ts';
import {
  ADAPTER,
  CHART,
  CHECKPOINT,
  checkFolder,
  clearLeftovers,
  type Left,
  METRICS,
  readMetrics,
  readRun,
  writeChart,
  writeRun,
} from '../../finetune/loop/run-folder.ts';
import { sizesOf, type TrainOptions, train } from '../../finetune/loop/train.ts';
import { modelDigests } from '../../finetune/models/digests.ts';
import { weightsFrom } from '../../finetune/models/from-files.ts';
import { shortNames } from '../../finetune/models/linear-layers.ts';
import { openModel } from '../../finetune/models/open.ts';
import { parametersOf } from '../../finetune/models/weights.ts';
import { type TargetModule, tensorPath } from '../../finetune/start.ts';
import type { ModelShape } from '../../formats/config/model-config.ts';
import { locked, lockWithin } from '../../formats/lock.ts';
import type { OpenModel } from '../../formats/model.ts';
import type { HostTensor } from '../../session/tensors.ts';
import { adapterDivergences } from '../divergence.ts';
import { type DataArguments, dataOf, dataTitle, holdOutOf, nothingHeldOut } from '../finetune/data.ts';
import { dropoutNotes } from '../finetune/dropout.ts';
import { endNotes } from '../finetune/end-notes.ts';
import { type EngineArguments, type Found, findEngine, openEngine } from '../finetune/engine.ts';
import { type AnswerArguments, checkAnswers, type Exam, examOn } from '../finetune/exam.ts';
import { heldAs, shownScore, TrainingLine } from '../finetune/line.ts';
import type { Named } from '../finetune/named.ts';
import { leastRate, type RateArguments } from '../finetune/rate.ts';
import { runText } from '../finetune/run-file.ts';
import {
  type Asked,
  askedFor,
  atStart,
  digest,
  digestOfTokens,
  later,
  type StartArguments,
  type StartingPoint,
  startOn,
} from '../finetune/start.ts';
import { checkLength } from '../finetune/with-model.ts';
import { type Io, print, printJson, printNotes, say, withProgress } from '../io.ts';
import { versionOf } from '../package.ts';
import { UsageError } from '../usage.ts';
import { checkWritable } from '../writable.ts';

export interface FinetuneArguments
  extends StartArguments,
    EngineArguments,
    DataArguments,
    AnswerArguments,
    RateArguments,
    Omit<TrainOptions, 'rate' | 'least' | 'clip' | 'decay' | 'evaluateEvery'> {
  readonly model: string;
  readonly out: string;
  readonly clip?: number;
  readonly weightDecay: number;
  readonly evalEvery: number;
  /** Whether evaluations generate answers. */
  readonly evalGenerate?: boolean;
  readonly resume?: boolean;
}

/** `named` gives an option's name in messages, since a run.json may hold it. */
export async function finetuneCommand(args: FinetuneArguments, io: Io, named: Named): Promise<void> {
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
  const warn = (line: string) => say(io, `warning: ${line}`);
  await locked(lockWithin(args.out), args.out, { warn }, () => finetuneIn({ asked, found }, args, io));
}

/** Does the work of the command, in a folder that no other process writes. */
async function finetuneIn(
  { asked, found }: { readonly asked: Asked; readonly found: Found },
  args: FinetuneArguments,
  io: Io,
): Promise<void> {
  // Check the folder again: a run that ended after the first check has left its files here.
  await checkFolder(args.out, args.resume ?? false);
  const left = args.resume ? await readRun(args.out) : undefined;
  if (left) say(io, resuming(args.out, left));
  const files = await openModel(args.model);
  try {
    printNotes(io, files.notes);
    const start = await startOn(asked, args, files, io);
    printNotes(io, [
      ...later(start),
      ...dropoutNotes(files.config, start),
      ...('init' in asked ? [] : await atStart(start.method)),
    ]);
    const ready = await prepared(files, start, left, args, io);
    const summary = await run({ ...ready, found }, args, io);
    if (io.json) printJson(io, summary);
    else print(io, render(summary));
  } finally {
    await files.close();
  }
}

interface Prepared {
  readonly files: OpenModel;
  readonly config: ModelShape;
  readonly start: StartingPoint;
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly data: Data;
  readonly settings: Settings;
  readonly digests: Digests;
  /** The exam of --eval-generate. */
  readonly exam: Exam | undefined;
  /** The checkpoint that the run goes on from. */
  readonly left: Left | undefined;
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

/** Reads headers, the tokenizer, the text and the adapter's start, and checks them against the options. */
async function prepared(
  files: OpenModel,
  start: StartingPoint,
  left: Left | undefined,
  args: FinetuneArguments,
  io: Io,
): Promise<Prepared> {
  const config = files.config;
  checkLength(args, config);
  const data = await dataOf(args, files, io);
  printNotes(io, await endNotes(data, files, start));
  const exam = args.evalGenerate ? await examOn(data.heldOut, args, files) : undefined;
  const startTensors = () => start.tensors(weightsFrom(files, args.quantize));
  const given = args.init === undefined ? undefined : await startTensors();
  const { own, config: chosen, dims } = start.method;
  const settings: Settings = {
    data: data.sha256,
    tokens: digestOfTokens(data),
    adapter: own ? `${start.method.program.name} ${own.sha256}` : start.name,
    init: given ? digest(given) : 'new',
    set: JSON.stringify({ ...chosen, ...dims }),
    targets: shortNames(config, start.targets).join(),
    ...{ steps: args.steps, batch: args.batch, length: args.length, lr: args.lr, schedule: args.schedule },
    ...(args.sourceLength === undefined ? {} : { 'source-length': args.sourceLength }),
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
    ...(data.validation === undefined ? {} : { validation: data.validation }),
    ...(exam === undefined ? {} : { 'eval-generate': args.answer ?? 'given' }),
    ...(args.answerTokens === undefined ? {} : { 'answer-tokens': args.answerTokens }),
    ...(start.dropout > 0 ? { dropout: start.dropout } : {}),
    ...(args.quantize === undefined ? {} : { quantize: args.quantize }),
    ...(args.engine === 'webgpu' ? {} : { engine: args.engine }),
  };
  const digests = await withProgress(io, 'Hashing the model', (say) =>
    modelDigests(files, (done, of) => say(`Hashing the model: ${short(done)}B of ${short(of)}B`)),
  );
  const from = left?.checkpoint;
  if (from) {
    const path = join(args.out, CHECKPOINT);
    checkSame(path, from, { settings, model: digests });
    if (from.step > args.steps)
      throw damaged(path, `its step is ${from.step}, and the run has ${args.steps}`);
  }
  // A start may decompose every weight, so a resumed run takes the result from its checkpoint.
  const tensors = from
    ? tensorsOf(join(args.out, CHECKPOINT), start.sites, from)
    : (given ?? (await withProgress(io, 'Starting the adapter', startTensors)));
  return { files, config, start, tensors, data, settings, digests, exam, left };
}

async function run(
  {
    found,
    files,
    config,
    start,
    tensors,
    data,
    settings,
    digests,
    exam,
    left,
  }: Prepared & { readonly found: Found },
  args: FinetuneArguments,
  io: Io,
) {
  const { name, method, targets, sites } = start;
  const from = left?.checkpoint;
  const set = args.init === undefined ? { ...method.config, ...method.dims } : undefined;
  const ownOptions = runText(
    { ...args, set, holdOut: holdOutOf(args), dropout: start.dropout },
    versionOf('oftc'),
    args.out,
  );
  const kept = new Set(
    sites.flatMap(({ module, adapted }) =>
      adapted.own.flatMap((i) => (i.role === 'frozen' ? [tensorPath(module, i)] : [])),
    ),
  );
  const frozen = new Map([...tensors].filter(([path]) => kept.has(path)));
  const parameters = [...tensors].reduce((n, [path, t]) => n + (kept.has(path) ? 0 : t.data.length), 0);
  const modelParameters = parametersOf(config);
  if (data.heldOut.length === 0) printNotes(io, [nothingHeldOut(args, data)]);
  say(io, `training ${ofModel({ parameters, modelParameters })}`);
  const engine = await openEngine(args, { found, files, start, tensors }, io);
  const { bytes } = engine;
  const line = new TrainingLine(io, args.steps, from?.step ?? 0);
  const options: TrainOptions = {
    ...args,
    rate: args.lr,
    least: leastRate(args),
    clip: args.clip,
    decay: args.weightDecay,
    evaluateEvery: args.evalEvery,
  };
  const warned = new Set<string>();
  const course = new Course();
  for (const metric of parseMetrics(left?.metrics ?? '', METRICS).metrics) course.add(metric);
  const watched = async (metric: Metric): Promise<void> => {
    const worse = course.add(metric);
    if (worse) line.say(`warning: ${worse}. ${await largestElement(engine)}`);
  };
  const told = async (): Promise<void> => {
    for (const warning of await diverging(engine, sites, warned)) line.say(`warning: ${warning}`);
  };
  const began = performance.now();
  let planned = 0;
  let mostBytes: number | undefined;
  try {
    await withProgress(io, 'Compiling', () =>
      engine.compile({
        betas: args.betas,
        decay: args.weightDecay,
        sizes: sizesOf(data, args.batch),
      }),
    );
    await clearLeftovers(args.out);
    await writeRun(args.out, ownOptions);
    const values = await train(
      engine,
      data,
      options,
      {
        ...{ folder: args.out, settings, model: digests, frozen, from, metrics: left?.metrics ?? '' },
        examine: exam && (async (model) => scoreOf(await exam(model))),
      },
      {
        planned: (bytes) => {
          planned = bytes;
        },
        step: async (s) => {
          line.step(s);
          if (s.step === 1 && s.norm === 0) printNotes(io, [NO_GRADIENT]);
          await watched(s);
          // Without held-out chunks there is no evaluation, so warn here.
          const seen = s.step === args.steps || s.step % args.evalEvery === 0;
          if (seen && data.heldOut.length === 0) await told();
        },
        evaluated: async (evaluation) => {
          line.evaluated(evaluation);
          await watched(evaluation);
          await told();
        },
      },
    );
    line.clear();
    ({ mostBytes } = engine);
    const folder = join(args.out, ADAPTER);
    const all = new Map([...[...frozen].map(([path, { data }]) => [path, data] as const), ...values]);
    await writeTrained(folder, {
      name,
      method,
      modules: shortNames(config, targets),
      sites,
      baseModel: baseModelName(args.model, files.config.name),
      dropout: start.dropout,
      values: all,
    });
  } finally {
    line.clear();
    await engine.dispose();
  }
  const metrics = await readMetrics(args.out);
  const title = `${basename(resolve(args.model))} on ${dataTitle(args.data)}, ${basename(name)}`;
  await writeChart(args.out, lossChart(metrics, title));
  const evaluations = metrics.flatMap((m) => ('heldOut' in m ? [m] : []));
  const last = metrics.flatMap((m) => ('loss' in m ? [m] : [])).at(-1)!;
  return {
    out: args.out,
    format: formatOf(method, start.sites),
    engine: args.engine,
    parameters,
    modelParameters,
    bytes,
    sequences: { train: data.train.length, heldOut: data.heldOut.length },
    data: { tokens: data.tokens, counted: data.counted, ...data.chats },
    steps: args.steps,
    resumedAt: from?.step ?? null,
    loss: last.loss,
    heldOut: evaluations.map(({ step, heldOut }) => ({ step, loss: heldOut })),
    exactMatch: exam && evaluations.flatMap((m) => ('correct' in m ? [scored(m)] : [])),
    seconds: (performance.now() - began) / 1000,
    deviceBytes: mostBytes === undefined ? null : { planned, most: mostBytes },
  };
}

const scored = ({ step, correct, asked }: Score & { readonly step: number }) => ({ step, correct, asked });

const NO_GRADIENT =
  'every gradient is 0 in step 1, so nothing is trained. Of two tensors that multiply each other, start one at zero and the other not';

const ofModel = (n: { readonly parameters: number; readonly modelParameters: number }): string =>
  `${n.parameters} parameters, ${((100 * n.parameters) / n.modelParameters).toPrecision(3)} % of the model's ${short(n.modelParameters)}`;

function render(s: Awaited<ReturnType<typeof run>>): string {
  const [first, final] = [s.heldOut[0], s.heldOut.at(-1)];
  const held =
    first && final
      ? `held-out loss ${first.loss.toFixed(4)} → ${final.loss.toFixed(4)} (${s.sequences.heldOut} sequences)`
      : `loss ${s.loss.toFixed(4)}, nothing held out`;
  return [
    `trained ${ofModel(s)}: ${s.steps} steps on ${s.sequences.train} sequences, ${duration(s.seconds)}`,
    `held for it: ${heldAs(s.bytes)}`,
    held,
    ...(s.exactMatch
      ? [`exact match ${[s.exactMatch[0]!, s.exactMatch.at(-1)!].map(shownScore).join(' → ')}`]
      : []),
    ...(s.deviceBytes ? [`device memory at its most: ${short(s.deviceBytes.most)}B`] : []),
    `${s.out}: ${ADAPTER}/ (${s.format === 'peft' ? "PEFT's format" : 'adapter.json and adapter.safetensors'}), metrics.jsonl, ${CHART}, checkpoint.safetensors`,
  ].join('\n');
}

/** Warnings for the tensors that have newly left the region in which their Cayley–Neumann series converges. */
async function diverging(
  engine: Engine,
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
