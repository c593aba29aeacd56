/** Wrong files of methods whose tensors are indices, or are shared by all modules. */
import { expect, it } from 'vitest';
import { readAdapter } from '../../../src/formats/peft/adapter.ts';
import { parseAdapter } from '../../../src/formats/peft/parse.ts';
import { serializeSafetensors } from '../../support/safetensors.ts';
import { CONFIG, f32, newFolder, refused, writeFiles } from './models.ts';
import { heads, LORA, lora, parse, Q } from './peft.ts';

const SHIRA = { peft_type: 'SHIRA', r: 1, target_modules: ['q_proj'] };
const PATH = `base_model.model.${Q}`;

/** The indices that are read from floats. */
async function indices(...data: readonly number[]): Promise<readonly number[]> {
  const folder = writeFiles(newFolder(), {
    'adapter_config.json': SHIRA,
    'adapter_model.safetensors': serializeSafetensors([
      { ...f32(`${PATH}.shira_indices`, [2, 2]), data: Float32Array.from(data) },
      f32(`${PATH}.shira_weight`, [2]),
    ]),
  });
  const adapter = await readAdapter(folder);
  try {
    return [...(await adapter.values(Q)).p!];
  } finally {
    await adapter.close();
  }
}

it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32])('%d is no index', async (x) => {
  await refused(() => indices(0, 3, x, 1), 'InvalidAdapter', `it has indices, and ${x} is none`);
});

it('indices that are stored as floats are read, as PEFT stores them on Windows', async () => {
  expect(await indices(0, 3, 2, 1)).toEqual([0, 3, 2, 1]);
});

it('SHiRA’s number of values is that of its r on the model', async () => {
  const shapes = { [`${Q}.shira_indices`]: [2, 64], [`${Q}.shira_weight`]: [64] };
  const message = /the field r means 32 values, r·\(out \+ in\) with r = 1, and the tensors have 64/;
  await refused(() => parse(SHIRA, shapes, CONFIG), 'InvalidAdapter', message);
});

it('matrices that all modules share are floats', async () => {
  const tensors = new Map([
    ...heads({ [`${Q}.vera_lambda_b`]: [16], [`${Q}.vera_lambda_d`]: [2] }),
    ...heads({ vera_A: [2, 16], vera_B: [16, 2] }, 'base_model.'),
  ]);
  const fields = { peft_type: 'VERA', r: 2, target_modules: ['q_proj'] };
  expect(parseAdapter(fields, tensors, 'f').modules.size).toBe(1);
  const A = { ...tensors.get('base_model.vera_A')!, dtype: 'I32' as const };
  const wrong = new Map([...tensors, ['base_model.vera_A', A]]);
  await refused(() => parseAdapter(fields, wrong, 'f'), 'InvalidAdapter', 'its dtype is I32');
  const seed = { ...fields, projection_prng_key: 1.5 };
  await refused(() => parseAdapter(seed, tensors, 'f'), 'InvalidAdapter', 'a whole number of less than');
});

it('ranks by module are no list', async () => {
  const list = { ...LORA, rank_pattern: [4] };
  await refused(() => parse(list, lora), 'InvalidAdapter', 'numbers by module are expected');
});
