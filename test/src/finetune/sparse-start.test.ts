/** Adapters at positions of a weight: SHiRA's are stored, and the others follow from a seed, as PEFT draws them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readMetrics } from '../../../src/finetune/loop/run-folder.ts';
import { openSafetensors, writeSafetensors } from '../../../src/formats/safetensors/index.ts';
import { oftc } from '../cli/harness.ts';
import { at, DATA, finetune, MODEL } from './tiny.ts';

const heldOut = async (run: string) =>
  (await readMetrics(at(run))).flatMap((m) => ('heldOut' in m ? [m.heldOut] : []));
const evaluated = async (adapter: string) =>
  oftc(
    'eval',
    '--device',
    'cpu',
    '--json',
    '--data',
    DATA,
    '--length',
    '7',
    '--model',
    MODEL,
    '--adapter',
    adapter,
  );

it.each([
  ['shira', 'r=1', ['shira_indices', 'shira_weight']],
  ['fourierft', 'n=6,scale=30', ['fourierft_spectrum']],
  ['waveft', 'n=6', ['waveft_spectrum']],
])(
  '%s learns, and PEFT’s files have what it stores, from which its loss follows again',
  async (name, set, stored) => {
    const { exit, stderr } = await finetune(name, '--adapter', name, '--set', set, '--lr', '0.1');
    expect(exit, stderr).toBe(0);
    const [before, after] = [(await heldOut(name))[0]!, (await heldOut(name)).at(-1)!];
    expect(after).toBeLessThan(before);
    const folder = at(`${name}/adapter`);
    const fields = JSON.parse(readFileSync(`${folder}/adapter_config.json`, 'utf8'));
    expect(fields).toMatchObject({ peft_type: name.toUpperCase() });
    const file = await openSafetensors(`${folder}/adapter_model.safetensors`);
    const ends = new Set([...file.tensors.keys()].map((n) => n.split('.').at(-1)));
    const dtypes = new Set([...file.tensors.values()].map((t) => `${t.name.split('.').at(-1)} ${t.dtype}`));
    await file.close();
    expect([...ends].sort()).toEqual(stored);
    if (name === 'shira') expect([...dtypes]).toContain('shira_indices I32');
    const more = await finetune(`${name}-more`, '--init', folder, '--steps', '1');
    expect(more.exit, more.stderr).toBe(0);
    expect((await heldOut(`${name}-more`))[0]).toBeCloseTo(after, 5);
  },
);

it('positions of another order are refused by name, and wavelets other than Haar’s', async () => {
  const path = at('shira/adapter/adapter_model.safetensors');
  const file = await openSafetensors(path);
  const [name] = [...file.tensors.keys()].filter((n) => n.endsWith('shira_indices'));
  const all = await Promise.all(
    [...file.tensors.values()].map(async ({ name, dtype, shape }) => ({
      name,
      dtype,
      shape,
      data: await file.array(name),
    })),
  );
  await file.close();
  (all.find((t) => t.name === name)!.data as Int32Array)[0] = 10_000;
  await writeSafetensors(path, all as never);
  const shira = await evaluated(at('shira/adapter'));
  expect(shira.exit).toBe(1);
  expect(JSON.parse(shira.stdout).error.message).toMatch(/position 0, \(10000, .*is outside a matrix of/);
  const config = at('waveft/adapter/adapter_config.json');
  writeFileSync(config, readFileSync(config, 'utf8').replace('"db1"', '"db2"'));
  const waveft = await evaluated(at('waveft/adapter'));
  expect(waveft.exit).toBe(1);
  expect(JSON.parse(waveft.stdout).error.message).toMatch(/wavelet_family.*"db2"/s);
});
