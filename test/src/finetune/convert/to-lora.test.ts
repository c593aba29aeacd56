/** `oftc convert`: the written LoRA against the merged weights, and what is refused. Runs on the reference. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTrained, writeTrained } from '../../../../src/finetune/adapter-files.ts';
import { Merger } from '../../../../src/finetune/merger.ts';
import { methodOf } from '../../../../src/finetune/methods.ts';
import { type Target, targetsNamed } from '../../../../src/finetune/models/linear-layers.ts';
import { openModel } from '../../../../src/finetune/models/open.ts';
import { modulesOf } from '../../../../src/finetune/models/weights.ts';
import { openPlace } from '../../../../src/finetune/place.ts';
import { sitesOf, startOf, tensorPath } from '../../../../src/finetune/start.ts';
import { readAdapter } from '../../../../src/formats/peft/adapter.ts';
import { writeSafetensors } from '../../../../src/formats/safetensors/index.ts';
import type { HostArray, HostTensor } from '../../../../src/index.ts';
import { oftc } from '../../cli/harness.ts';
import { random } from '../support.ts';
import { at, DATA, MODEL } from '../tiny.ts';

const files = await openModel(MODEL);
const on = (...argv: string[]) => oftc(...argv, '--model', MODEL, '--device', 'cpu', '--json');

interface Made {
  readonly folder: string;
  /** The merged weight of each module, in float64. */
  readonly merged: ReadonlyMap<string, HostArray>;
}

/** Writes an adapter with random trained tensors, and merges it. `only` keeps the start of some tensors. */
async function made(
  name: string,
  method: string,
  given: Readonly<Record<string, string>>,
  targets: string,
  drawn: (tensor: string, start: ArrayLike<number>, next: () => number) => ArrayLike<number>,
): Promise<Made> {
  const on = targets.split(',').flatMap((t): Target[] => targetsNamed(files.config, t));
  const lora = methodOf(method, given);
  const { source, config, dims } = lora;
  const sites = sitesOf(files.config, { source, config, dims, targets: on });
  const starts = await startOf(files.config, sites, shaped, 1);
  const next = random(9);
  const values = new Map<string, HostArray>();
  for (const { module, adapted } of sites)
    for (const i of adapted.own) {
      const path = tensorPath(module, i);
      const { data } = starts.get(path)!;
      values.set(path, i.role === 'trainable' ? Float32Array.from(drawn(i.name, data, next)) : data);
    }
  const folder = at(`${name}-adapter`);
  await writeTrained(folder, {
    name: method,
    method: lora,
    modules: targets.split(','),
    sites,
    baseModel: 'tiny',
    values,
  });
  const merger = new Merger(await openPlace('cpu'));
  const merged = new Map<string, HostArray>();
  const read = async (path: string): Promise<HostTensor> => ({ data: values.get(path)!, shape: [] });
  for (const site of sites) {
    const W = await files.weight(`${site.module}.weight`);
    merged.set(site.module, await merger.merged(site, 'weight', async () => W, { read }));
  }
  merger.dispose();
  return { folder, merged };
}

const shapes = new Map([...files.weights].map(([name, w]) => [name, w.shape]));
const shaped = {
  read: async (name: string): Promise<HostTensor> => ({
    data: await files.weight(name),
    shape: shapes.get(name)!,
  }),
};

const all = (_: string, start: ArrayLike<number>, next: () => number) =>
  Array.from(start, (x) => x + next() - 0.5);

/** W + B·A of each module, as the reader gives A and B. */
async function withLora(folder: string): Promise<Map<string, Float64Array>> {
  const adapter = await readAdapter(folder, modulesOf(files.config));
  const sums = new Map<string, Float64Array>();
  for (const [path, { dims, config }] of adapter.modules) {
    const { A, B } = await adapter.values(path);
    const W = Float64Array.from(await files.weight(`${path}.weight`));
    const [r, inner] = [dims.r!, dims.in!];
    for (let i = 0; i < dims.out!; i++)
      for (let j = 0; j < inner; j++)
        for (let k = 0; k < r; k++)
          W[i * inner + j]! += Number(config.scale) * B![i * r + k]! * A![k * inner + j]!;
    sums.set(path, W);
  }
  await adapter.close();
  return sums;
}

