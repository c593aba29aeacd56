/** The commands on a tiny Vision Transformer, computed by the float64 reference. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testDevice } from '../../../support/device.ts';
import { parseSafetensors } from '../../../support/safetensors.ts';
import { NIGHTLY } from '../../../support/sample.ts';
import { oftc } from '../../cli/harness.ts';
import { change } from '../checkpoints.ts';
import { writeImages, writeModel } from './tiny-vit.ts';

const folder = mkdtempSync(join(tmpdir(), 'oftc-image-command-'));
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  await writeModel(at('model'));
  await writeModel(at('bare'), { bare: true });
  writeImages(at('images'), ['columns', 'rows'], 8);
  writeImages(at('known'), ['cat', 'dog'], 3);
  cpSync(at('images/rows'), at('single/rows'), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

const call = (command: string, ...more: string[]) => oftc(command, '--device', 'cpu', ...more, '--json');
const run = async (command: string, ...more: string[]) => {
  const { exit, stdout, stderr } = await call(command, ...more);
  expect(exit, stderr).toBe(0);
  return { ...JSON.parse(stdout), stderr };
};
const BASE = {
  ...{ model: at('model'), data: at('images'), 'hold-out': '1/4', batch: '6', schedule: 'constant' },
  ...{ lr: '0.02', steps: '24', 'eval-every': '6' },
  ...{ adapter: 'oft', set: 'b=4', targets: 'query,value' },
};
/** The options of a run. */
const trains = (out: string, more: Readonly<Record<string, string>> = {}): string[] =>
  Object.entries({ ...BASE, out: at(out), ...more }).flatMap(([name, value]) => [`--${name}`, value]);
const tensorsIn = (file: string) => {
  const read = parseSafetensors(readFileSync(at(file)), file);
  return new Map(
    [...read.tensors.keys()].map((name) => [name, Buffer.from(read.bytes(name)).toString('hex')]),
  );
};

it('trains a new classifier with an adapter, and resumes a run to the same tensors', async () => {
  const whole = await run('finetune', ...trains('run'));
  expect(whole).toMatchObject({
    ...{ format: 'peft', images: { train: 12, heldOut: 4 }, classes: ['columns', 'rows'] },
    parameters: 2 * 2 * 4 * 6 + 2 * 16 + 2,
  });
  expect(whole.accuracy.at(-1)).toEqual({ step: 24, correct: 4, asked: 4 });
  expect(whole.heldOut.at(-1).loss).toBeLessThan(0.7 * whole.heldOut[0].loss);
  const tensors = tensorsIn('run/adapter/adapter_model.safetensors');
  const layers = [0, 1].flatMap((n) =>
    ['query', 'value'].map((m) => `vit.encoder.layer.${n}.attention.attention.${m}.oft_R.weight`),
  );
  const names = ['classifier.bias', 'classifier.weight', ...layers];
  expect([...tensors.keys()].sort()).toEqual(names.map((name) => `base_model.model.${name}`));
  expect(JSON.parse(readFileSync(at('run/adapter/adapter_config.json'), 'utf8'))).toMatchObject({
    ...{ peft_type: 'OFT', task_type: null, modules_to_save: ['classifier'] },
    target_modules: ['attention.attention.query', 'attention.attention.value'],
  });

  await run('finetune', ...trains('half', { steps: '12' }));
  change(at('half/checkpoint.safetensors'), ({ metadata }) => {
    const settings = JSON.parse(metadata.get('settings')!);
    metadata.set('settings', JSON.stringify({ ...settings, steps: 24 }));
  });
  const resumed = await run('finetune', ...trains('half'), '--resume');
  expect(resumed.resumedAt).toBe(12);
  expect(tensorsIn('half/adapter/adapter_model.safetensors')).toEqual(tensors);

  const data = ['--data', at('images'), '--batch', '6'];
  const adapter = ['--model', at('model'), '--adapter', at('run/adapter')];
  const measured = await run('eval', ...adapter, ...data);
  expect(measured).toMatchObject({ correct: 16, asked: 16, accuracy: 1 });
  expect(await run('merge', ...adapter, '--out', at('merged'))).toMatchObject({ merged: 4 });
  const inspected = async (...of: string[]) => JSON.parse((await oftc('inspect', ...of, '--json')).stdout);
  expect(await inspected(at('run/adapter'), '--model', at('model'))).toMatchObject({
    adapter: { method: 'OFT', parameters: 96 },
    problems: [],
  });
  expect(await inspected(at('merged'))).toMatchObject({
    images: { architecture: 'ViTForImageClassification', classes: ['columns', 'rows'], layers: 2 },
    problems: [],
  });
  const merged = await run('eval', '--model', at('merged'), ...data);
  expect(merged).toMatchObject({ correct: 16, accuracy: 1 });
  expect(Math.abs(merged.loss - measured.loss)).toBeLessThan(1e-5);
  const further = { init: at('run/adapter'), lr: '0.001', steps: '1', 'eval-every': '1' };
  const { adapter: _a, set: _s, targets: _t, ...others } = BASE;
  const options = Object.entries({ ...others, out: at('further'), ...further });
  const on = await run('finetune', ...options.flatMap(([name, value]) => [`--${name}`, value]));
  expect(on.heldOut[0].loss).toBeCloseTo(whole.heldOut.at(-1).loss, 5);
});

