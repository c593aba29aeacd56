/** Uses of a trained adapter: generated texts, perplexity, a merged model. The float64 reference computes them. */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { sample } from '../../../src/finetune/generate.ts';
import { openModel } from '../../../src/finetune/models/open.ts';
import { writeSafetensors } from '../../../src/formats/safetensors/index.ts';
import { parseSafetensors } from '../../support/safetensors.ts';
import { oftc } from '../cli/harness.ts';
import { random } from './support.ts';
import { at, DATA, finetune, MODEL, MODULES } from './tiny.ts';

const MY_ADAPTER = fileURLToPath(new URL('../../../examples/my-adapter.ts', import.meta.url));
const MINE = ['--adapter', MY_ADAPTER, '--set', 'a=2,b=4'];

const on = (command: string, ...more: string[]) =>
  oftc(command, '--model', MODEL, '--device', 'cpu', '--json', ...more);

beforeAll(async () => {
  for (const [run, ...options] of [['oft'], ['mine', ...MINE]] as const) {
    const { exit, stderr } = await finetune(run, '--lr', '0.1', ...options);
    expect(exit, stderr).toBe(0);
  }
});

describe('sampling', () => {
  const logits = Float32Array.of(0, Math.log(3), -1e9, Math.log(3), Math.log(2));

  it('takes the likeliest at temperature 0, of equals the first', () => {
    expect([0, 0.5, 0.999].map((u) => sample(logits, { temperature: 0, topK: undefined }, u))).toEqual([
      1, 1, 1,
    ]);
  });

  it('draws in proportion to exp(logit/temperature), from the likeliest on', () => {
    // The probabilities are 3, 3, 2 and 1 of 9, so the bounds are 1/3, 2/3 and 8/9.
    const draw = (u: number) => sample(logits, { temperature: 1, topK: undefined }, u);
    expect([0, 0.33, 0.34, 0.66, 0.67, 0.88, 0.89, 0.999].map(draw)).toEqual([1, 1, 3, 3, 4, 4, 0, 0]);
    // At half the temperature, the probabilities are 9, 9, 4 and 1 of 23.
    const colder = (u: number) => sample(logits, { temperature: 0.5, topK: undefined }, u);
    expect([0.39, 0.4, 0.78, 0.79, 0.95, 0.96].map(colder)).toEqual([1, 3, 3, 4, 4, 0]);
  });

  it('draws from the topK likeliest', () => {
    const next = random(1);
    const drawn = Array.from({ length: 200 }, () => sample(logits, { temperature: 5, topK: 3 }, next()));
    expect([...new Set(drawn)].sort()).toEqual([1, 3, 4]);
  });
});

it('generates the same text from the same seed, and another with the adapter', async () => {
  const text = async (...more: string[]): Promise<string> => {
    const { exit, stdout, stderr } = await on('generate', '--prompt', 'ab', '--tokens', '20', ...more);
    expect(exit, stderr).toBe(0);
    const { prompt, text, ids } = JSON.parse(stdout);
    expect(prompt).toBe('ab');
    // Generation goes on beyond the model's 16 positions.
    expect(ids).toHaveLength(20);
    expect(text.startsWith('ab')).toBe(true);
    return text;
  };
  const adapted = await text('--adapter', at('mine/adapter'), '--seed', '3');
  expect(await text('--adapter', at('mine/adapter'), '--seed', '3')).toBe(adapted);
  expect(await text('--seed', '3')).not.toBe(adapted);
  expect(await text('--adapter', at('mine/adapter'), '--seed', '4')).not.toBe(adapted);
  const plain = ['--model', MODEL, '--device', 'cpu', '--prompt', 'ab', '--tokens', '20'];
  const shown = await oftc('generate', ...plain, '--adapter', at('mine/adapter'), '--seed', '3');
  expect(shown.stdout).toBe(`${adapted}\n`);
});

