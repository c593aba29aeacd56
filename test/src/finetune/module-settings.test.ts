/** IA³ on the inputs of some modules and on the outputs of others, trained, stored as PEFT stores it, read and merged. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { namesModules, settingsOn, sharedSettings } from '../../../src/finetune/module-settings.ts';
import { openSafetensors } from '../../../src/formats/safetensors/index.ts';
import { oftc } from '../cli/harness.ts';
import { at, finetune, MODEL } from './tiny.ts';

const IA3 = ['--adapter', 'ia3', '--lr', '0.1', '--steps', '2'];

async function tensorsOf(path: string) {
  const file = await openSafetensors(path);
  const all = new Map<string, { data: Float32Array; shape: readonly number[] }>();
  for (const { name, shape } of file.tensors.values())
    all.set(name, { data: (await file.array(name)) as Float32Array, shape });
  await file.close();
  return all;
}

it('finetune trains both kinds in one adapter, in PEFT’s files, and goes on with them', async () => {
  const settings = ['--set', 'feedforward=down_proj', '--targets', 'k_proj,down_proj'];
  const first = await finetune('ia3-mixed', ...IA3, ...settings);
  expect(first.exit, first.stderr).toBe(0);
  const folder = join(at('ia3-mixed'), 'adapter');
  const fields = JSON.parse(readFileSync(join(folder, 'adapter_config.json'), 'utf8'));
  expect(fields).toMatchObject({ peft_type: 'IA3', feedforward_modules: ['down_proj'] });
  const more = await finetune('ia3-more', '--init', folder, '--lr', '0.1', '--steps', '1');
  expect(more.exit, more.stderr).toBe(0);

  const out = at('ia3-merged');
  const merged = await oftc('merge', '--model', MODEL, '--adapter', folder, '--out', out);
  expect(merged.exit, merged.stderr).toBe(0);
  const [base, trained, found] = await Promise.all([
    tensorsOf(join(MODEL, 'model.safetensors')),
    tensorsOf(join(folder, 'adapter_model.safetensors')),
    tensorsOf(join(out, 'model.safetensors')),
  ]);
  for (const block of ['model.layers.0', 'model.layers.1'])
    for (const [module, scalesInputs] of [
      [`${block}.self_attn.k_proj`, false],
      [`${block}.mlp.down_proj`, true],
    ] as const) {
      const l = trained.get(`base_model.model.${module}.ia3_l`)!;
      const W = base.get(`${module}.weight`)!;
      const [rows, columns] = W.shape as [number, number];
      expect(l.shape).toEqual(scalesInputs ? [1, columns] : [rows, 1]);
      expect(l.data.every((x) => x !== 1)).toBe(true);
      const expected = W.data.map(
        (w, i) => w * l.data[scalesInputs ? i % columns : Math.floor(i / columns)]!,
      );
      expect(found.get(`${module}.weight`)!.data).toEqual(expected);
      const bias = base.get(`${module}.bias`);
      if (bias) expect(found.get(`${module}.bias`)!.data).toEqual(bias.data.map((b, i) => b * l.data[i]!));
    }
});

it('a module that the adapter is not on is refused', async () => {
  const settings = ['--set', 'feedforward=up_proj', '--targets', 'k_proj,down_proj'];
  const { exit, stdout, stderr } = await finetune('ia3-refused', ...IA3, ...settings);
  expect(exit).not.toBe(0);
  expect(stdout + stderr).toContain(
    "configuration 'feedforward' names 'up_proj', and the adapter is on k_proj, down_proj",
  );
});

it('settings name modules by the ends of their paths', () => {
  expect(namesModules('feedforward', 'fc1+mlp.fc2')).toBe(true);
  for (const [key, text] of [
    ['feedforward', 'fc1 fc2'],
    ['feedforward', ''],
    ['bias', 'fc1'],
  ] as const)
    expect(namesModules(key, text), text).toBe(false);
  const settings = { feedforward: 'fc1+mlp.fc2' };
  expect(settingsOn(settings, 'layers.0.mlp.fc2')).toEqual({ feedforward: true });
  expect(settingsOn(settings, 'layers.0.xfc1')).toEqual({ feedforward: false });
  expect(settingsOn({ feedforward: true })).toEqual({ feedforward: true });
});

it('modules share settings where the last word of a path decides', () => {
  const on = (path: string, feedforward: boolean) => ({ path, layer: 'ia3', config: { feedforward } });
  const [k, down] = [on('0.k_proj', false), on('0.down_proj', true)];
  expect(sharedSettings([k, down])).toEqual({ feedforward: 'down_proj' });
  expect(sharedSettings([down])).toEqual({ feedforward: true });
  expect(sharedSettings([k, down, on('1.down_proj', false)])).toBe(undefined);
  expect(sharedSettings([k, { ...down, layer: 'hira' }])).toBe(undefined);
  const sided = [k, down].map((m, i) => ({ ...m, config: { ...m.config, fewerOutputs: i === 0 } }));
  expect(sharedSettings(sided)).toEqual({ feedforward: 'down_proj' });
});
