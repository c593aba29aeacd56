/** Tensors that several modules share: their names by module, and the part of each that a module has. */
import { describe, expect, it } from 'vitest';
import { readAdapter, readShared } from '../../../../src/formats/peft/adapter.ts';
import { isWritten } from '../../../../src/formats/peft/in-file.ts';
import { METHODS } from '../../../../src/formats/peft/methods.ts';
import { parseAdapter } from '../../../../src/formats/peft/parse.ts';
import { copyPart, flat, isSharedName, sharedNames } from '../../../../src/formats/peft/projections.ts';
import { serializeSafetensors } from '../../../support/safetensors.ts';
import { f32, newFolder, refused, writeFiles } from '../models.ts';
import { heads } from '../peft.ts';

/** Copies the numbers from 1 on into zeros. */
function copied(from: readonly number[], to: readonly number[]): readonly number[] {
  const elements = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
  const part = { data: new Int32Array(elements(to)), shape: to };
  copyPart({ data: Array.from({ length: elements(from) }, (_, i) => i + 1), shape: from }, part);
  return [...part.data];
}

describe('a part of a tensor', () => {
  it.each<[from: readonly number[], to: readonly number[], found: readonly number[]]>([
    [[5], [3], [1, 2, 3]],
    [[3], [5], [1, 2, 3, 0, 0]],
    [
      [2, 3],
      [2, 3],
      [1, 2, 3, 4, 5, 6],
    ],
    [
      [3, 4],
      [2, 3],
      [1, 2, 3, 5, 6, 7],
    ],
    [
      [2, 2],
      [3, 3],
      [1, 2, 0, 3, 4, 0, 0, 0, 0],
    ],
    [
      [2, 3],
      [3, 2],
      [1, 2, 4, 5, 0, 0],
    ],
    [
      [3, 3, 3],
      [2, 2, 2],
      [1, 2, 4, 5, 10, 11, 13, 14],
    ],
    [
      [2, 2, 2],
      [2, 3, 3],
      [1, 2, 0, 3, 4, 0, 0, 0, 0, 5, 6, 0, 7, 8, 0, 0, 0, 0],
    ],
    [
      [2, 3, 1, 2],
      [2, 2, 1, 2],
      [1, 2, 3, 4, 7, 8, 9, 10],
    ],
    [
      [0, 4],
      [2, 3],
      [0, 0, 0, 0, 0, 0],
    ],
  ])('%j in %j is the first elements along each axis', (from, to, found) => {
    expect(copied(from, to)).toEqual(found);
  });

  it.each<[shape: readonly number[], axes: number, found: readonly number[]]>([
    [[4, 1, 20], 2, [4, 20]],
    [[1, 1, 20], 2, [1, 20]],
    [[4, 1, 1], 2, [4, 1]],
    [[1, 1, 1], 2, [1, 1]],
    [[4, 2, 20], 2, [4, 2, 20]],
    [[4, 1, 20], 3, [4, 1, 20]],
    [[4, 1, 20], 4, [4, 1, 20]],
    [[2, 1, 3, 1, 4], 3, [2, 3, 4]],
  ])('%j has for %d axes the shape %j', (shape, axes, found) => {
    expect(flat(shape, axes)).toEqual(found);
  });
});

describe('the names of shared tensors', () => {
  it.each([
    ['up', 'up'],
    ['model.layers.0.up', 'up'],
    ['model.layers.0.self_attn.q_proj', 'self_attn_q_proj'],
    ['encoder.layer.1.attention.output.dense', 'attention_output'],
    ['encoder.layer.1.output.dense', 'output_dense'],
    ['encoder.layer.1.attention.output.proj', 'output_proj'],
    ['encoder.layer.1.attention.input.dense', 'input_dense'],
  ])('of FRoD on %s end with the kind %s', (module, kind) => {
    expect(sharedNames('frod', module)).toEqual({
      V: `base_model.frod_V.${kind}`,
      p: `base_model.frod_s_indices.${kind}`,
    });
  });

  it('are the same for all modules of VeRA, and other methods share none', () => {
    expect(sharedNames('vera', 'up')).toEqual({ A: 'base_model.vera_A', B: 'base_model.vera_B' });
    expect(sharedNames('lora', 'up')).toEqual({});
    const shared = (name: string, method: string) => isSharedName(name, METHODS[method]!);
    for (const name of ['base_model.vera_A', 'base_model.vera_B']) expect(shared(name, 'VERA')).toBe(true);
    for (const name of ['vera_A', 'base_model.vera_A.up', 'base_model.vera'])
      expect(shared(name, 'VERA')).toBe(false);
    for (const name of ['frod_V.up', 'frod_s_indices.up', 'frod_s_size.up'])
      expect(shared(`base_model.${name}`, 'FROD')).toBe(true);
    for (const name of ['frod_V', 'frod_s_size', 'frod_Vx.up'])
      expect(shared(`base_model.${name}`, 'FROD')).toBe(false);
    expect(shared('base_model.vera_A', 'LORA')).toBe(false);
  });
});