describe.each(['oft', 'mine'])('with the adapter of %s', (run) => {
  const perplexity = async (...more: string[]) => {
    const { exit, stdout, stderr } = await oftc(
      ...['eval', '--device', 'cpu', '--json', '--data', DATA, '--length', '7', ...more],
    );
    expect(exit, stderr).toBe(0);
    return JSON.parse(stdout);
  };

  it('eval gives a lower loss than the model’s, and the same for the merged model', async () => {
    const base = await perplexity('--model', MODEL);
    const adapted = await perplexity('--model', MODEL, '--adapter', at(`${run}/adapter`));
    expect(adapted.loss).toBeLessThan(base.loss);
    expect(adapted.perplexity).toBeCloseTo(Math.exp(adapted.loss), 12);
    // The text has 599 letters, which make 74 sequences of 8.
    expect(adapted).toMatchObject({ sequences: 74, tokens: 74 * 7 });
    const out = at(`${run}-merged`);
    const { exit, stderr } = await on('merge', '--adapter', at(`${run}/adapter`), '--out', out);
    expect(exit, stderr).toBe(0);
    const again = await on('merge', '--adapter', at(`${run}/adapter`), '--out', out);
    expect(JSON.parse(again.stdout).error).toMatchObject({ code: 'OFT6005' });
    const merged = await perplexity('--model', out);
    expect(Math.abs(merged.loss - adapted.loss)).toBeLessThan(1e-6);
    const [before, after] = [await openModel(MODEL), await openModel(out)];
    const untouched = 'model.layers.0.self_attn.q_proj.bias';
    expect(await after.tensors.bytes(untouched)).toEqual(await before.tensors.bytes(untouched));
    expect(after.notes).toEqual([]);
    await before.close();
    await after.close();
    expect(readFileSync(`${out}/tokenizer.json`)).toEqual(readFileSync(`${MODEL}/tokenizer.json`));
  });
});

/** Files that a merge copies; the bytes are not UTF-8. */
const BESIDE = Object.fromEntries(
  [
    ...['chat_template.jinja', 'additional_chat_templates/tool_use.jinja', 'added_tokens.json'],
    ...['tokenizer.model', 'LICENSE.txt', 'generation_config.json'],
  ].map((name, i) => [name, name.endsWith('.json') ? Buffer.from('{ }\n') : Buffer.from([0x61, 0xff, i])]),
);

