/** The runs of golden.ts in PyTorch: the printed blocks in float64, and the command with two processes. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { nextTokens, packed } from '../../../src/finetune/batch.ts';
import { readMetrics } from '../../../src/finetune/loop/run-folder.ts';
import { weightsFrom } from '../../../src/finetune/models/from-files.ts';
import { projectionsOf } from '../../../src/finetune/models/linear-layers.ts';
import { openModel } from '../../../src/finetune/models/open.ts';
import { JobFolder } from '../../../src/finetune/torch/job.ts';
import { listsOf } from '../../../src/finetune/torch/split.ts';
import { NIGHTLY } from '../../support/sample.ts';
import { PYTHON, python } from '../../support/torch.ts';
import { oftc } from '../cli/harness.ts';
import { adapterOf, expectedRows, furthest, PEFT, pathOf, RUNS, relative, SEQUENCES } from './golden.ts';
import { tensorFile } from './support.ts';
import { at } from './tiny.ts';

const SCRIPT = fileURLToPath(new URL('./decoder_float64.py', import.meta.url));

describe.runIf(PYTHON)('golden runs in PyTorch', () => {
  it.each(RUNS)(
    '$name: the printed blocks have PEFT’s logits, loss and gradients in float64',
    async ({ model, folder }) => {
      const expected = tensorFile(`${folder}/expected.safetensors`);
      const files = await openModel(model);
      const job = mkdtempSync(join(tmpdir(), 'oftc-golden-'));
      const tensors = tensorFile(`${folder}/adapter_model.safetensors`, PEFT);
      const adapter = { ...adapterOf(folder), targets: projectionsOf(files.config), tensors };
      const options = { files, weights: weightsFrom(files), adapter, version: '0.0.0' };
      writeFileSync(join(job, 'job.json'), JSON.stringify(await new JobFolder(job, options).write()));
      const { data, shape } = await expected.read('batches');
      const rows = Array.from({ length: SEQUENCES }, (_, n) =>
        data.slice(n * shape[2]!, (n + 1) * shape[2]!),
      );
      const batch = packed(rows.map(nextTokens), files.config);
      writeFileSync(join(job, 'batch.json'), JSON.stringify(listsOf(batch)));
      python([SCRIPT, job], job);

      const results = tensorFile(join(job, 'results.safetensors'));
      const logits = await expected.read('logits');
      const z = expectedRows((await results.read('logits')).data, batch.tokens, logits.shape);
      expect(relative(z, logits.data)).toBeLessThan(2e-7);
      const [loss] = (await results.read('loss')).data;
      expect(Math.abs(loss! - (await expected.read('losses')).data[0]!)).toBeLessThan(1e-6);
      const gradients = expected.names.filter((n) => n.startsWith('grad.'));
      expect(gradients.length).toBeGreaterThan(0);
      for (const name of gradients) {
        const grad = await results.read(`grad.${pathOf(name)}`);
        expect(relative(grad.data, (await expected.read(name)).data), name).toBeLessThan(1e-6);
      }
      await files.close();
    },
  );

  it.each(RUNS)('$name: two processes have PEFT’s losses and adapter', async ({ name, model, folder }) => {
    process.env.OFTC_PYTHON = PYTHON;
    process.env.OMP_NUM_THREADS = '1';
    const batches = `${folder}/expected.safetensors`;
    const expected = tensorFile(batches);
    const all = (await expected.read('losses')).data;
    const steps = NIGHTLY ? all.length : 6;
    const out = at(`${name}-torch`);
    const { exit, stderr } = await oftc(
      ...['finetune', '--model', model, '--init', folder, '--data', batches, '--in-order', '--hold-out', '0'],
      ...['--steps', `${steps}`, '--lr', '2e-3', '--schedule', 'constant', '--weight-decay', '0.01'],
      ...['--engine', 'torch', '--processes', '2', '--out', out],
    );
    expect(exit, stderr).toBe(0);
    const losses = (await readMetrics(out)).flatMap((m) => ('loss' in m ? [m.loss] : []));
    expect(losses).toHaveLength(steps);
    for (const [n, loss] of losses.entries())
      expect(Math.abs(loss - all[n]!), `step ${n + 1}`).toBeLessThan(2e-5);
    const finals = steps === all.length ? expected.names.filter((n) => n.startsWith('final.')) : [];
    const trained = tensorFile(`${out}/adapter/adapter_model.safetensors`);
    for (const final of finals) {
      const actual = await trained.read(final.slice('final.'.length));
      expect(furthest(actual.data, (await expected.read(final)).data), final).toBeLessThan(1e-3);
    }
  });
});
