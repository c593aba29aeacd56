/**
 * The runs of golden.ts through the command line, on the device. Their batches are given as token ids, and their
 * first adapter as the start. One step is taken at `npm test`, the first few nightly, and all where OFTC_GOLDEN is
 * set.
 */
import { expect, it } from 'vitest';
import { readCheckpoint } from '../../../src/finetune/loop/checkpoint.ts';
import { readMetrics } from '../../../src/finetune/loop/run-folder.ts';
import { writeSafetensors } from '../../../src/formats/safetensors/index.ts';
import { NIGHTLY } from '../../support/sample.ts';
import { oftc } from '../cli/harness.ts';
import { ALL, expectedRows, furthest, pathOf, RUNS, relative, SEQUENCES } from './golden.ts';
import { tensorFile } from './support.ts';
import { at } from './tiny.ts';

async function done(...argv: string[]): Promise<void> {
  const { exit, stdout, stderr } = await oftc(...argv, '--json');
  expect(exit, stdout + stderr).toBe(0);
}

it.each(RUNS)('$name agrees with PEFT’s run', async ({ name, model, folder }) => {
  const batches = `${folder}/expected.safetensors`;
  const expected = tensorFile(batches);
  const named = (kind: string) => expected.names.filter((n) => n.startsWith(`${kind}.`));
  const train = (out: string, steps: number) =>
    done(
      ...['finetune', '--model', model, '--init', folder, '--data', batches, '--in-order', '--hold-out', '0'],
      ...[
        '--steps',
        `${steps}`,
        '--lr',
        '2e-3',
        '--schedule',
        'constant',
        '--weight-decay',
        '0.01',
        '--out',
        out,
      ],
    );

  const [first, logits] = [at(`${name}-first.safetensors`), at(`${name}-logits.safetensors`)];
  const { data: ids, shape: sizes } = await expected.read('batches');
  const width = sizes.at(-1)!;
  const data = Int32Array.from(ids.subarray(0, SEQUENCES * width));
  await writeSafetensors(first, [{ name: 'ids', dtype: 'I32', shape: [SEQUENCES, width], data }]);
  await done('eval', '--model', model, '--adapter', folder, '--data', first, '--logits', logits);
  const z = await tensorFile(logits).read('logits');
  const wanted = await expected.read('logits');
  const tokens = SEQUENCES * (width - 1);
  expect(z.shape).toEqual([SEQUENCES, width - 1, wanted.shape.at(-1)]);
  const off = relative(expectedRows(z.data, tokens, wanted.shape), wanted.data);
  expect(off, 'logits').toBeLessThan(2e-6);

  const all = (await expected.read('losses')).data;
  const lossesOf = async (run: string) =>
    (await readMetrics(at(run))).flatMap((m) => ('loss' in m ? [m.loss] : []));
  // After one step AdamW's first mean is 0.1·g, which gives the gradient g.
  await train(at(`${name}-once`), 1);
  const [loss] = await lossesOf(`${name}-once`);
  expect(Math.abs(loss! - all[0]!), 'loss').toBeLessThan(1e-5);
  const { moments } = await readCheckpoint(at(`${name}-once/checkpoint.safetensors`));
  for (const grad of named('grad')) {
    const g = Float64Array.from(moments.get(pathOf(grad))!.m, (m) => 10 * m);
    expect(relative(g, (await expected.read(grad)).data), grad).toBeLessThan(1e-5);
  }

  if (!NIGHTLY) return;
  const steps = ALL ? all.length : 6;
  await train(at(name), steps);
  const losses = await lossesOf(name);
  expect(losses).toHaveLength(steps);
  losses.forEach((loss, n) => {
    expect(Math.abs(loss - all[n]!), `step ${n + 1}`).toBeLessThan(2e-5);
  });
  if (!ALL) return;
  const trained = tensorFile(at(`${name}/adapter/adapter_model.safetensors`));
  expect(named('final').length).toBeGreaterThan(0);
  for (const final of named('final')) {
    const [actual, end] = [await trained.read(final.slice('final.'.length)), await expected.read(final)];
    expect(furthest(actual.data, end.data), final).toBeLessThan(1e-3);
  }
});
