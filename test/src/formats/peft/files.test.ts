/** An adapter's folder: which files are asked for, what is written, and what is left when reading or writing fails. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openTensors } from '../../../../src/formats/checkpoint/store.ts';
import { indicesOf, readAdapter, writeAdapter } from '../../../../src/formats/peft/adapter.ts';
import type { TensorData } from '../../../../src/formats/safetensors/index.ts';
import { watchOperations } from '../../../faults/operations.mjs';
import { parseSafetensors, serializeSafetensors } from '../../../support/safetensors.ts';
import { f32, newFolder, refused, thrown, writeFiles } from '../models.ts';
import { openFilesOf, tellsOpenFiles } from '../open-files.ts';
import { LORA, Q } from '../peft.ts';

const TENSORS = [
  f32(`base_model.model.${Q}.lora_A.weight`, [4, 16]),
  f32(`base_model.model.${Q}.lora_B.weight`, [16, 4]),
];
const files = { 'adapter_config.json': LORA, 'adapter_model.safetensors': serializeSafetensors(TENSORS) };

describe('a folder without an adapter', () => {
  it('is refused with the adapter’s folder where it is that of a run', async () => {
    const folder = newFolder();
    const missing = `MissingFile: ${folder}/adapter_config.json: there is no such file. Name the folder of an adapter`;
    expect(await thrown(() => readAdapter(folder))).toMatchObject({ code: 'MissingFile' });
    await refused(() => readAdapter(folder), 'MissingFile', `${missing}.`);
    mkdirSync(join(folder, 'adapter'));
    await refused(
      () => readAdapter(folder),
      'MissingFile',
      `${missing}: ${folder}/adapter is that of this run.`,
    );
  });

  it.each([
    [{}, 'there is no such file. Name the folder of an adapter.'],
    [{ 'adapter_model.bin': {} }, 'but adapter_model.bin. Save the adapter with safe_serialization=True.'],
  ])('is refused without the tensors: %#', async (also, text) => {
    const folder = writeFiles(newFolder(), { 'adapter_config.json': LORA, ...also });
    await refused(() => readAdapter(folder), 'MissingFile', text);
  });
});

describe.skipIf(!tellsOpenFiles)('the file of an adapter’s tensors', () => {
  it('is open until the adapter is closed', async () => {
    const folder = writeFiles(newFolder(), files);
    const adapter = await readAdapter(folder);
    expect(openFilesOf(folder)).toEqual([join(folder, 'adapter_model.safetensors')]);
    await adapter.close();
    expect(openFilesOf(folder)).toEqual([]);
  });

  it('is closed where the adapter is refused', async () => {
    const folder = writeFiles(newFolder(), { ...files, 'adapter_config.json': { ...LORA, r: 3 } });
    await refused(() => readAdapter(folder), 'InvalidAdapter', 'r means r = 3');
    expect(openFilesOf(folder)).toEqual([]);
  });
});

it('a module without the adapter is refused with those that have it', async () => {
  const adapter = await readAdapter(writeFiles(newFolder(), files));
  await refused(
    () => adapter.values('lm_head'),
    'InvalidAdapter',
    `"lm_head": the adapter is not on this module. Ask for one that it is on, such as "${Q}".`,
  );
  await adapter.close();
});

it('of wrong indices the first is named', async () => {
  const of = async (dtype: 'I64' | 'F32', data: TensorData['data']) => {
    const tensor = { name: 'p', dtype, shape: [data.byteLength / (dtype === 'I64' ? 8 : 4)], data };
    const folder = writeFiles(newFolder(), { 'x.safetensors': serializeSafetensors([tensor]) });
    const store = await openTensors(join(folder, 'x.safetensors'));
    try {
      return [...(await indicesOf(store, 'p'))];
    } finally {
      await store.close();
    }
  };
  const [most, least] = [2 ** 31 - 1, -(2 ** 31)];
  expect(await of('I64', BigInt64Array.of(BigInt(most), BigInt(least), 4n))).toEqual([most, least, 4]);
  await refused(
    () => of('I64', BigInt64Array.of(1n, 2n ** 31n, -(2n ** 40n))),
    'InvalidAdapter',
    'and 2147483648 is none',
  );
  await refused(
    () => of('F32', Float32Array.of(2, 0.5, 0.25)),
    'InvalidAdapter',
    '"p": it has indices, and 0.5 is none',
  );
});

describe('an adapter that is written', () => {
  it('says that its tensors are PyTorch’s, unless other metadata is given', async () => {
    const metadataOf = async (metadata?: Readonly<Record<string, string>>) => {
      const folder = join(newFolder(), 'a');
      await writeAdapter(folder, { fields: LORA, tensors: TENSORS, ...(metadata ? { metadata } : {}) });
      expect(readdirSync(folder).sort()).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
      const file = parseSafetensors(readFileSync(join(folder, 'adapter_model.safetensors')));
      expect([...file.tensors.keys()]).toEqual(TENSORS.map((t) => t.name));
      expect(readFileSync(join(folder, 'adapter_config.json'), 'utf8')).toBe(
        `${JSON.stringify(LORA, null, 2)}\n`,
      );
      return Object.fromEntries(file.metadata ?? []);
    };
    expect(await metadataOf()).toEqual({ format: 'pt' });
    expect(await metadataOf({ made: 'here' })).toEqual({ made: 'here' });
  });

  it('is refused with the name of the file that it would have been', async () => {
    const folder = join(newFolder(), 'a');
    const tensors = [...TENSORS, TENSORS[0]!];
    const error = await thrown(() => writeAdapter(folder, { fields: LORA, tensors }));
    expect(String(error)).toContain(`${folder}/adapter_model.safetensors`);
    expect(readdirSync(dirname(folder))).toEqual([]);
  });

  it('is whole or not there, whichever operation on the disk fails', async () => {
    const outcomes: string[] = [];
    for (let n = 1; ; n++) {
      const parent = newFolder();
      const folder = join(parent, 'a');
      let [seen, failed] = [0, ''];
      const back = await watchOperations((name: string, _: string, path: string) => {
        if (!path.startsWith(parent) || ++seen !== n) return;
        failed = name;
        throw new Error('the disk is full');
      });
      let outcome = 'written';
      try {
        await writeAdapter(folder, { fields: LORA, tensors: TENSORS });
      } catch (error) {
        outcome =
          error instanceof Error ? error.message.replaceAll(parent, '').replace(/-[0-9a-f-]{36}/, '') : '';
      } finally {
        back();
      }
      const left = readdirSync(parent);
      expect(left.filter((name) => name !== 'a')).toEqual([]);
      if (left.includes('a')) expect(readdirSync(folder)).toHaveLength(2);
      if (failed === '') break;
      outcomes.push(`${failed}: ${outcome}\n`);
    }
    await expect(outcomes.join('')).toMatchFileSnapshot('./full-disk.txt');
  });

  it('replaces an older one, and no folder with other files', async () => {
    const folder = writeFiles(newFolder(), { 'adapter_config.json': {}, 'adapter_model.safetensors': {} });
    await writeAdapter(folder, { fields: LORA, tensors: TENSORS });
    const adapter = await readAdapter(folder);
    expect(adapter.fields).toEqual(LORA);
    await adapter.close();
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    await refused(() => writeAdapter(folder, { fields: LORA, tensors: TENSORS }), 'FolderInUse', 'notes.txt');
  });
});