describe.each([false, true])('an adapter on the head too, which is tied to the embedding: %s', (tied) => {
  const [model, run] = [at(`base-${tied}`), `head-${tied}`];
  const loss = async (...more: string[]): Promise<number> => {
    const options = ['--device', 'cpu', '--json', '--data', DATA, '--length', '7'];
    const { exit, stdout, stderr } = await oftc('eval', ...options, ...more);
    expect(exit, stderr).toBe(0);
    return JSON.parse(stdout).loss;
  };

  beforeAll(async () => {
    cpSync(MODEL, model, { recursive: true });
    const path = join(model, 'config.json');
    const config = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...config, tie_word_embeddings: tied }));
    mkdirSync(join(model, 'additional_chat_templates'));
    for (const [name, bytes] of Object.entries(BESIDE)) writeFileSync(join(model, name), bytes);
    writeFileSync(join(model, 'README.md'), 'of the base');
    const { exit, stderr } = await finetune(
      ...([run, '--model', model, '--targets', `${MODULES},lm_head`, '--lr', '0.1'] as const),
      ...['--betas', '0.5,0.9'],
    );
    expect(exit, stderr).toBe(0);
  });

  it('is in PEFT’s format, and merges into a head of its own', async () => {
    const file = join(at(run), 'adapter/adapter_model.safetensors');
    const names = [...parseSafetensors(readFileSync(file), file).tensors.keys()];
    expect(names).toContain('base_model.model.lm_head.oft_R.weight');
    const adapted = await loss('--model', model, '--adapter', at(`${run}/adapter`));
    expect(adapted).toBeLessThan(await loss('--model', model));
    const out = at(`${run}-merged`);
    const merged = await oftc(
      ...['merge', '--model', model, '--device', 'cpu', '--adapter', at(`${run}/adapter`), '--out', out],
    );
    expect(merged.exit, merged.stderr).toBe(0);
    expect(Math.abs((await loss('--model', out)) - adapted)).toBeLessThan(1e-6);
    const [before, after] = [await openModel(model), await openModel(out)];
    expect(after.config.tiedEmbeddings).toBe(false);
    expect(after.notes).toEqual([]);
    for (const [name, bytes] of Object.entries(BESIDE)) expect(readFileSync(join(out, name))).toEqual(bytes);
    expect(existsSync(join(out, 'README.md'))).toBe(false);
    const embedding = 'model.embed_tokens.weight';
    expect(await after.tensors.bytes(embedding)).toEqual(await before.tensors.bytes(embedding));
    await before.close();
    await after.close();
  });

  it('is read with the base’s weight beside it, as PEFT saves it, where that is the model’s', async () => {
    const folder = at(`${run}-saved`);
    cpSync(at(`${run}/adapter`), folder, { recursive: true });
    const file = join(folder, 'adapter_model.safetensors');
    const own = parseSafetensors(readFileSync(file), file);
    const files = await openModel(model);
    const base = await files.weight(tied ? 'model.embed_tokens.weight' : 'lm_head.weight');
    await files.close();
    const save = (data: Float32Array<ArrayBuffer>, shape: readonly number[]) =>
      writeSafetensors(
        file,
        [
          ...[...own.tensors].map(([name, t]) => ({
            name,
            dtype: 'F32' as const,
            shape: t.shape,
            data: own.array(name) as Float32Array<ArrayBuffer>,
          })),
          { name: 'base_model.model.lm_head.base_layer.weight', dtype: 'F32' as const, shape, data },
        ],
        { format: 'pt' },
      );
    await save(Float32Array.from(base), [base.length / 8, 8]);
    const adapted = await loss('--model', model, '--adapter', at(`${run}/adapter`));
    expect(await loss('--model', model, '--adapter', folder)).toBe(adapted);
    const refused = async (message: RegExp) => {
      const { exit, stdout } = await on('eval', '--model', model, '--data', DATA, '--adapter', folder);
      expect(exit).toBe(1);
      expect(JSON.parse(stdout).error.message).toMatch(message);
    };
    await save(
      Float32Array.from(base, (x, i) => (i === 5 ? x + 1 : x)),
      [base.length / 8, 8],
    );
    await refused(/trained on another lm_head.weight: element 5 is/);
    await save(Float32Array.from(base), [8, base.length / 8]);
    await refused(/it is \[8,9\], and on this model \[9,8\] is meant/);
  });
});

it.each([
  ['generate', '--prompt', 'ab'],
  ['eval', '--data', DATA, '--length', '7'],
  ['merge', '--out', at('merged-damaged')],
])('%s names the tensor of an adapter that holds NaN', async (command, ...more) => {
  const folder = at(`${command}-damaged`);
  cpSync(at('oft/adapter'), folder, { recursive: true });
  const file = join(folder, 'adapter_model.safetensors');
  const bytes = readFileSync(file);
  const { tensors } = parseSafetensors(bytes, file);
  const [name, { begin }] = [...tensors].at(-1)!;
  bytes.writeFloatLE(Number.NaN, 8 + Number(bytes.readBigUInt64LE()) + begin);
  writeFileSync(file, bytes);
  const { exit, stdout } = await on(command, ...more, '--adapter', folder);
  expect(exit).toBe(1);
  expect(JSON.parse(stdout).error).toMatchObject({
    code: 'OFT6011',
    message: expect.stringMatching(/ is NaN, and so is '(.*)'$/),
  });
  expect(stdout).toContain(name.replace('base_model.model.', ''));
});

