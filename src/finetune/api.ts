/** The entry `oftc/models`: models with adapters, from code; and blocks of diffusion models. */

import { OftcError } from '../../compiler/errors/error.ts';
import { spelt } from './spelt.ts';
import '../provide.ts';
import { wrongArgument } from '../language/arguments.ts';
import { readTrained } from './adapter-files.ts';
import { Adapters, composed } from './adapters.ts';
import { type ContinueOptions, checkedContinue, checkedLoad, type LoadOptions } from './api-options.ts';
import { nextTokens, packed } from './batch.ts';
import { generate } from './generate.ts';
import type { Model } from './model-run.ts';
import { weightsFrom } from './models/from-files.ts';
import { openModel } from './models/open.ts';

export type { ContinueOptions, LoadOptions } from './api-options.ts';
export { type ModuleAdapters, type ModuleChoice, moduleStarts } from './by-module.ts';
export { type MmDitChoice, mmDitAdapters } from './diffusion/adapters.ts';
export { type MmDitShape, mmDitLinear, mmDitProjections } from './diffusion/linear-layers.ts';
export { jointRanges, type MmDitOptions, mmDitBlock } from './diffusion/mm-dit.ts';

export { type ImageFiles, listImages } from './images/image-folder.ts';
export {
  type ImageAdapter,
  type LoadedClassifier,
  type LoadImageOptions,
  loadImageClassifier,
  type TrainImageOptions,
} from './images/load.ts';

/** A model in Hugging Face's layout, with adapters by name, one of which is used at a time. Dispose it at the end. */
export interface LoadedModel {
  readonly names: readonly string[];
  /** Uses an adapter from now on, or none. Nothing is uploaded. Throws OFT6017 for an unknown name. */
  use(name?: string): void;
  /** The text that the model continues the prompt with. Throws OFT4016 for an empty prompt and for wrong options. */
  continue(prompt: string, options?: ContinueOptions): Promise<string>;
  /** The mean loss of the model on a text, in nats a token. Throws OFT4016 for a text of fewer than two tokens. */
  loss(text: string): Promise<number>;
  /** Frees the model and its adapters. From then on the other methods throw OFT4007. */
  dispose(): void;
}

/**
 * Loads a model. Rejects with FormatError for files that are refused, and with OFT6017 for adapters that do not
 * compose, and OFT4016 for wrong options.
 */
export async function loadModel(folder: string, given: LoadOptions = {}): Promise<LoadedModel> {
  const options = checkedLoad(given);
  const files = await openModel(folder);
  try {
    const { config } = files;
    const tokenizer = await files.tokenizer();
    const adapters = await Promise.all(
      Object.entries(options.adapters ?? {}).map(async ([name, from]) => ({
        name,
        choice: (await readTrained(from, files, undefined)).choice,
      })),
    );
    const [first, ...others] = (options.compose ?? []).map(
      (name) => adapters.find((a) => a.name === name) ?? unknown(name, Object.keys(options.adapters ?? {})),
    );
    const together = first && others.length > 0 ? [composed(config, [first, ...others])] : [];
    const { device, plans, quantize } = options;
    // The files are closed below, and so no later message can name one of their tensors.
    const { notFinite: _, ...weights } = weightsFrom(files, quantize);
    const opened = { config, weights, plans, ...(device ? { device } : {}) };
    const all = await Adapters.open(opened, [...adapters, ...together]);
    let used: Model | undefined = all.use();
    const current = (): Model => {
      if (used) return used;
      throw new OftcError('OFT4007', `the model of ${folder} is disposed; load it again`);
    };
    const encoded = (text: string): number[] => (typeof text === 'string' ? [...tokenizer.encode(text)] : []);
    return {
      names: all.names,
      use: (name) => {
        current();
        used = all.use(name);
      },
      continue: async (prompt, asked = {}) => {
        const model = current();
        const { tokens = 100, temperature = 0, topK, seed = 0 } = checkedContinue(asked);
        const ids = encoded(prompt);
        if (ids.length === 0) throw wrongArgument('the prompt', 'a text to go on from', prompt);
        const more: number[] = [];
        const sampled = { tokens, temperature, topK, seed, end: config.eosTokenIds };
        for await (const id of generate(model, ids, sampled)) more.push(id);
        return spelt(tokenizer, [...ids, ...more]).slice(spelt(tokenizer, ids).length);
      },
      loss: async (text) => {
        const ids = encoded(text);
        if (ids.length < 2) throw wrongArgument('the text of loss()', 'a text of at least two tokens', text);
        return current().loss(packed([nextTokens(ids)], config));
      },
      dispose: () => {
        used = undefined;
        all.dispose();
      },
    };
  } finally {
    await files.close();
  }
}

function unknown(name: string, known: readonly string[]): never {
  throw new OftcError('OFT6017', `there is no adapter '${name}' to compose; there are ${known.join(', ')}`);
}
