/** OSF's singular vectors that stay are not in PEFT's files: they are computed again from the weight when one is read. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { oftc } from '../cli/harness.ts';
import { at, finetune, MODEL } from './tiny.ts';

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