const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!)));

/** Changes the first two outputs alone: the first group of RoAd's pairs. */
const firstPair = (name: string, start: ArrayLike<number>, next: () => number) =>
  Array.from(start, (x, i) => (name === 'theta' && i === 0 ? next() : x));

describe('a change of low rank is exact', () => {
  it.each([
    ['hra', { r: '2' }, 'q_proj,k_proj,down_proj', all, [2, 2, 2]],
    ['ether', { b: '4' }, 'q_proj,down_proj', all, [2, 3]],
    ['hoft', { r: '2' }, 'q_proj,down_proj', all, [4, 4]],
    ['psoft', { r: '2' }, 'q_proj,down_proj', all, [2, 2]],
    ['road', { g: '2' }, 'o_proj,down_proj', firstPair, [2, 2]],
    ['lora', { r: '2', scale: '3' }, 'q_proj,lm_head', all, [2, 2]],
    ['fourierft', { n: '1' }, 'q_proj', all, [1]],
  ] as const)('%s', async (method, given, targets, drawn, ranks) => {
    const { folder, merged } = await made(method, method, given, targets, drawn);
    const out = at(`${method}-lora`);
    const { exit, stdout, stderr } = await on('convert', '--to', 'lora', '--adapter', folder, '--out', out);
    expect(exit, stderr).toBe(0);
    const told = JSON.parse(stdout);
    expect(told).toMatchObject({ out, method, exact: true });
    expect(told.error).toBeLessThan(2e-7);
    const words = targets.split(',');
    for (const { module, rank } of told.modules)
      expect(rank).toBe(ranks[words.findIndex((w) => module.endsWith(w))]);
    const found = await withLora(out);
    expect([...found.keys()].sort()).toEqual([...merged.keys()].sort());
    for (const [module, W] of merged) expect(largest(W, found.get(module)!)).toBeLessThan(1e-6);
  });

  it('so a model with the LoRA has the logits of the merged model', async () => {
    const { folder } = await made('logits', 'hra', { r: '2' }, 'q_proj,k_proj,down_proj', all);
    const [out, merged] = [at('logits-lora'), at('logits-merged')];
    for (const argv of [
      ['convert', '--to', 'lora', '--adapter', folder, '--out', out],
      ['merge', '--adapter', folder, '--out', merged],
    ])
      expect(await on(...argv)).toMatchObject({ exit: 0 });
    const loss = async (...argv: string[]) => {
      const text = ['--data', DATA, '--length', '7', '--device', 'cpu', '--json'];
      const { exit, stdout, stderr } = await oftc('eval', ...text, ...argv);
      expect(exit, stderr).toBe(0);
      return JSON.parse(stdout).loss;
    };
    expect(await loss('--model', MODEL, '--adapter', out)).toBeCloseTo(await loss('--model', merged), 6);
  });
});

