/** The part that commands on a trained model share: opening its files, and the adapters used with it. */
import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { readTrained } from '../../finetune/adapter-files.ts';
import { type AdapterChoice, Model, type Weights } from '../../finetune/model-run.ts';
import { weightsFrom } from '../../finetune/models/from-files.ts';
import { openModel } from '../../finetune/models/open.ts';
import type { ReadBack } from '../../finetune/own-files.ts';
import { sitesOf } from '../../finetune/start.ts';
import { baseNotes } from '../../finetune/stated-base.ts';
import type { ModelShape } from '../../formats/config/model-config.ts';
import type { OpenModel } from '../../formats/model.ts';
import { adapterDivergences } from '../divergence.ts';
import { type Io, printNotes, say, withProgress } from '../io.ts';
import { plansFor } from '../plans.ts';
import { UsageError } from '../usage-error.ts';
import { trainedWithNotes } from './trained-with.ts';
import { type TrustArguments, trustOf } from './trust.ts';

export interface ModelArguments extends TrustArguments {
  readonly model: string;
  /** The adapter's folder, or several, each perhaps with a name before it: name=folder. */
  readonly adapter?: string | readonly string[];
  readonly device: 'gpu' | 'cpu';
  /** The form to hold the projections in, of a model that is not quantised. */
  readonly quantize?: string;
}

/** An adapter that was read, with the name that the command line gives it. */
export interface ReadAdapter extends ReadBack {
  readonly called: string;
}

export interface Opened {
  readonly files: OpenModel;
  readonly config: ModelShape;
  readonly adapters: readonly ReadAdapter[];
  readonly weights: Weights;
}

/** Opens the model and the adapter, warns of diverging series, does the work, and closes the files. */
export async function withFiles<T>(
  args: ModelArguments,
  io: Io,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const files = await openModel(args.model);
  try {
    printNotes(io, files.notes);
    const config = files.config;
    const adapters: ReadAdapter[] = [];
    for (const { name, folder } of namedFolders([args.adapter ?? []].flat())) {
      const read = await readTrained(folder, files, trustOf(args, io));
      printNotes(io, [
        ...read.notes,
        ...(await baseNotes(folder, files)),
        ...(await trainedWithNotes(folder, args.quantize)),
      ]);
      for (const warning of await adapterDivergences(sitesOf(config, read.choice), read.choice.tensors))
        say(io, `warning: ${warning}`);
      adapters.push({ ...read, called: name });
    }
    return await work({ files, config, adapters, weights: weightsFrom(files, args.quantize) });
  } finally {
    await files.close();
  }
}

/** The model with one adapter, or without, under the name that the command line gives it. */
export interface NamedModel {
  readonly name: string;
  readonly model: Model;
  readonly choice?: AdapterChoice | undefined;
}

/**
 * Makes the model on the device and does the work for each adapter in turn. With several adapters, the weights of the
 * model are held once. `tokens` is the length of the longest batch to come.
 */
export async function withModel<T>(
  opened: Opened,
  { device, tokens, compose = false, base = false }: ModelUse,
  io: Io,
  work: (models: readonly NamedModel[]) => Promise<T>,
): Promise<T> {
  const { config, adapters, weights } = opened;
  const options = { config, weights, device, tokensAtOnce: tokens, plans: plansFor(io) };
  const uploading = <R>(open: () => Promise<R>) => withProgress(io, 'Uploading the weights', open);
  if (adapters.length < 2) {
    const [only] = adapters;
    const model = await uploading(() =>
      Model.open({ ...options, ...(only ? { adapter: only.choice } : {}) }),
    );
    try {
      return await work([{ name: only?.called ?? BASE, model, choice: only?.choice }]);
    } finally {
      model.dispose();
    }
  }
  const { Adapters, composed } = await import('../../finetune/adapters.ts');
  const [first, ...others] = adapters.map(({ called, choice }) => ({ name: called, choice }));
  const together = compose ? [composed(config, [first!, ...others])] : [];
  const separate = compose && !base ? [] : [first!, ...others];
  const used = [...separate, ...together];
  const all = await uploading(() => Adapters.open(options, used));
  try {
    const models = used.map(({ name, choice }) => ({ name, choice, model: all.use(name) }));
    return await work(base ? [{ name: BASE, model: all.use() }, ...models] : models);
  } finally {
    all.dispose();
  }
}

/** The name of the model without an adapter. */
const BASE = 'base';

interface ModelUse {
  readonly device: 'gpu' | 'cpu';
  readonly tokens: number;
  /** Whether several adapters are used together. */
  readonly compose?: boolean | undefined;
  /** Whether several adapters are compared with the model without any. */
  readonly base?: boolean;
}

/**
 * The names and folders of --adapter. Without a name before it, an adapter has that of its folder, and one in the folder
 * `adapter` of a run that of the run. Throws UsageError for a name that is given twice, or that the base has.
 */
export function namedFolders(given: readonly string[]): { readonly name: string; readonly folder: string }[] {
  const named = given.map((text) => {
    // A folder may have an equals sign in its own name.
    const [, name, folder = text] = (!existsSync(text) && /^([\w.-]+)=(.+)$/s.exec(text)) || [];
    const own = basename(resolve(folder));
    return { name: name ?? (own === 'adapter' ? basename(dirname(resolve(folder))) : own), folder };
  });
  if (named.length < 2) return named;
  for (const [i, { name }] of named.entries()) {
    const twice = named.slice(0, i).some((other) => other.name === name);
    if (twice || name === BASE)
      throw new UsageError(
        `${twice ? `two adapters are called '${name}'` : `'${name}' is the model without an adapter`}: name each, --adapter NAME=${given[i]!.replace(/^[\w.-]+=/, '')}`,
      );
  }
  return named;
}

/** Throws UsageError for --compose of fewer than two adapters. */
export function checkCompose({ adapter, compose }: Composes): void {
  if (compose && [adapter ?? []].flat().length < 2)
    throw new UsageError('--compose is of several adapters: give --adapter twice, or leave --compose out');
}

type Composes = Pick<ModelArguments, 'adapter'> & { readonly compose?: boolean | undefined };

/** The folder that a value of --adapter names. */
export const folderOf = (given: string): string => namedFolders([given])[0]!.folder;
