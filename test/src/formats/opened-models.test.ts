/** Opening a model by a reader of its own: which weights it must have, the notes, and readers of rows. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ModelConfig, ModelReader } from '../../../src/formats/config/model-config.ts';
import type { Quantization } from '../../../src/formats/config/quantization.ts';
import { FormatError } from '../../../src/formats/error.ts';
import { checkShape, openBody, openModel, readModelConfig } from '../../../src/formats/model.ts';
import { dequantize, nf4TensorData, quantizeNf4 } from '../../../src/formats/quantized/index.ts';
import { SafetensorsError, type TensorData } from '../../../src/formats/safetensors/index.ts';
import { serializeSafetensors } from '../../support/safetensors.ts';
import { withMethod } from './effects.ts';
import { f32, newFolder, thrown, writeFiles } from './files.ts';
import { openFilesOf } from './open-files.ts';

/** A reader whose config.json is the configuration itself, with the shapes of the weights. */
type Fields = Partial<ModelConfig> & { readonly shapes: Readonly<Record<string, readonly number[]>> };
const BASE = { architecture: 'A', unknown: [], tiedEmbeddings: false, vocabSize: 4 };
const readerOf = (fields: Fields): ModelReader => ({
  parse: () => ({ ...BASE, ...fields }) as unknown as ModelConfig,
  weights: () => new Map(Object.entries(fields.shapes)),
  modulesAt: () => Promise.reject(new Error('not asked for')),
});
const folderOf = (tensors: readonly TensorData[]): string =>
  writeFiles(newFolder(), { 'config.json': {}, 'model.safetensors': serializeSafetensors(tensors) });

/** Opens a model of tensors, and closes it after the work. */
async function opened<T>(
  tensors: readonly TensorData[],
  fields: Fields,
  work: (model: Awaited<ReturnType<typeof openModel>>) => T | Promise<T>,
): Promise<T> {
  const folder = folderOf(tensors);
  const model = await openModel(folder, readerOf(fields));
  try {
    return await work(model);
  } finally {
    await model.close();
    expect(openFilesOf(folder)).toEqual([]);
  }
}
/** The message of a model that is refused, without its folder. */
async function refusalOf(tensors: readonly TensorData[], fields: Fields): Promise<string> {
  const folder = folderOf(tensors);
  const error = await thrown(() => openModel(folder, readerOf(fields)));
  if (!(error instanceof FormatError || error instanceof SafetensorsError)) throw error;
  expect(openFilesOf(folder)).toEqual([]);
  return `${error.code}: ${error.message}`.replaceAll(`${folder}/`, '');
}

const W = 'model.w.weight';
const NF4: Quantization = { method: 'nf4', doubleQuantization: false };
const values = Float32Array.from({ length: 45 }, (_, i) => Math.sin(i + 1));
const packed = quantizeNf4(values, [5, 9], { blocksize: 32 });