describe('a change of full rank', () => {
  const oft = () => made('oft', 'oft', { b: '4' }, 'q_proj,k_proj,down_proj', all);

  it('is approximated at the rank that is asked for, and the error of each module is told', async () => {
    const { folder, merged } = await oft();
    const out = at('oft-3');
    const { stdout } = await on(
      ...['convert', '--to', 'lora', '--adapter', folder, '--out', out, '--rank', '5', '--data', DATA],
      ...['--length', '7'],
    );
    const told = JSON.parse(stdout);
    expect(told).toMatchObject({ rank: 5, exact: false });
    expect(told.losses.lora).not.toBe(told.losses.adapter);
    const found = await withLora(out);
    for (const { module, rank, change, error } of told.modules) {
      const W = await files.weight(`${module}.weight`);
      const after = merged.get(module)!;
      const norm = (of: (i: number) => number) => Math.hypot(...Array.from(W, (_, i) => of(i)));
      expect(norm((i) => after[i]! - W[i]!)).toBeCloseTo(change, 6);
      expect(norm((i) => after[i]! - found.get(module)![i]!) / change).toBeCloseTo(error, 5);
      expect(rank).toBe(module.endsWith('k_proj') ? 4 : 5);
    }
    // k_proj has four outputs, so that rank 4 is exact there.
    const fields = JSON.parse(readFileSync(join(out, 'adapter_config.json'), 'utf8'));
    expect(fields).toMatchObject({
      r: 5,
      lora_alpha: 5,
      rank_pattern: { k_proj: 4 },
      alpha_pattern: { k_proj: 4 },
    });
  });

  it('of positions that a file stores is exact at the rank of the weight', async () => {
    const { folder, merged } = await made('shira', 'shira', { r: '1' }, 'q_proj', all);
    const out = at('shira-lora');
    const given = ['--to', 'lora', '--rank', '8', '--adapter', folder, '--out', out];
    const { exit, stdout } = await on('convert', ...given);
    expect(exit, stdout).toBe(0);
    const found = await withLora(out);
    for (const [module, W] of merged) expect(largest(W, found.get(module)!)).toBeLessThan(1e-6);
  });

  it('gets one rank for all modules with --pad, and the dtype that is asked for', async () => {
    const { folder } = await oft();
    const out = at('oft-padded');
    const argv = ['--adapter', folder, '--out', out, '--rank', '8', '--pad', '--dtype', 'bf16'];
    expect(await on('convert', '--to', 'lora', ...argv)).toMatchObject({ exit: 0 });
    const adapter = await readAdapter(out, modulesOf(files.config));
    expect(adapter.fields).toMatchObject({ r: 8, rank_pattern: {} });
    expect([...adapter.modules.values()].map((m) => m.dims.r)).toEqual(Array(6).fill(8));
    expect(new Set([...adapter.tensors.tensors.values()].map((t) => t.dtype))).toEqual(new Set(['BF16']));
    await adapter.close();
  });

  it('is refused without a rank, and nothing is written', async () => {
    const { folder } = await oft();
    const { exit, stdout } = await on('convert', '--to', 'lora', '--adapter', folder, '--out', at('none'));
    expect([exit, stdout]).toEqual([1, expect.stringMatching(/OFT6016.*q_proj has no low rank.*--rank 4/s)]);
    expect(readdirSync(at('.')).filter((name) => name.includes('none'))).toEqual([]);
  });
});

describe('is refused', () => {
  const refusal = async (out: string, ...argv: string[]) => {
    const { exit, stdout } = await on('convert', '--to', 'lora', '--out', out, ...argv);
    expect(exit).toBe(1);
    return stdout;
  };

  it('a rank above the width', async () => {
    const { folder } = await made('wide', 'hra', { r: '2' }, 'q_proj', all);
    expect(await refusal(at('wide'), '--adapter', folder, '--rank', '9')).toMatch(
      /OFT6016.*--rank 9 is above/s,
    );
  });

  it('a rank with a tolerance, which chooses ranks', async () => {
    const argv = ['--to', 'lora', '--adapter', at('none'), '--out', at('both'), '--rank', '4'];
    const { exit, stdout } = await on('convert', ...argv, '--tolerance', '0.1');
    expect([exit, stdout]).toEqual([2, expect.stringMatching(/--tolerance chooses ranks for --rank auto/)]);
  });

  it('a chat template without data', async () => {
    const argv = [
      '--to',
      'lora',
      '--adapter',
      at('none'),
      '--out',
      at('untold'),
      '--chat-template',
      'a.jinja',
    ];
    const { exit, stdout } = await on('convert', ...argv);
    expect([exit, stdout]).toEqual([2, expect.stringMatching(/--chat-template is for the conversations of/)]);
  });

  it('a changed bias', async () => {
    const { folder } = await made('biased', 'road', { g: '2' }, 'q_proj', firstPair);
    expect(await refusal(at('biased'), '--adapter', folder)).toMatch(
      /OFT6016.*'road' changes the bias of model\.layers\.0\.self_attn\.q_proj/s,
    );
  });

  it('an adapter that is not finite, or of another model', async () => {
    const { folder } = await made('nan', 'hra', { r: '2' }, 'q_proj', all);
    const file = join(folder, 'adapter_model.safetensors');
    // The last four bytes are the last number.
    writeFileSync(file, Buffer.concat([readFileSync(file).subarray(0, -4), Buffer.from([0, 0, 192, 127])]));
    expect(await refusal(at('nan'), '--adapter', folder)).toMatch(
      /OFT6011.*'model\.layers\.1\.self_attn\.q_proj/s,
    );
    const tensors = ['u', 'lora'].map((name) => ({
      name,
      dtype: 'F32' as const,
      shape: [1],
      data: new Float32Array(1),
    }));
    await writeSafetensors(file, tensors);
    expect(await refusal(at('nan'), '--adapter', folder)).toMatch(/InvalidAdapter/);
  });

  it('a folder that holds something, which stays', async () => {
    const { folder } = await made('full', 'hra', { r: '2' }, 'q_proj', all);
    mkdirSync(at('full'));
    writeFileSync(join(at('full'), 'mine'), '');
    expect(await refusal(at('full'), '--adapter', folder)).toMatch(/OFT6005/);
    expect(existsSync(join(at('full'), 'mine'))).toBe(true);
  });
});

