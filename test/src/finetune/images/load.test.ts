/** Image classifiers from files: PNG images in folders of classes, preprocessing, training, and PEFT's format in and out. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lora } from '../../../../src/adapters/lora.ts';
import { moduleAdapters } from '../../../../src/finetune/by-module.ts';
import { listImages } from '../../../../src/finetune/images/image-folder.ts';
import { imageStart } from '../../../../src/finetune/images/image-start.ts';
import { loadImageClassifier } from '../../../../src/finetune/images/load.ts';
import { readPng } from '../../../../src/finetune/images/png.ts';
import { preprocessed, readPreprocessor } from '../../../../src/finetune/images/preprocessor.ts';
import { resized } from '../../../../src/finetune/images/resize.ts';
import { vitLinear } from '../../../../src/finetune/images/vit.ts';
import { parseVitConfig } from '../../../../src/finetune/images/vit-config.ts';
import { random } from '../support.ts';
import { CONFIG, picture, STEPS, writeImages, writeModel } from './tiny-vit.ts';

describe('an image classifier from files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-images-'));
  const model = join(folder, 'model');
  const images = join(folder, 'images');
  const next = random(3);

  beforeAll(async () => {
    await writeModel(model);
    writeImages(images, ['columns', 'rows'], 3);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('learns classes of its own, and its adapter is read again from the format of PEFT', async () => {
    const data = await listImages(images);
    expect(data.classes).toEqual(['columns', 'rows']);
    const given = { classes: data.classes, device: 'cpu' } as const;
    const adapter = { method: 'oft', set: { b: 4 }, targets: ['query', 'value', 'dense'] };
    const trained = await loadImageClassifier(model, { ...given, adapter });
    const told: number[] = [];
    const losses = await trained.train(data, {
      steps: 16,
      batch: 6,
      rate: 0.02,
      tell: (step) => told.push(step),
    });
    expect(told.length).toBe(16);
    expect(losses.at(-1)!).toBeLessThan(0.5 * losses[0]!);
    expect(await trained.classify(data.files)).toEqual(data.labels);
    const saved = join(folder, 'adapter');
    await trained.save(saved);
    trained.dispose();
    const fields = JSON.parse(readFileSync(join(saved, 'adapter_config.json'), 'utf8'));
    expect(fields).toMatchObject({ peft_type: 'OFT', oft_block_size: 4, modules_to_save: ['classifier'] });
    const again = await loadImageClassifier(model, { ...given, adapter: saved });
    expect(await again.classify(data.files)).toEqual(data.labels);
    const [first] = await again.train(data, { steps: 1, batch: 6, rate: 0 });
    expect(first!).toBeLessThan(losses.at(-1)!);
    again.dispose();
    await expect(
      loadImageClassifier(model, { device: 'cpu', adapter: { ...adapter, targets: ['q_proj'] } }),
    ).rejects.toThrow('no linear layer of a block ends so');
    const old = await loadImageClassifier(model, { device: 'cpu', adapter });
    await expect(old.train(data, { steps: 1 })).rejects.toThrow(
      'the model has no class "columns", "rows"; it has "cat", "dog"',
    );
    old.dispose();
  });

  it('starts every module and the classifier with random numbers of its own, by the seed', async () => {
    const config = { ...parseVitConfig(CONFIG, 'config.json'), layers: 2 };
    const choice = { source: lora, dims: { r: 2 }, targets: [0, 1].map((n) => vitLinear(config)[n]!.module) };
    const adapters = moduleAdapters(vitLinear(config), choice);
    const weights = { read: async () => ({ data: new Float32Array(), shape: [16, 16] }) } as never;
    const firsts: number[] = [];
    for (const seed of [0, 1]) {
      const start = await imageStart(config, adapters, weights, { seed, newClassifier: true });
      // The first draw decides the first number; the scales of LoRA's A and of the classifier are the same here.
      for (const [path, { data }] of start) if (/lora_A|classifier.weight/.test(path)) firsts.push(data[0]!);
    }
    expect(firsts).toHaveLength(2 * (2 * 2 + 1));
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  it('refuses what is not read, by the file', async () => {
    const at = (name: string, bytes: Uint8Array | string) => {
      const file = join(folder, name);
      writeFileSync(file, bytes);
      return file;
    };
    await expect(readPng(at('a.png', 'GIF89a, a picture of another form'))).rejects.toThrow('it is no PNG');
    const deep = encode({ width: 1, height: 1, channels: 1, depth: 16, data: Uint16Array.of(9) });
    await expect(readPng(at('b.png', deep))).rejects.toThrow('16 bits for each channel');
    const whole = encode(picture(true, next));
    await expect(readPng(at('c.png', whole.slice(0, 90)))).rejects.toThrow('it is damaged');
    const huge = whole.slice();
    huge.set([0, 1, 0, 0, 0, 0, 4, 1], 16);
    await expect(readPng(at('e.png', huge))).rejects.toThrow(
      '67,174,400 pixels in a PNG: the limit is 67,108,864',
    );
    whole[60]! ^= 1;
    await expect(readPng(at('d.png', whole))).rejects.toThrow('it is damaged');
    mkdirSync(join(folder, 'other', 'cat'), { recursive: true });
    at(join('other', 'cat', 'one.jpg'), '');
    await expect(listImages(join(folder, 'other'))).rejects.toThrow('only PNG files are read');
    await expect(listImages(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'MissingFile' });
    await expect(listImages(join(folder, 'a.png'))).rejects.toMatchObject({ code: 'MissingFile' });
    await expect(readPng(folder)).rejects.toThrow('it is not a regular file');
    mkdirSync(join(folder, 'linked'));
    symlinkSync(join(images, 'rows'), join(folder, 'linked', 'rows'));
    expect((await listImages(join(folder, 'linked'))).classes).toEqual(['rows']);
    at(join('other', 'two.png'), '');
    await expect(listImages(join(folder, 'other'))).rejects.toThrow('it is beside the classes');
  });

  it('drops alpha, spreads grey, and scales as the preprocessor says', async () => {
    const file = join(folder, 'grey.png');
    writeFileSync(file, encode({ width: 2, height: 1, channels: 2, data: Uint8Array.of(0, 9, 255, 8) }));
    const grey = await readPng(file);
    expect([...grey.data]).toEqual([0, 0, 0, 255, 255, 255]);
    const steps = { ...(await readPreprocessor(model)), size: undefined };
    expect([...preprocessed(grey, steps)]).toEqual([-1, 1, -1, 1, -1, 1]);
  });

  it.each([
    ['do_center_crop', true],
    ['resample', 3],
  ])('refuses a preprocessor with %s: %s', async (name, value) => {
    const other = mkdtempSync(join(folder, 'steps-'));
    writeFileSync(join(other, 'preprocessor_config.json'), JSON.stringify({ ...STEPS, [name]: value }));
    await expect(readPreprocessor(other)).rejects.toThrow(name);
  });

  it.each([
    ['hidden_act', 'relu'],
    ['hidden_dropout_prob', 0.1],
    ['use_mask_token', true],
    ['num_attention_heads', 3],
    ['id2label', { 1: 'cat', 2: 'dog' }],
    ['id2label', {}],
    ['id2label', []],
    ['id2label', ['cat', 'dog']],
    ['architectures', ['ViTForMaskedImageModeling']],
  ])('refuses a configuration with %s: %s', (name, value) => {
    expect(() => parseVitConfig({ ...CONFIG, [name]: value }, 'config.json')).toThrow();
  });
});

/** Made with Pillow 11.1: `Image.resize(size, 2)`. The last has means halfway between two bytes. */
const RESIZED = [
  {
    from: [7, 10],
    to: [3, 4],
    bytes: [
      90, 122, 128, 133, 129, 101, 145, 126, 155, 136, 145, 133, 131, 101, 126, 123, 123, 111, 134, 132, 101,
      94, 131, 132, 135, 97, 156, 130, 146, 170, 127, 168, 118, 121, 129, 118,
    ],
  },
  {
    from: [3, 4],
    to: [5, 7],
    bytes: [
      0, 20, 54, 36, 71, 120, 95, 154, 227, 88, 171, 140, 81, 170, 53, 137, 103, 157, 172, 62, 222, 56, 41,
      40, 91, 91, 105, 148, 172, 209, 139, 187, 172, 123, 184, 127, 119, 115, 171, 116, 73, 198, 140, 72, 18,
      174, 121, 82, 227, 198, 183, 216, 211, 220, 186, 205, 238, 91, 134, 191, 32, 90, 162, 205, 84, 131, 182,
      131, 138, 145, 206, 149, 120, 216, 172, 98, 207, 188, 89, 133, 138, 82, 88, 107, 248, 92, 206, 187, 138,
      175, 90, 211, 126, 56, 219, 140, 40, 209, 154, 87, 133, 102, 116, 86, 70,
    ],
  },
  {
    from: [4, 6],
    to: [3, 4],
    bytes: [
      67, 102, 151, 113, 144, 143, 130, 116, 137, 165, 151, 122, 117, 147, 142, 139, 142, 117, 112, 133, 169,
      121, 121, 135, 132, 157, 100, 142, 198, 69, 152, 69, 199, 155, 102, 160,
    ],
  },
] as const;

it.each(RESIZED)('resizes $from to $to as PIL does', ({ from: [height, width], to, bytes }) => {
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * i * 7 + i * 13) % 256);
  expect([...resized({ width, height, data }, to).data]).toEqual(bytes);
});
