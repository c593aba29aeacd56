/** Reports on folders and files, sound ones and damaged ones: all of each report, and no file stays open. */
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { inspect } from '../../../../src/finetune/models/open.ts';
import { FormatError } from '../../../../src/formats/error.ts';
import { Problems } from '../../../../src/formats/inspect/report.ts';
import type { JsonObject } from '../../../../src/formats/json.ts';
import { nf4TensorData, QuantizationError, quantizeNf4 } from '../../../../src/formats/quantized/index.ts';
import { SafetensorsError, type TensorData } from '../../../../src/formats/safetensors/index.ts';
import { serializeSafetensors } from '../../../support/safetensors.ts';
import {
  CONFIG,
  f32,
  modelFolder,
  newFolder,
  refused,
  root,
  thrown,
  weightsFor,
  writeFiles,
} from '../models.ts';
import { openFilesOf, tellsOpenFiles } from '../open-files.ts';
import { LORA } from '../peft.ts';

const TOKENIZER = fileURLToPath(
  new URL('../../../fixtures/models/shakespeare/tokenizer.json', import.meta.url),
);
const withTokenizer = (folder: string): string => {
  cpSync(TOKENIZER, join(folder, 'tokenizer.json'));
  return folder;
};

afterEach(() => {
  if (tellsOpenFiles) expect(openFilesOf(root)).toEqual([]);
});

/** A report as text: its model by a few fields, its problems by their messages, and paths without the folder. */
async function shown(path: string, model?: string): Promise<string> {
  const { problems, model: of, ...others } = await inspect(path, model);
  const own = of && { architecture: of.architecture, vocabSize: of.vocabSize, parameters: of.parameters };
  const messages = problems.map((p) => `${p.code}: ${p.message}`);
  const text = JSON.stringify({ model: own, ...others, problems: messages }, null, 1);
  return text
    .replaceAll(path, 'HERE')
    .replaceAll(model ?? path, 'MODEL')
    .replaceAll(/\n\s+(?=[\d\]])/g, ' ');
}

const adapterTensors = (layers: number): TensorData[] =>
  Array.from({ length: layers }, (_, i) => `base_model.model.model.layers.${i}.self_attn.q_proj`).flatMap(
    (at) => [f32(`${at}.lora_A.weight`, [4, 16]), f32(`${at}.lora_B.weight`, [16, 4])],
  );
const { peft_version: _, ...PLAIN } = LORA;
const adapterFolder = (fields: JsonObject = PLAIN, layers = 1): string =>
  writeFiles(newFolder(), {
    'adapter_config.json': fields,
    'adapter_model.safetensors': serializeSafetensors(adapterTensors(layers), { format: 'pt' }),
  });

const SHARDED = {
  'a.safetensors': serializeSafetensors([f32('x.0', [2, 3])]),
  'b.safetensors': serializeSafetensors([f32('x.1', [2, 3]), f32('x.2', [3, 2])]),
};
const INDEX = { weight_map: { 'x.0': 'a.safetensors', 'x.1': 'b.safetensors', 'x.2': 'b.safetensors' } };

const NAME = 'model.layers.0.mlp.up_proj.weight';
const NF4 = { quant_method: 'bitsandbytes', load_in_4bit: true, bnb_4bit_quant_type: 'nf4' };
const nf4 = (shape: readonly [number, number]): TensorData[] => {
  const values = Float32Array.from({ length: 512 }, (_, i) => Math.sin(i));
  return nf4TensorData(NAME, quantizeNf4(values, shape));
};
const quantized = (tensors: readonly TensorData[]): TensorData[] => [
  ...weightsFor(CONFIG).filter((t) => t.name !== NAME),
  ...tensors,
];
/** A quantised weight with other elements in the tensor whose name ends so. */
const damaged = (end: string, change: (data: TensorData['data']) => TensorData['data']): TensorData[] =>
  nf4([32, 16]).map((t) => (t.name.endsWith(end) ? { ...t, data: change(t.data) } : t));
const wrongScales = damaged('.absmax', (data) => new Float32Array(data.byteLength / 4).fill(Number.NaN));
const wrongState = damaged('__nf4', (data) => new TextEncoder().encode('{}'.padEnd(data.byteLength)));

