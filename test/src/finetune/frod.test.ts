/** PEFT's files of FRoD: they lack U, and their positions have a random order. */
import { mkdirSync, readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { readAdapter, writeAdapter } from '../../../src/formats/peft/adapter.ts';
import { parseAdapter, type TensorHead } from '../../../src/formats/peft/parse.ts';
import { writeSafetensors } from '../../../src/formats/safetensors/index.ts';
import { parseSafetensors } from '../../support/safetensors.ts';
import { oftc } from '../cli/harness.ts';
import { storedTensors } from '../formats/peft/stored-tensors.ts';
import { at, DATA, finetune, MODEL } from './tiny.ts';

const FILES = fileURLToPath(new URL('../../fixtures/adapters/frod', import.meta.url));

function parsed(file: string) {
  const { tensors, array } = parseSafetensors(readFileSync(file), file);
  return new Map(
    [...tensors].map(([name, { shape }]) => [name, { shape, data: array(name) as Float32Array }]),
  );
}

/** The weights on which PEFT made the adapter, `base.…`, and those that it merged, `merged.…`. */
const golden = parsed(join(FILES, 'merged.safetensors'));
const base = [...golden].filter(([name]) => name.startsWith('base.'));
const model = at('frod-base');

beforeAll(async () => {
  mkdirSync(model);
  for (const file of ['config.json', 'tokenizer.json']) await cp(join(MODEL, file), join(model, file));
  const own = new Map(base.map(([name, tensor]) => [name.slice('base.'.length), tensor]));
  const all = [...parsed(join(MODEL, 'model.safetensors'))].map(([name, tensor]) => ({
    ...{ name, dtype: 'F32' as const },
    ...(own.get(name) ?? tensor),
  }));
  await writeSafetensors(join(model, 'model.safetensors'), all);
});

const options = ['--model', model, '--adapter', FILES];

async function ran(...args: string[]) {
  const outcome = await oftc(...args);
  expect(outcome.exit, outcome.stderr).toBe(0);
  return outcome;
}

const lossOf = async (...of: string[]): Promise<number> =>
  JSON.parse((await ran('eval', ...of, '--data', DATA, '--length', '7', '--device', 'cpu', '--json')).stdout)
    .loss;

/** The fields and tensors of the adapter in PEFT's files. */
async function filed() {
  const adapter = await readAdapter(FILES);
  const tensors = await storedTensors(adapter);
  await adapter.close();
  return { fields: adapter.fields, tensors };
}

describe('an adapter that PEFT made', () => {
  it('merges to PEFT’s own weights', async () => {
    const out = at('frod-merged');
    const { stderr } = await ran('merge', ...options, '--out', out);
    expect(stderr).toContain('the file lacks U of FRoD');
    const merged = parsed(join(out, 'model.safetensors'));
    for (const [name] of base) {
      const path = name.slice('base.'.length);
      const expected = golden.get(`merged.model.${path.replace(/\.weight$/, '')}`)!.data;
      for (const [i, x] of merged.get(path)!.data.entries())
        expect(x, `${path} ${i}`).toBeCloseTo(expected[i]!, 5);
    }
    expect(await lossOf('--model', out)).toBeCloseTo(await lossOf(...options), 5);
  });

  it('becomes LoRA, and is trained on in oftc’s own format', async () => {
    const loss = await lossOf(...options);
    await ran('convert', '--to', 'lora', '--rank', '8', ...options, '--out', at('frod-lora'));
    expect(await lossOf('--model', model, '--adapter', at('frod-lora'))).toBeCloseTo(loss, 5);
    const more = await finetune(
      'frod-more',
      '--model',
      model,
      '--init',
      FILES,
      '--steps',
      '1',
      '--lr',
      '0.01',
    );
    expect(more.exit, more.stderr).toBe(2);
    expect(more.stdout).toContain('its sizes differ between');
  });

  it('may have its positions in another dtype, whose values are whole numbers', async () => {
    const { fields, tensors } = await filed();
    const P = 'base_model.frod_s_indices.';
    const positions = (data: ArrayBufferView) =>
      new BigInt64Array(Uint8Array.from(data as Uint8Array).buffer);
    const inF32 = (change: (x: number) => number) =>
      tensors.map((t) =>
        t.name.startsWith(P)
          ? {
              ...{ ...t, dtype: 'F32' as const },
              data: Float32Array.from(positions(t.data), (x) => change(Number(x))),
            }
          : t,
      );
    await writeAdapter(at('frod-f32'), { fields, tensors: inF32((x) => x) });
    expect(await lossOf('--model', model, '--adapter', at('frod-f32'))).toBe(await lossOf(...options));
    await writeAdapter(at('frod-half'), { fields, tensors: inF32((x) => x + 0.5) });
    const refused = await oftc('eval', '--model', model, '--adapter', at('frod-half'), '--data', DATA);
    expect(refused).toMatchObject({ exit: 1, stderr: expect.stringContaining('it has indices, and') });
  });

  it.each([
    ['a sparse_rate of 0', { sparse_rate: 0 }, [8, 8], 'sparse_rate is 0'],
    ['a module of one input', { sparse_rate: 0.5 }, [8, 1], 'it has one input'],
  ] as const)('is refused with %s, whose S trains nothing', (_, field, [out, inner], said) => {
    const module = 'base_model.model.model.layers.0.self_attn.q_proj';
    const tensors = [
      { name: `${module}.frod_lambda_l`, dtype: 'F32' as const, shape: [inner] },
      { name: `${module}.frod_lambda_s_values`, dtype: 'F32' as const, shape: [0] },
      { name: 'base_model.frod_V.self_attn_q_proj', dtype: 'F32' as const, shape: [inner, inner] },
      { name: 'base_model.frod_s_indices.self_attn_q_proj', dtype: 'I64' as const, shape: [2, 0] },
      { name: 'base_model.frod_s_size.self_attn_q_proj', dtype: 'I64' as const, shape: [2] },
    ];
    const fields = { peft_type: 'FROD', target_modules: ['q_proj'], save_projection: true, ...field };
    const heads = new Map<string, TensorHead>(
      tensors.map((t) => [t.name, { ...t, file: 'adapter', bytes: 0 }]),
    );
    const sizes = new Map([['model.layers.0.self_attn.q_proj', [out, inner] as const]]);
    for (const known of [undefined, sizes])
      expect(() => parseAdapter(fields, heads, 'adapter', known)).toThrow(said);
  });

  it('is refused without the matrices that its modules share, and with those of another model', async () => {
    const { fields, tensors } = await filed();
    const V = 'base_model.frod_V.self_attn_q_proj';
    const without = tensors.filter(({ name }) => name !== V);
    await expect(writeAdapter(at('frod-bad'), { fields, tensors: without })).rejects.toThrow(V);
    const unsaved = { ...fields, save_projection: false };
    await expect(writeAdapter(at('frod-bad'), { fields: unsaved, tensors })).rejects.toThrow(
      'save_projection',
    );
    const rate = { ...fields, sparse_rate: 0.1 };
    await expect(writeAdapter(at('frod-bad'), { fields: rate, tensors })).rejects.toThrow('sparse_rate');
    const double = tensors.map((t) => (t.name === V ? { ...t, shape: [4, 16] } : t));
    await writeAdapter(at('frod-other'), { fields, tensors: double });
    const { exit, stderr } = await oftc(
      'eval',
      '--model',
      model,
      '--adapter',
      at('frod-other'),
      '--data',
      DATA,
    );
    expect(exit).toBe(1);
    expect(stderr).toContain('a module needs');
  });
});
