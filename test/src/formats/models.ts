/** Writes small models into new folders, and checks the errors of reading them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { parseModelConfig } from '../../../src/finetune/models/config.ts';
import { expectedWeights } from '../../../src/finetune/models/weights.ts';
import { FormatError, type FormatErrorCode } from '../../../src/formats/error.ts';
import type { Json } from '../../../src/formats/json.ts';
import type { TensorData } from '../../../src/formats/safetensors/index.ts';
import { serializeSafetensors } from '../../support/safetensors.ts';

export const root = mkdtempSync(join(tmpdir(), 'oftc-formats-'));
afterAll(() => rmSync(root, { recursive: true }));

let made = 0;
export const newFolder = (): string => mkdtempSync(join(root, `${made++}-`));

/** The config.json of one transformer block, with two heads of width 8 that share a key-value head. */
export const CONFIG = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: 24,
  hidden_size: 16,
  intermediate_size: 32,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-5,
} as const;

export const elements = (shape: readonly number[]): number => shape.reduce((p, n) => p * n, 1);

export const f32 = (name: string, shape: readonly number[], seed = 1): TensorData => ({
  name,
  dtype: 'F32',
  shape,
  data: Float32Array.from({ length: elements(shape) }, (_, i) => Math.sin(seed + 0.7 * i)),
});

/** Tensors for all weights that a configuration implies. */
export const weightsFor = (config: Json): TensorData[] =>
  [...expectedWeights(parseModelConfig(config, 'config.json'))].map(([name, shape], i) =>
    f32(name, shape, i),
  );

export function writeFiles(folder: string, files: Readonly<Record<string, Json | Uint8Array>>): string {
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), content instanceof Uint8Array ? content : JSON.stringify(content));
  return folder;
}

/** Writes a new folder with `config.json` and `model.safetensors`. */
export const modelFolder = (config: Json, tensors: Iterable<TensorData> = weightsFor(config)): string =>
  writeFiles(newFolder(), { 'config.json': config, 'model.safetensors': serializeSafetensors(tensors) });

export async function thrown(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** Expects a FormatError whose message contains the texts. */
export async function refused(
  work: () => unknown,
  code: FormatErrorCode,
  text: string | RegExp,
): Promise<void> {
  const error = await thrown(work);
  expect(error).toBeInstanceOf(FormatError);
  if (error instanceof FormatError) expect(`${error.code}: ${error.message}`).toMatch(text);
  expect(error).toMatchObject({ code });
}