const BART = {
  architectures: ['BartForConditionalGeneration'],
  ...{ d_model: 8, vocab_size: 8, max_position_embeddings: 12 },
  ...{ encoder_layers: 1, encoder_attention_heads: 2, encoder_ffn_dim: 12 },
  ...{ decoder_layers: 1, decoder_attention_heads: 1, decoder_ffn_dim: 8 },
  ...{ bos_token_id: 0, pad_token_id: 1, eos_token_id: 2, decoder_start_token_id: 2 },
};
const bare = (): string =>
  modelFolder(
    { ...BART, architectures: ['BartModel'] },
    weightsFor(BART).flatMap((t) => (t.name.startsWith('model.') ? [{ ...t, name: t.name.slice(6) }] : [])),
  );

describe('a report', () => {
  it.each<[name: string, path: () => string, model?: () => string]>([
    ['model', () => modelFolder({ ...CONFIG, strange: 1 })],
    ['model-tokenizer', () => withTokenizer(modelFolder({ ...CONFIG, vocab_size: 512 }))],
    ['model-small-vocabulary', () => withTokenizer(modelFolder(CONFIG))],
    ['model-without-weights', () => writeFiles(newFolder(), { 'config.json': CONFIG })],
    [
      'model-without-config',
      () => writeFiles(newFolder(), { 'model.safetensors': serializeSafetensors([f32('x', [2])]) }),
    ],
    [
      'model-wrong-weight',
      () => modelFolder(CONFIG, [...weightsFor(CONFIG).slice(1), f32('model.embed_tokens.weight', [23, 16])]),
    ],
    ['model-nf4', () => modelFolder({ ...CONFIG, quantization_config: NF4 }, quantized(nf4([32, 16])))],
    [
      'model-nf4-wrong-shape',
      () => modelFolder({ ...CONFIG, quantization_config: NF4 }, quantized(nf4([16, 32]))),
    ],
    [
      'model-nf4-wrong-scales',
      () => modelFolder({ ...CONFIG, quantization_config: NF4 }, quantized(wrongScales)),
    ],
    [
      'model-nf4-wrong-state',
      () => modelFolder({ ...CONFIG, quantization_config: NF4 }, quantized(wrongState)),
    ],
    [
      'model-whole-numbers',
      () =>
        modelFolder(CONFIG, [
          ...weightsFor(CONFIG),
          { name: 'steps', dtype: 'I32', shape: [2], data: Int32Array.of(1, 2) },
        ]),
    ],
    ['model-bare', bare],
    ['model-sharded', () => writeFiles(newFolder(), { ...SHARDED, 'model.safetensors.index.json': INDEX })],
    ['adapter', () => adapterFolder({ ...PLAIN, lora_dropout: 0.5 }, 2)],
    [
      'adapter-named',
      () =>
        withTokenizer(
          adapterFolder({ ...LORA, base_model_name_or_path: 'org/m', alpha_pattern: { 'layers.1.*': 4 } }, 3),
        ),
    ],
    ['adapter-on-model', () => adapterFolder(), () => modelFolder(CONFIG)],
    ['adapter-on-other-model', () => adapterFolder(PLAIN, 2), () => modelFolder(CONFIG)],
    ['adapter-without-tensors', () => writeFiles(newFolder(), { 'adapter_config.json': LORA })],
    [
      'adapter-without-tensors-or-method',
      () => writeFiles(newFolder(), { 'adapter_config.json': { ...LORA, peft_type: 'NO_SUCH' } }),
    ],
    [
      'adapter-with-a-folder-for-tensors',
      () => {
        const folder = writeFiles(newFolder(), { 'adapter_config.json': LORA });
        mkdirSync(join(folder, 'adapter_model.safetensors'));
        return folder;
      },
    ],
    [
      'adapter-without-config',
      () => writeFiles(newFolder(), { 'adapter_model.safetensors': serializeSafetensors(adapterTensors(1)) }),
    ],
    ['tokenizer', () => withTokenizer(newFolder())],
    ['nothing', newFolder],
  ])('on a folder has all of it: %s', async (name, path, model) => {
    await expect(await shown(path(), model?.())).toMatchFileSnapshot(`./reports/${name}.txt`);
  });

  it('on a file has the tensors, the tokenizer or the problem', async () => {
    const tensors: TensorData[] = [
      { name: 'x', dtype: 'I8', shape: [3], data: Int8Array.of(1, 2, 3) },
      f32('y', [2, 2]),
    ];
    const folder = withTokenizer(
      writeFiles(newFolder(), {
        'x.safetensors': serializeSafetensors(tensors, { made: 'here' }),
        'y.safetensors': Uint8Array.of(1, 2, 3),
        'z.safetensors': serializeSafetensors(wrongScales),
        ...SHARDED,
        'some.index.json': INDEX,
      }),
    );
    const texts: string[] = [];
    for (const file of [
      'x.safetensors',
      'y.safetensors',
      'z.safetensors',
      'some.index.json',
      'tokenizer.json',
    ])
      texts.push(`${file}: ${(await shown(join(folder, file))).replaceAll(folder, 'FOLDER')}\n`);
    await expect(texts.join('')).toMatchFileSnapshot('./reports/files.txt');
  });

  it('on the configuration in a folder is that on the folder', async () => {
    for (const [folder, file] of [
      [modelFolder(CONFIG), 'config.json'],
      [adapterFolder(), 'adapter_config.json'],
    ] as const)
      expect(await inspect(join(folder, file))).toEqual(await inspect(folder));
    const folder = adapterFolder();
    const model = modelFolder(CONFIG);
    expect(await inspect(join(folder, 'adapter_config.json'), model)).toEqual(await inspect(folder, model));
  });

  it('on a model of images and text has one problem: no weights, or weights that are not read', async () => {
    const fields = { hidden_size: 16, intermediate_size: 32, num_hidden_layers: 1, sliding_window: 8 };
    const config = {
      architectures: ['Gemma3ForConditionalGeneration'],
      model_type: 'gemma3',
      text_config: fields,
    };
    const codes = async (folder: string) => (await inspect(folder)).problems.map((p) => p.code);
    expect(await codes(writeFiles(newFolder(), { 'config.json': config }))).toEqual(['MissingFile']);
    expect(await codes(modelFolder(config, [f32('x', [2])]))).toEqual(['UnsupportedModel']);
  });

  it('on a folder takes one file of weights before the index of shards', async () => {
    const folder = writeFiles(newFolder(), {
      ...SHARDED,
      'model.safetensors.index.json': INDEX,
      'model.safetensors': serializeSafetensors([f32('one', [1])]),
    });
    expect((await inspect(folder)).tensors?.groups.map((g) => g.pattern)).toEqual(['one']);
  });
});

