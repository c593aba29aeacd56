/** Models for tests: the trained one of examples/, and small ones with random weights. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Weights } from '../../../src/finetune/model-run.ts';
import { parseModelConfig } from '../../../src/finetune/models/config.ts';
import { linearOf } from '../../../src/finetune/models/linear-layers.ts';
import type { ModelShape } from '../../../src/formats/config/model-config.ts';
import { dequantizeNf4, quantizedWeights, readNf4 } from '../../../src/formats/quantized/index.ts';
import type { HostArray, HostTensor } from '../../../src/index.ts';
import { random } from '../../support/random.ts';
import { parseSafetensors } from '../../support/safetensors.ts';

export { random };

const root = fileURLToPath(new URL('../../../', import.meta.url));
export const MODEL = `${root}examples/shakespeare-llama-nf4`;
export const FIXTURE = `${root}test/fixtures/llama`;

/** The shape of a model, from its config.json. */
export function readConfig(folder: string): ModelShape {
  const file = `${folder}/config.json`;
  return parseModelConfig(JSON.parse(readFileSync(file, 'utf8')), file);
}

export interface TensorFile extends Weights {
  readonly names: readonly string[];
}

/** Reads tensors of a safetensors file, NF4 ones also as stored. `prefix` is put before the names asked for. */
export function tensorFile(path: string, prefix = ''): TensorFile {
  const file = parseSafetensors(readFileSync(path), path);
  const quantized = new Set(quantizedWeights(file.tensors));
  const nf4 = async (name: string) => (quantized.has(name) ? readNf4(file, name) : undefined);
  return {
    names: [...file.tensors.keys()],
    quantised: (name) => nf4(prefix + name),
    read: async (name) => {
      const full = prefix + name;
      const held = await nf4(full);
      if (held) return { data: dequantizeNf4(held), shape: held.shape };
      const data = file.array(full);
      return { data: data as HostArray, shape: file.tensors.get(full)!.shape };
    },
  };
}

/** A model shape with what the trained model lacks: biases, an untied head, grouped heads of an unusual width. */
export const SMALL: ModelShape = {
  family: 'llama',
  vocabSize: 11,
  hiddenSize: 12,
  intermediateSize: 20,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headDim: 6,
  maxPositions: 16,
  rmsNormEps: 1e-5,
  rope: { kind: 'default', theta: 100 },
  bias: { qkv: true, output: false, mlp: true },
  tiedEmbeddings: false,
};

/** A random multiple of 1/128 up to `scale`, so that a step of 2⁻¹⁰ from it is exact in f32. */
export const coarse = (next: () => number, scale: number): number =>
  Math.round((2 * next() - 1) * scale * 128) / 128;

/** Random weights of a model, by their names in a checkpoint. */
export function randomWeights(c: ModelShape, seed: number): Map<string, HostTensor> {
  const next = random(seed);
  const all = new Map<string, HostTensor>();
  const add = (name: string, shape: readonly number[], scale: number, around = 0) => {
    const count = shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length: count }, () => around + coarse(next, scale));
    all.set(name, { data, shape });
  };
  add('model.embed_tokens.weight', [c.vocabSize, c.hiddenSize], 1);
  for (let n = 0; n < c.layers; n++) {
    const at = `model.layers.${n}.`;
    for (const norm of ['input', 'post_attention'])
      add(`${at}${norm}_layernorm.weight`, [c.hiddenSize], 0.3, 1);
    for (const { module, shape, bias } of Object.values(linearOf(c))) {
      add(`${at}${module}.weight`, shape, 1 / Math.sqrt(shape[1]));
      if (bias) add(`${at}${module}.bias`, [shape[0]], 0.5);
    }
  }
  add('model.norm.weight', [c.hiddenSize], 0.3, 1);
  if (!c.tiedEmbeddings) add('lm_head.weight', [c.vocabSize, c.hiddenSize], 0.5);
  return all;
}

export const from = (tensors: ReadonlyMap<string, HostTensor>): Weights => ({
  read: async (name) => {
    const tensor = tensors.get(name);
    if (!tensor) throw new Error(`no tensor '${name}'`);
    return tensor;
  },
});