it.each([
  ['generate', '--prompt', 'ab'],
  ['eval', '--data', DATA, '--length', '7'],
  [
    ...['finetune', '--data', DATA, '--length', '7', '--batch', '2', '--steps', '2'],
    ...['--adapter', 'lora', '--set', 'r=2', '--targets', 'q_proj', '--out', at('from-damaged')],
  ],
])('%s names the weight of a model that holds NaN, and its file', async (command, ...more) => {
  const folder = at(`${command}-on-damaged`);
  cpSync(MODEL, folder, { recursive: true });
  const file = join(folder, 'model.safetensors');
  const bytes = readFileSync(file);
  const { tensors } = parseSafetensors(bytes, file);
  const name = 'model.layers.1.self_attn.v_proj.weight';
  bytes.writeFloatLE(Number.NaN, 8 + Number(bytes.readBigUInt64LE()) + tensors.get(name)!.begin);
  writeFileSync(file, bytes);
  const { exit, stderr } = await oftc(command!, '--model', folder, ...more, '--device', 'cpu');
  expect(exit, stderr).toBe(1);
  expect(stderr).toContain(` is NaN, and so is '${name}' of ${file}`);
});

describe('a bias', () => {
  const merged = async (run: string, ...options: string[]) => {
    const trained = await finetune(run, ...options, '--steps', '2', '--lr', '0.1');
    expect(trained.exit, trained.stderr).toBe(0);
    return on('merge', '--adapter', at(`${run}/adapter`), '--out', at(`${run}-merged`));
  };

  it('that the layer turns is merged too', async () => {
    const { exit, stderr } = await merged('road', '--adapter', 'road', '--set', 'g=4', '--targets', 'q_proj');
    expect(exit, stderr).toBe(0);
    const loss = async (...more: string[]) => {
      const argv = ['eval', '--device', 'cpu', '--json', '--data', DATA, '--length', '7', ...more];
      return JSON.parse((await oftc(...argv)).stdout).loss;
    };
    const adapted = await loss('--model', MODEL, '--adapter', at('road/adapter'));
    expect(Math.abs((await loss('--model', at('road-merged'))) - adapted)).toBeLessThan(1e-6);
    const files = await Promise.all([MODEL, at('road-merged')].map(openModel));
    const [before, after] = await Promise.all(
      files.map((f) => f.weight('model.layers.0.self_attn.q_proj.bias')),
    );
    expect(after).not.toEqual(before);
    for (const f of files) await f.close();
  });

  it('that the model has no tensor for is refused', async () => {
    const file = at('shifted.ts');
    writeFileSync(
      file,
      `import { frozen, input, layer, trainable } from 'oftc';
      export const shifted = layer(
        { x: input('tokens', 'in'), W: frozen('out', 'in'), beta: trainable('out', { init: 'zeros' }) },
        ({ x, W, beta }) => x.matmul(W.T).add(beta),
        { claims: ({ W, beta }) => ({ weight: W.mul(1), bias: beta }) },
      );`,
    );
    const { exit, stdout } = await merged(
      'shifted',
      '--adapter',
      file,
      '--set',
      'in=8',
      '--targets',
      'o_proj',
    );
    expect(exit).toBe(1);
    expect(JSON.parse(stdout).error).toMatchObject({
      code: 'OFT6010',
      message: expect.stringMatching(
        /'shifted' claims a bias, and the model has none at model.layers.0.self_attn.o_proj/,
      ),
    });
  });
});

it('refuses to merge a layer that is not affine in x, and says so before training', async () => {
  const file = at('silent.ts');
  const text = readFileSync(MY_ADAPTER, 'utf8');
  const unclaimed = text.replace(/ {2}\{\n {4}claims: .*\n {2}\},\n/, '');
  writeFileSync(file, unclaimed.replace('=> x.matmul(', '=> x.mul(x).matmul('));
  const trained = await finetune('silent', ...MINE, '--adapter', file, '--steps', '1');
  expect(trained.exit, trained.stderr).toBe(0);
  expect(trained.stderr).toMatch(/not affine in x.*merge will refuse/s);
  const { exit, stdout } = await on('merge', '--adapter', at('silent/adapter'), '--out', at('no'));
  expect(exit).toBe(1);
  expect(JSON.parse(stdout).error).toMatchObject({ code: 'OFT6010' });
});

it('the folder of a run is no adapter, and the message names the one in it', async () => {
  const { exit, stdout } = await on('eval', '--adapter', at('oft'), '--data', DATA);
  expect(exit).not.toBe(0);
  expect(JSON.parse(stdout).error.message).toContain(
    `Name the folder of an adapter: ${at('oft/adapter')} is that of this run.`,
  );
});
