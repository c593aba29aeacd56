/** The runs of `oftc finetune` on image classifiers. */
import { join } from 'node:path';
import { OftcError } from '../../../compiler/errors/error.ts';
import { baseModelName } from '../../finetune/base-name.ts';
import { type ModuleChoice, moduleAdapters } from '../../finetune/by-module.ts';
import { ImageClassifier, type LabelledImages } from '../../finetune/images/image-classifier.ts';
import { type ImageData, type ImageEngine, imageFeed } from '../../finetune/images/image-data.ts';
import type { ImageFiles } from '../../finetune/images/image-folder.ts';
import { imageStart, modulesNamed, withClasses } from '../../finetune/images/image-start.ts';
import type { OpenVit } from '../../finetune/images/open.ts';
import { readImageAdapter } from '../../finetune/images/read-saved.ts';
import { imageSites, peftName, writeImageAdapter } from '../../finetune/images/saved.ts';
import { classifierShapes, vitLinear, vitWeights } from '../../finetune/images/vit.ts';
import type { VitShape } from '../../finetune/images/vit-config.ts';
import { tensorsOf } from '../../finetune/loop/checkpoint.ts';
import { CHECKPOINT } from '../../finetune/loop/run-folder.ts';
import { StagesEngine } from '../../finetune/loop/webgpu.ts';
import type { Method } from '../../finetune/methods.ts';
import { baseNotes } from '../../finetune/stated-base.ts';
import type { Weights } from '../../finetune/uploads.ts';
import { counted, listed } from '../../formats/error.ts';
import type { HostTensor } from '../../session/tensors.ts';
import { type Io, printNotes, withProgress } from '../io.ts';
import { plansFor } from '../plans.ts';
import type { FinetuneArguments } from './arguments.ts';
import { holdOutOf } from './data.ts';
import { imagesIn, readAll, refuseOptions } from './images.ts';
import type { Beginning, Job } from './job.ts';
import { adapterSettings, checkedResume, hashed, stepSettings } from './settings.ts';

