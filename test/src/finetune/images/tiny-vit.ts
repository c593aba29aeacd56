/** A tiny Vision Transformer with random weights, and folders of small pictures that it can learn to tell apart. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { vitWeights } from '../../../../src/finetune/images/vit.ts';
import { parseVitConfig, ROOT } from '../../../../src/finetune/images/vit-config.ts';
import type { HostTensor } from '../../../../src/index.ts';
import { write } from '../references/harness.ts';
import { coarse, random } from '../support.ts';

export const CONFIG = {
  architectures: ['ViTForImageClassification'],
  model_type: 'vit',
  hidden_size: 16,
  id2label: { 0: 'cat', 1: 'dog' },
  image_size: 8,
  intermediate_size: 24,
  num_attention_heads: 2,
  num_hidden_layers: 2,
  patch_size: 4,
};
export const STEPS = {
  do_resize: true,
  size: { height: 8, width: 8 },
  resample: 2,
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
};

/** Writes a model. A bare one has no classifier, and no `vit.` before the names of its tensors. */
export async function writeModel(folder: string, { bare = false } = {}): Promise<void> {
  const next = random(3);
  const config = bare ? { ...CONFIG, architectures: ['ViTModel'] } : CONFIG;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'preprocessor_config.json'), JSON.stringify(STEPS));
  const weights = new Map<string, HostTensor>();
  for (const [name, shape] of vitWeights(parseVitConfig(CONFIG, 'config.json'))) {
    const count = shape.reduce((a, b) => a * b, 1);
    const middle = /layernorm.*weight/.test(name) ? 1 : 0;
    const data = Float32Array.from({ length: count }, () => middle + coarse(next, 0.3));
    if (!bare) weights.set(name, { data, shape });
    else if (name.startsWith(ROOT)) weights.set(name.slice(ROOT.length), { data, shape });
  }
  await write(join(folder, 'model.safetensors'), weights);
}

/** A picture of 12×10 pixels, dark above and light below, or light on the left. */
export const picture = (isColumns: boolean, noise: () => number) => ({
  ...{ width: 10, height: 12, channels: 3 },
  data: Uint8Array.from({ length: 360 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % 10, Math.floor(i / 30)];
    return (isColumns ? x < 5 : y >= 6) ? 200 + 40 * noise() : 40 * noise();
  }),
});

/** Writes a folder for each of two classes, with so many pictures in each. */
export function writeImages(folder: string, classes: readonly [string, string], count: number): void {
  const next = random(5);
  for (const [n, label] of classes.entries()) {
    mkdirSync(join(folder, label), { recursive: true });
    for (let i = 0; i < count; i++)
      writeFileSync(join(folder, label, `${i}.png`), encode(picture(n === 0, next)));
  }
}