it('reads a LoRA of several ranks and scales on some blocks, as zeros elsewhere', async () => {
  const folder = at('uneven');
  mkdirSync(folder);
  const target_modules = ['model.layers.1.self_attn.q_proj', 'model.layers.0.self_attn.q_proj', 'lm_head'];
  const patterns = { rank_pattern: { lm_head: 1 }, alpha_pattern: { lm_head: 4 } };
  const fields = { peft_type: 'LORA', r: 3, lora_alpha: 6, ...patterns, target_modules };
  writeFileSync(
    join(folder, 'adapter_config.json'),
    JSON.stringify({ ...fields, layers_to_transform: null }),
  );
  const next = random(2);
  const tensor = (name: string, shape: number[]) => ({
    name: `base_model.model.${name}.weight`,
    ...{ dtype: 'F32' as const, shape, data: Float32Array.from({ length: shape[0]! * shape[1]! }, next) },
  });
  const one = {
    A: tensor('model.layers.1.self_attn.q_proj.lora_A', [3, 8]),
    B: tensor('model.layers.1.self_attn.q_proj.lora_B', [8, 3]),
  };
  const head = { A: tensor('lm_head.lora_A', [1, 8]), B: tensor('lm_head.lora_B', [9, 1]) };
  fields.target_modules.splice(1, 1);
  writeFileSync(join(folder, 'adapter_config.json'), JSON.stringify(fields));
  await writeSafetensors(join(folder, 'adapter_model.safetensors'), [one.A, one.B, head.A, head.B]);
  const { method, choice, notes } = await readTrained(folder, files);
  expect([method.dims, method.config, choice.targets]).toEqual([{ r: 3 }, { scale: 4 }, ['q', 'head']]);
  expect(notes).toEqual([
    'its modules have ranks 1 to 3: each is computed at rank 3',
    'its modules have several scales: B includes them, and the scale is 4; trained on, B takes other steps than in PEFT',
    'it leaves 1 of the 3 modules out that have its names: there it is zero',
  ]);
  const read = async (path: string) => [...(await choice.tensors.read(path)).data];
  expect(await read('model.layers.1.self_attn.q_proj.lora_A.weight')).toEqual([...one.A.data]);
  expect(await read('model.layers.1.self_attn.q_proj.lora_B.weight')).toEqual(
    [...one.B.data].map((b) => b / 2),
  );
  expect(await read('model.layers.0.self_attn.q_proj.lora_A.weight')).toEqual(Array(24).fill(0));
  expect(await read('lm_head.lora_A.weight')).toEqual([...head.A.data, ...Array(16).fill(0)]);
  const B = [...head.B.data].flatMap((b) => [b, 0, 0]);
  expect(await read('lm_head.lora_B.weight')).toEqual(B);
});