/** Reads the images and the adapter's start, and checks them against the options and the model. */
export async function imageJob(
  files: OpenVit,
  { asked, left, named, isGiven }: Beginning,
  args: FinetuneArguments,
  io: Io,
): Promise<Job<LabelledImages, ImageEngine>> {
  refuseOptions({
    [named('length')]: isGiven('length'),
    [named('source-length')]: args.sourceLength,
    [named('chat-template')]: args.chatTemplate,
    [named('eval-generate')]: args.evalGenerate,
    [named('activations', args.activations)]: args.activations === 'f16',
    [named('dropout')]: args.dropout === 0 ? undefined : args.dropout,
  });
  refuseOptions(
    { [named('engine', args.engine)]: args.engine === 'torch' },
    'leave it out, or see docs/images.md for their modules in PyTorch',
  );
  const images = await imagesIn(args.data, named('data'));
  const start = await startOn(asked, files, images, io);
  const { config, choice, method, name } = start;
  const adapters = moduleAdapters(vitLinear(config), choice);
  const sites = imageSites({ config, adapters });
  peftName(method, sites, args.out);
  const data = await dataOf(images, { config, preprocessor: files.preprocessor }, args, io);
  const weights = files.weights(config, args.quantize);
  const described = { name, method, sites, dropout: 0 };
  const settings = {
    ...{ data: data.sha256, classes: JSON.stringify(config.labels), targets: choice.targets.join() },
    ...(data.validation === undefined ? {} : { validation: data.validation }),
    ...adapterSettings(described, start.given, args),
    ...stepSettings(args),
  };
  const digests = await hashed(files, io);
  const from = checkedResume(left, { settings, model: digests }, args);
  const heads = classifierShapes(config);
  const tensors = from
    ? tensorsOf(join(args.out, CHECKPOINT), sites, from, heads)
    : (start.given ?? (await imageStart(config, adapters, weights, { ...start, seed: args.seed })));
  const reader = { config, preprocessor: files.preprocessor };
  const baseModel = baseModelName(args.model, files.name);
  return {
    ...{ start: described, tensors, settings, digests, left },
    feed: imageFeed(data, reader, args.batch),
    modelParameters: [...vitWeights(config).values()].reduce((n, shape) => n + product(shape), 0),
    nothingHeldOut: data.heldOut.length === 0 ? nothingHeldOut(holdOutOf(args)) : undefined,
    format: 'peft',
    examples: {
      called: 'images',
      train: data.train.length,
      heldOut: data.heldOut.length,
      score: data.heldOut.length > 0 ? 'accuracy' : undefined,
    },
    summary: { classes: config.labels },
    openEngine: async () => new StagesEngine(await opened({ config, choice, weights, tensors }, args, io)),
    writeAdapter: (folder, values) =>
      writeImageAdapter(folder, { config, method, adapters, baseModel, values }),
  };
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

interface ImageTraining {
  /** The model's shape with the classes that are trained. */
  readonly config: VitShape;
  readonly name: string;
  readonly method: Method;
  readonly choice: ModuleChoice;
  /** The tensors of an adapter that is trained further. */
  readonly given?: ReadonlyMap<string, HostTensor>;
  readonly newClassifier: boolean;
}

/**
 * The adapter that the options ask for, and its classes: those of the adapter that is trained further; or the model's,
 * if it has all that the folder names; or those of the folder, with a new classifier.
 */
async function startOn(
  asked: Beginning['asked'],
  files: OpenVit,
  { classes }: ImageFiles,
  io: Io,
): Promise<ImageTraining> {
  if ('init' in asked) {
    const read = await readImageAdapter(asked.init, files);
    printNotes(io, [
      ...read.notes,
      ...(await baseNotes(asked.init, { path: files.path, config: { name: files.name } })),
    ]);
    const { config, method, choice, tensors: given } = read;
    return { config, method, choice, given, name: method.peft!, newClassifier: false };
  }
  const { name, method, modules } = asked;
  const isAll = modules.some((word) => word.toLowerCase() === 'all-linear');
  const targets = modulesNamed(files.config, isAll ? undefined : modules, files.path);
  const own = files.config.labels;
  const newClassifier = !files.hasClassifier || classes.some((label) => !own.includes(label));
  const config = withClasses(files, newClassifier ? classes : undefined);
  printNotes(io, [
    newClassifier
      ? `a new classifier is trained for ${counted(classes.length, 'class', 'classes')}: ${listed(classes, 10)}`
      : `the model's own classifier of ${counted(own.length, 'class', 'classes')} is trained further`,
  ]);
  const { source, config: settings, dims } = method;
  return { config, name, method, choice: { source, config: settings, dims, targets }, newClassifier };
}

/** Reads the images, and those of --validation as what is held out. Throws OFT6004 for less than a batch. */
async function dataOf(
  images: ImageFiles & { readonly folder: string },
  reader: Parameters<typeof readAll>[1],
  args: FinetuneArguments,
  io: Io,
): Promise<ImageData & { readonly validation?: string }> {
  const data = await readAll(images, reader, holdOutOf(args), io);
  if (data.train.length < args.batch)
    throw new OftcError(
      'OFT6004',
      `${images.folder} has ${counted(data.train.length, 'image')} to train on, fewer than a batch of ${args.batch}. Take more images, or a smaller --batch`,
    );
  if (args.validation === undefined) return data;
  const held = await readAll(await imagesIn(args.validation, '--validation'), reader, 0, io);
  return { ...data, heldOut: held.train, validation: held.sha256 };
}

const nothingHeldOut = (holdOut: number): string =>
  `nothing held out${holdOut === 0 ? '' : `: no class has ${holdOut} images, of which --hold-out 1/${holdOut} takes the last`}. All losses are of the images that are trained on`;

/** Opens the model on the device. */
const opened = (
  {
    config,
    choice,
    weights,
    tensors,
  }: Pick<ImageTraining, 'config' | 'choice'> & {
    readonly weights: Weights;
    readonly tensors: ReadonlyMap<string, HostTensor>;
  },
  { device }: FinetuneArguments,
  io: Io,
): Promise<ImageClassifier> =>
  withProgress(io, 'Uploading the weights', () =>
    ImageClassifier.open({
      ...{ config, weights, trainsClassifier: true, device, plans: plansFor(io) },
      adapter: { ...choice, tensors: { read: async (name) => tensors.get(name)! } },
    }),
  );