it('trains a model without a classifier, and the model’s own where the folders have its classes', async () => {
  const bare = { model: at('bare'), quantize: 'nf4-double', steps: '4' };
  expect((await run('finetune', ...trains('of-bare', bare))).classes).toEqual(['columns', 'rows']);
  const own = { data: at('known'), 'hold-out': '0', steps: '1', adapter: 'lora', set: 'r=2' };
  const known = await run('finetune', ...trains('of-known', { ...own, targets: 'all-linear' }));
  expect(known.stderr).toMatch(/the model's own classifier of 2 classes is trained further/);
  expect(known.classes).toEqual(['cat', 'dog']);
});

it('plans what a run trains', async () => {
  const options = ['--model', at('model'), '--adapter', 'oft', '--set', 'b=4', '--targets', 'query,value'];
  const { exit, stdout, stderr } = await oftc('plan', ...options, '--batch', '6', '--json');
  expect(exit, stderr).toBe(0);
  const { model, length, methods } = JSON.parse(stdout);
  expect(model).toMatchObject({ architecture: 'ViTForImageClassification', blocks: 2 });
  expect([length, methods[0].trained]).toEqual([5, 130]);
  if (!NIGHTLY) return;
  await testDevice();
  const ran = await oftc('finetune', ...trains('on-device', { steps: '2' }), '--json');
  const { planned, most } = JSON.parse(ran.stdout).deviceBytes;
  // The plan counts uniforms for the loss of the four images that are held out, of which only the logits are computed.
  expect(planned).toBeGreaterThanOrEqual(most);
  expect(planned).toBeLessThan(1.01 * most);
  expect(planned).toBeGreaterThanOrEqual(methods[0].oftc.memory.total);
});

it.each([
  [{ targets: 'q_proj' }, /no linear layer of a block ends so/],
  [{ 'source-length': '4' }, /--source-length is not of image classifiers/],
  [{ length: '64' }, /--length is not of image classifiers/],
  [{ dropout: '0.1' }, /--dropout is not of image classifiers/],
  [{ data: at('single') }, /a new classifier tells classes apart, and there is only "rows"/],
  [{ batch: '13' }, /has 12 images to train on, fewer than a batch of 13/],
  [{ adapter: 'psoft', set: 'r=2' }, /written in PEFT's format/],
  [{ validation: at('known'), 'hold-out': '0' }, /the model has no class "cat", "dog"/],
  [{ data: at('broken') }, /rows\/0\.png: it is damaged/],
])('refuses %j before it writes anything', async (more, says) => {
  cpSync(at('images'), at('broken'), { recursive: true });
  const file = at('broken/rows/0.png');
  writeFileSync(file, readFileSync(file).subarray(0, 90));
  const { exit, stdout } = await call('finetune', ...trains('refused', more));
  expect(exit).not.toBe(0);
  expect(JSON.parse(stdout).error.message).toMatch(says);
  expect(existsSync(at('refused'))).toBe(false);
});

it.each([
  ['eval', ['--data', 'x', '--length', '64']],
  ['eval', ['--data', 'x', '--rouge']],
  ['eval', ['--data', 'x', '--beams', '2']],
  ['plan', ['--adapter', 'oft', '--set', 'b=4', '--length', '64']],
])('%s refuses %j, which is of texts', async (command, options) => {
  const { exit, stdout } = await oftc(command, '--model', at('model'), ...options, '--json');
  expect(exit).toBe(2);
  expect(JSON.parse(stdout).error.message).toMatch(/^--\w+ is not of image classifiers: leave it out/);
});