describe('a path that is not inspected', () => {
  it.each(['a.txt', 'a.jsonl', 'a.jinja', 'a.md', 'A.TXT'])('may be a text: %s', async (name) => {
    const folder = writeFiles(newFolder(), { [name]: 'x' });
    await refused(
      () => inspect(join(folder, name)),
      'MissingFile',
      `${name}: it is a text, and no file of a model or an adapter. Name a folder of a model or an adapter, a .safetensors file`,
    );
  });

  it('is no folder by such a name', async () => {
    const folder = join(newFolder(), 'a.txt');
    mkdirSync(folder);
    cpSync(modelFolder(CONFIG), folder, { recursive: true });
    expect((await inspect(folder)).problems).toEqual([]);
  });

  it.each(['metrics.jsonl', 'checkpoint.safetensors'])(
    'may be the folder of a run, by its %s',
    async (name) => {
      const folder = writeFiles(newFolder(), { [name]: 'x' });
      await refused(
        () => inspect(folder),
        'MissingFile',
        `${folder}: it is the folder of a run. Name its adapter: ${folder}/adapter.`,
      );
    },
  );

  it('may be a name of the Hugging Face Hub', async () => {
    await refused(
      () => inspect('org/no-such-model'),
      'MissingFile',
      'org/no-such-model: there is no such file or folder. Name a folder. oftc downloads nothing',
    );
  });
});

describe('problems', () => {
  const at = { file: 'f' };
  const errors = [
    new FormatError('MissingFile', at, 'it is missing', 'Write it.'),
    new SafetensorsError('IoError', at, 'it is missing too', 'Write it.'),
    new QuantizationError('InvalidScale', {}, 'a scale is wrong', 'Mend it.'),
  ];
  const fail = (error: Error) => async () => {
    throw error;
  };

  it('of files are collected, each once and in order', async () => {
    const problems = new Problems();
    for (const error of [...errors, ...errors]) expect(await problems.of(fail(error))).toBeUndefined();
    expect(await problems.of(async () => 7)).toBe(7);
    expect(problems.found).toEqual(errors);
  });

  it('of the program are thrown', async () => {
    const problems = new Problems();
    const error = new TypeError('x');
    expect(await thrown(() => problems.of(fail(error)))).toBe(error);
    expect(problems.found).toEqual([]);
  });
});
