/** Writes an image classifier with its adapter as PyTorch modules, which `oftc_torch.finetune.images` reads and trains. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { evalDim } from '../../../compiler/dims/dims.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { CLASSIFIER } from '../../formats/config/names.ts';
import { storageOf, wordsOf } from '../../formats/quantized/index.ts';
import { type TensorData, writeSafetensors } from '../../formats/safetensors/index.ts';
import { torchModule } from '../../targets/torch/module.ts';
import { moduleAdapters, nameOf } from '../by-module.ts';
import { blockPath, classifier, embedPatches, vitBlock, vitLinear } from '../images/vit.ts';
import { patchesOf } from '../images/vit-config.ts';
import type { ClassifierOptions } from '../images/vit-parts.ts';
import { pathOf, type Weights } from '../uploads.ts';

/** The tensors of all modules, in the folder. */
const TENSORS = 'tensors.safetensors';

export interface TorchClassifier extends Omit<ClassifierOptions, 'device'> {
  /** The version of oftc, for the printed files. */
  readonly version: string;
}

/**
 * Writes the modules, their tensors and classifier.json into a folder. Throws OFT6001 for an adapter that does not fit,
 * and what reading rejects with.
 */
export async function writeTorchClassifier(
  folder: string,
  { config: c, weights, adapter, trainsClassifier = false, version }: TorchClassifier,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const layers = vitLinear(c);
  const words = layers.map(({ module }) => nameOf(module));
  const tensors = new Map<string, TensorData>();
  const module = (program: Program, file: string) => {
    const printed = torchModule(program, file, version);
    writeFileSync(join(folder, `${file}.py`), printed.text);
    return async (below: string, from: (name: string) => Weights) => {
      const given: Record<string, readonly number[]> = {};
      const sources: Record<string, object> = {};
      for (const { input, path, argument } of printed.tensors) {
        const shape = input.type.shape.map((d) => evalDim(d, {}));
        if (argument !== undefined) given[argument] = shape;
        const name = pathOf(input, input.stored?.startsWith('layernorm.') ? 'vit' : below);
        const source = from(input.name);
        const quantised = words.includes(input.name) ? await source.quantised?.(name) : undefined;
        const storage = quantised && storageOf(quantised, { tensor: name });
        if (!tensors.has(name)) tensors.set(name, await dataOf(name, source, quantised));
        sources[path] = {
          ...{ file: join(folder, TENSORS), name },
          ...(storage ? { storage, shape: quantised!.shape } : {}),
          ...(input.role === 'trainable' ? { trained: name } : {}),
        };
      }
      return { file, class: printed.class, given, tensors: sources };
    };
  };
  const plain = new Set(
    vitBlock(c)
      .trace()
      .inputs.map((i) => i.name),
  );
  const block = module(vitBlock(c, adapter && moduleAdapters(layers, adapter)).trace(), 'vit_block');
  const ofBlock = (name: string) => (plain.has(name) || !adapter ? weights : adapter.tensors);
  const blocks = [];
  for (let n = 0; n < c.layers; n++) blocks.push(await block(blockPath(n), ofBlock));
  const embedding = await module(embedPatches(c).trace(), 'vit_embedding')('vit.embeddings', () => weights);
  const headProgram = classifier(c, { trained: trainsClassifier, loss: false }).trace();
  const isOwn = (name: string) => trainsClassifier && adapter !== undefined && !name.startsWith('layernorm');
  const head = await module(headProgram, 'vit_head')(CLASSIFIER, (name) =>
    isOwn(name) ? adapter!.tensors : weights,
  );
  await writeSafetensors(join(folder, TENSORS), [...tensors.values()]);
  const job = { embedding, blocks, head, patches: patchesOf(c), labels: c.labels };
  writeFileSync(join(folder, 'classifier.json'), JSON.stringify(job));
}

async function dataOf(
  name: string,
  weights: Weights,
  quantised: Awaited<ReturnType<NonNullable<Weights['quantised']>>>,
): Promise<TensorData> {
  if (quantised) {
    const words = wordsOf(quantised, storageOf(quantised, { tensor: name }), { tensor: name });
    const data = new Int32Array(words.buffer);
    return { name, dtype: 'I32', shape: [data.length], data };
  }
  const { data, shape } = await weights.read(name);
  return data instanceof Int32Array
    ? { name, dtype: 'I32', shape, data }
    : { name, dtype: 'F32', shape, data: Float32Array.from(data) };
}
