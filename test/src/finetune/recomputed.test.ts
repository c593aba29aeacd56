/** OSF's singular vectors that stay are not in PEFT's files: they are computed again from the weight when one is read. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readAdapter, writeAdapter } from '../../../src/formats/peft/adapter.ts';
import type { TensorData } from '../../../src/formats/safetensors/index.ts';
import { oftc } from '../cli/harness.ts';
import { storedTensors } from '../formats/peft/stored-tensors.ts';
import { at, DATA, finetune, MODEL } from './tiny.ts';

it('an adapter of OSF in PEFT’s files has the loss that its training ended with', async () => {
  const options = ['--adapter', 'osf', '--set', 'k=2', '--targets', 'q_proj,up_proj', '--lr', '0.01'];
  const { exit, stdout, stderr } = await finetune('osf', ...options, '--steps', '2');
  expect(exit, stderr).toBe(0);
  const adapter = join(at('osf'), 'adapter');
  const fields = JSON.parse(readFileSync(join(adapter, 'adapter_config.json'), 'utf8'));
  expect(fields).toMatchObject({ peft_type: 'OSF', effective_rank: 2 });
  const ended = JSON.parse(stdout).heldOut.at(-1).loss;
  const more = await finetune('osf-more', '--init', adapter, '--steps', '1', '--lr', '0.01');
  expect(more.exit, more.stderr).toBe(0);
  expect(JSON.parse(more.stdout).heldOut[0].loss).toBeCloseTo(ended, 5);
  const out = at('osf-merged');
  const merged = await oftc('merge', '--model', MODEL, '--adapter', adapter, '--out', out);
  expect(merged.exit, merged.stderr).toBe(0);
  const further = await finetune('osf-on-merged', ...options, '--steps', '1', '--model', out);
  expect(further.exit, further.stderr).toBe(0);
  expect(JSON.parse(further.stdout).heldOut[0].loss).toBeCloseTo(ended, 5);
});

it('PEFT’s half of each weight’s rank, which differs between targets, is evaluated and merged, and not trained further', async () => {
  const tensors: TensorData[] = [];
  for (const [target, k] of [
    ['q_proj', 4],
    ['v_proj', 2],
  ] as const) {
    const options = [
      '--adapter',
      'osf',
      '--set',
      `k=${k}`,
      '--targets',
      target,
      '--lr',
      '0.01',
      '--steps',
      '2',
    ];
    const { exit, stderr } = await finetune(`half-${target}`, ...options);
    expect(exit, stderr).toBe(0);
    const part = await readAdapter(join(at(`half-${target}`), 'adapter'));
    tensors.push(...(await storedTensors(part)));
    await part.close();
  }
  const written = JSON.parse(readFileSync(join(at('half-q_proj'), 'adapter', 'adapter_config.json'), 'utf8'));
  const fields = { ...written, effective_rank: null, target_modules: ['q_proj', 'v_proj'] };
  const [adapter, out] = [at('half'), at('half-merged')];
  await writeAdapter(adapter, { fields, tensors });
  const loss = async (...of: string[]) => {
    const { exit, stdout, stderr } = await oftc(
      'eval',
      ...of,
      '--data',
      DATA,
      '--length',
      '7',
      '--device',
      'cpu',
      '--json',
    );
    expect(exit, stderr).toBe(0);
    return JSON.parse(stdout).loss as number;
  };
  const merged = await oftc('merge', '--model', MODEL, '--adapter', adapter, '--out', out);
  expect(merged.exit, merged.stderr).toBe(0);
  const adapted = await loss('--model', MODEL, '--adapter', adapter);
  expect(await loss('--model', out)).toBeCloseTo(adapted, 5);
  expect(adapted).not.toBeCloseTo(await loss('--model', MODEL), 5);
  const further = await finetune('half-further', '--init', adapter);
  expect(further.stderr + further.stdout).toContain('its sizes differ between q, v');
  expect(further.exit).toBe(2);
});