it('an adapter of FRoD is read and not written, and others are written', () => {
  expect((['lora', 'vera', 'osf', 'frod'] as const).map(isWritten)).toEqual([true, true, true, false]);
});

it('a module has its part of matrices that are made for the largest one', async () => {
  const A = f32('base_model.vera_A', [2, 6], 3);
  const B = f32('base_model.vera_B', [4, 2], 4);
  const folder = writeFiles(newFolder(), {
    'adapter_config.json': { peft_type: 'VERA', r: 2, target_modules: ['up'] },
    'adapter_model.safetensors': serializeSafetensors([
      f32('base_model.model.up.vera_lambda_b', [3]),
      f32('base_model.model.up.vera_lambda_d', [2]),
      ...[A, B],
    ]),
  });
  const adapter = await readAdapter(folder, new Map([['up', [3, 5]]]));
  const values = await adapter.values('up');
  await adapter.close();
  const [a, b] = [[...(A.data as Float32Array)], [...(B.data as Float32Array)]];
  expect([...values.A!]).toEqual([...a.slice(0, 5), ...a.slice(6, 11)]);
  expect([...values.B!]).toEqual(b.slice(0, 6));
  expect(Object.keys(values).sort()).toEqual(['A', 'B', 'b', 'd']);
});

it('a shared matrix with more axes than the layer’s is refused', async () => {
  const own = heads({ 'up.vera_lambda_b': [3], 'up.vera_lambda_d': [2] });
  const shared = heads({ vera_A: [2, 5, 1], vera_B: [3, 2] }, 'base_model.');
  const fields = { peft_type: 'VERA', r: 2, target_modules: ['up'] };
  await refused(
    () => parseAdapter(fields, new Map([...own, ...shared]), 'f', new Map([['up', [3, 5]]])),
    'InvalidAdapter',
    '"base_model.vera_A": it is [2,5,1], and a module needs [2,5] of it.',
  );
});

it('FRoD’s positions are read from any dtype of indices', async () => {
  const of = (dtype: 'I32' | 'I64' | 'F32') =>
    ({ I32: Int32Array.of(0, 1), I64: BigInt64Array.of(0n, 1n), F32: Float32Array.of(0, 1) })[dtype];
  for (const dtype of ['I32', 'I64', 'F32'] as const) {
    const folder = writeFiles(newFolder(), {
      'adapter_config.json': { peft_type: 'FROD', target_modules: ['up'] },
      'adapter_model.safetensors': serializeSafetensors([
        f32('base_model.model.up.frod_lambda_l', [2]),
        f32('base_model.model.up.frod_lambda_s_values', [1]),
        f32('base_model.frod_V.up', [2, 2]),
        { name: 'base_model.frod_s_indices.up', dtype, shape: [2, 1], data: of(dtype) },
      ]),
    });
    const adapter = await readAdapter(folder, new Map([['up', [3, 2]]]));
    expect((await adapter.values('up')).p).toEqual(Float32Array.of(0, 1));
    const { data } = await readShared(adapter.modules.get('up')!.parts!.p!, adapter.tensors);
    expect(data).toEqual(Int32Array.of(0, 1));
    await adapter.close();
  }
});

it.each([
  [1, 132],
  [0.99, 132],
  [0.9, 129],
  [0.001, 1],
])('FRoD at the rate %d trains %d values beside the diagonal of 12 inputs', async (rate, count) => {
  const of = (k: number) => {
    const shapes = { 'base_model.frod_V.up': [12, 12], 'base_model.frod_s_indices.up': [2, k] };
    const own = { 'up.frod_lambda_l': [12], 'up.frod_lambda_s_values': [k] };
    const fields = { peft_type: 'FROD', sparse_rate: rate, target_modules: ['up'] };
    return parseAdapter(fields, new Map([...heads(own), ...heads(shapes, '')]), 'f').modules.get('up')!.dims;
  };
  expect(of(count)).toEqual({ in: 12, k: count });
  await refused(
    () => of(count + 1),
    'InvalidAdapter',
    `sparse_rate means k = ${count}, and the tensors have`,
  );
});

it.each([
  [20, 24, true],
  [20, 20, false],
  [24, 20, false],
] as const)(
  'RandLoRA on %d outputs and %d inputs has its bases on the smaller side',
  (out, inner, fewerOutputs) => {
    const small = Math.min(out, inner);
    const own = { 'up.randlora_lambda': [4, small / 4], 'up.randlora_gamma': [small / 4, small] };
    const shared = { 'base_model.randlora_A': [4, 1, 30], 'base_model.randlora_B': [30, 9, 4] };
    const fields = { peft_type: 'RANDLORA', r: 4, target_modules: ['up'] };
    const tensors = new Map([...heads(own), ...heads(shared, '')]);
    const { modules } = parseAdapter(fields, tensors, 'f', new Map([['up', [out, inner]]]));
    expect(modules.get('up')).toMatchObject({ config: { fewerOutputs }, dims: { out, in: inner, r: 4 } });
  },
);