describe('a model', () => {
  it('lacks weights, or has them in other shapes', async () => {
    const shapes = { a: [2, 3], b: [2], c: [1] };
    const a = f32('a', [2, 3]);
    expect(await refusalOf([a], { shapes })).toBe(
      'WeightMismatch: model.safetensors: it lacks 2 of the 3 weights that the configuration means: "b", "c". Take the weights and config.json from one checkpoint.',
    );
    for (const [shape, shown] of [
      [[3, 2], '[3,2]'],
      [[6], '[6]'],
      [[2], '[2]'],
      [[2, 3, 1], '[2,3,1]'],
      [[2, 4], '[2,4]'],
    ] as const)
      expect(await refusalOf([f32('a', shape)], { shapes: { a: [2, 3] } })).toBe(
        `WeightMismatch: model.safetensors: "a": the configuration means [2,3], and the tensor has ${shown}. Take the weights and config.json from one checkpoint.`,
      );
    expect(await refusalOf([f32('x.experts.gate_up_proj', [1]), a], { shapes })).toMatch(
      /^UnsupportedModel: model\.safetensors: "x\.experts\.gate_up_proj": it joins the experts of a layer to one tensor/,
    );
    expect(await refusalOf([f32('x.experts.down_proj', [1])], { shapes })).toMatch(/^UnsupportedModel/);
    for (const name of ['x.experts.down_proj.weight', 'x.experts.up_proj', 'experts.down_proj'])
      expect(await refusalOf([f32(name, [1])], { shapes })).toMatch(/^WeightMismatch.*lacks 3 of the 3/);
    await opened([f32('x.experts.down_proj', [1]), a], { shapes: { a: [2, 3] } }, (model) => {
      expect([...model.weights.keys()]).toEqual(['a']);
    });
  });

  it('names the shard of a weight in another shape', async () => {
    const folder = writeFiles(newFolder(), {
      'config.json': {},
      'x.safetensors': serializeSafetensors([f32('a', [2])]),
      'model.safetensors.index.json': { weight_map: { a: 'x.safetensors' } },
    });
    const error = await thrown(() => openModel(folder, readerOf({ shapes: { a: [3] } })));
    expect(error).toMatchObject({ code: 'WeightMismatch', file: join(folder, 'x.safetensors') });
  });

  it('of images and text is refused', async () => {
    expect(await refusalOf([], { shapes: {}, isPart: true })).toBe(
      'UnsupportedModel: config.json: A is a model of images and text, of which only the configuration of the text model is read. Save its text model alone, as transformers does for the class of causal language models, and name that folder.',
    );
  });

  it('that is bare has its weights under the names of the class with a head', async () => {
    const folder = folderOf([f32('w', [2])]);
    const bare = await openBody(folder, { isBare: true });
    const other = await openBody(folder, {});
    expect([...bare.tensors.keys(), ...other.tensors.keys()]).toEqual(['model.w', 'w']);
    await bare.close();
    await other.close();
    expect((await readModelConfig(folder, readerOf({ shapes: {} }))).architecture).toBe('A');
    expect(await thrown(() => readModelConfig(join(folder, 'no'), readerOf({ shapes: {} })))).toMatchObject({
      code: 'MissingFile',
      message: `${join(folder, 'no/config.json')}: there is no such file. Name the folder of a model.`,
    });
  });

  it('has notes on what is not read, and on how it is packed', async () => {
    const others = ['lm_head.weight', 'x.rotary_emb.inv_freq', 'more', 'rotary_emb.inv_freq'];
    const tensors = ['a', ...others].map((name) => f32(name, [1]));
    const notes = (fields: Partial<Fields>, given = tensors) =>
      opened(given, { shapes: { a: [1] }, ...fields }, (model) => model.notes);
    expect(await notes({})).toEqual([
      `3 tensors are none of the architecture's and not read: "lm_head.weight", "more", "rotary_emb.inv_freq"`,
    ]);
    expect(await notes({ tiedEmbeddings: true })).toEqual([
      'lm_head.weight is stored and not read: the output layer is tied to model.embed_tokens.weight',
      `2 tensors are none of the architecture's and not read: "more", "rotary_emb.inv_freq"`,
    ]);
    const plain = [f32('a', [1])];
    expect(await notes({ tiedEmbeddings: true }, plain)).toEqual([]);
    expect(await notes({ unknown: ['x'] }, plain)).toHaveLength(1);
    expect(await notes({ notes: ['so'], unknown: ['x', 'y'] }, plain)).toEqual([
      'config.json: so',
      'config.json has fields that are not known here and not read: "x", "y"',
    ]);
    const names = Array.from({ length: 13 }, (_, i) => `${i}`);
    const twelve = names
      .slice(0, 12)
      .map((name) => `"${name}"`)
      .join(', ');
    expect(await notes({ unknown: names.slice(0, 12) }, plain)).toEqual([
      expect.stringMatching(/read: .*"11"$/),
    ]);
    expect(await notes({ unknown: names }, [...plain, ...names.map((name) => f32(name, [1]))])).toEqual([
      `config.json has fields that are not known here and not read: ${twelve} and 1 more`,
      expect.stringMatching(/^13 tensors are none of the architecture's and not read: .* and 1 more$/),
    ]);
    const nf4 = nf4TensorData(W, packed);
    const shapes = { [W]: [5, 9] };
    expect(await notes({ quantization: NF4 }, plain)).toEqual([
      'config.json says nf4, and no weight is quantised',
    ]);
    expect(await notes({ quantization: NF4, shapes }, nf4)).toEqual([]);
    expect(await notes({ shapes }, nf4)).toEqual([
      'weights are quantised, and config.json has no quantization_config',
    ]);
    expect(await notes({ quantization: NF4, shapes }, [f32('z', [1]), ...nf4])).toEqual([
      `1 tensors are none of the architecture's and not read: "z"`,
    ]);
  });

  it('reads weights of any form, whole or by rows', async () => {
    const tensors = [f32('a', [4, 3]), ...nf4TensorData(W, packed), f32('more', [2, 2])];
    const fields = { shapes: { a: [4, 3], [W]: [5, 9] }, quantization: NF4 };
    await opened(tensors, fields, async (model) => {
      expect([...model.weights.keys()]).toEqual([W, 'a']);
      expect(model.path).toBe(model.tensors.path.replace('/model.safetensors', ''));
      expect(await model.quantised('a')).toBeUndefined();
      expect(await model.quantised(W)).toEqual(packed);
      expect(await model.weight('more')).toEqual(f32('more', [2, 2]).data);
      for (const name of ['a', W]) {
        const all = await model.weight(name);
        const width = name === 'a' ? 3 : 9;
        const rows = await model.rows(name);
        for (const [first, count] of [
          [0, 1],
          [1, 2],
          [3, 1],
          [0, 4],
          [2, 0],
        ] as const)
          expect(await rows(first, count)).toEqual(all.subarray(width * first, width * (first + count)));
      }
      expect(await model.weight(W)).toEqual(dequantize(packed));
      const part = {
        code: 'WeightMismatch',
        message: expect.stringMatching(/absmax": it is part of a quantised weight\. Ask for the weight\.$/),
      };
      for (const read of [model.weight, model.rows, model.quantised])
        expect(await thrown(() => read(`${W}.absmax`))).toMatchObject(part);
      expect(await thrown(() => model.weight('x'))).toMatchObject({ code: 'TensorNotFound' });
    });
  });

  it('reads quantised weights that are none of the architecture’s too', async () => {
    const tensors = [f32('a', [4, 3]), ...nf4TensorData('z.weight', packed)];
    await opened(tensors, { shapes: { a: [4, 3] }, quantization: NF4 }, async (model) => {
      const all = dequantize(packed);
      expect(await model.quantised('z.weight')).toEqual(packed);
      expect(await model.weight('z.weight')).toEqual(all);
      expect(await (await model.rows('z.weight'))(0, 1)).toEqual(all);
    });
  });

  it('reads the rows alone of a weight that is stored as floats', async () => {
    await opened([f32('a', [4, 3])], { shapes: { a: [4, 3] } }, async (model) => {
      const lengths: unknown[] = [];
      const noted = (read: (...args: readonly unknown[]) => Promise<unknown>) =>
        function (this: unknown, ...args: readonly unknown[]) {
          lengths.push(args[2]);
          return read.call(this, ...args);
        };
      await withMethod('read', noted, async () => (await model.rows('a'))(1, 2));
      expect(lengths).toEqual([2 * 3 * 4]);
    });
  });

  it('has an NF4 weight of as many codes as elements, rounded up to an even number, and of its shape', async () => {
    const nf4 = nf4TensorData(W, packed);
    const fields = (...shape: number[]) => ({ shapes: { [W]: shape }, quantization: NF4 });
    for (const shape of [
      [5, 9],
      [9, 5],
      [2, 23],
    ])
      await opened(nf4, fields(...shape), () => {});
    for (const shape of [[4, 11], [47], [2, 24]])
      expect(await refusalOf(nf4, fields(...shape))).toBe(
        `WeightMismatch: model.safetensors: "${W}": the configuration means [${shape}], and the nf4 weight has [46]. Take the weights and config.json from one checkpoint.`,
      );
    await opened(nf4, fields(9, 5), async (model) => {
      expect(await thrown(() => model.quantised(W))).toMatchObject({
        code: 'WeightMismatch',
        message: `${model.tensors.path}: "${W}": the configuration means [9,5], and its quant state says [5,9]. Take the weights and config.json from one checkpoint.`,
      });
    });
    const at = { file: 'f', name: 'n' };
    checkShape({ shape: [2, 3] }, [2, 3], at);
    expect(() => checkShape({ shape: [2, 3] }, [3, 2], at)).toThrow('f: "n": the configuration means [3,2]');
  });

  it('has a tokenizer and a chat of its own folder, where there is one', async () => {
    await opened([f32('a', [1])], { shapes: { a: [1] } }, async (model) => {
      for (const open of [() => model.tokenizer(), () => model.chat()])
        expect(await thrown(open)).toMatchObject({ code: 'MissingFile' });
      const parts = {
        added_tokens: [],
        normalizer: null,
        pre_tokenizer: null,
        post_processor: null,
        decoder: null,
      };
      const of = (last: number) => ({
        ...parts,
        model: { type: 'BPE', vocab: { a: 0, b: last }, merges: [] },
      });
      writeFiles(model.path, {
        'tokenizer.json': of(3),
        'tokenizer_config.json': { chat_template: '{{ messages[0].content }}' },
      });
      expect((await model.tokenizer()).size).toBe(4);
      expect((await model.chat()).tokenizer.size).toBe(4);
      writeFiles(model.path, { 'tokenizer.json': of(4) });
      for (const open of [() => model.tokenizer(), () => model.chat()])
        expect(await thrown(open)).toMatchObject({ code: 'VocabularyMismatch' });
    });
  });
});
