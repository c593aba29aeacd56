/** A run in a process of its own, killed at random moments and resumed, has the losses of one that was left alone. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readCheckpoint } from '../../src/finetune/loop/checkpoint.ts';
import { readMetrics } from '../../src/finetune/loop/run-folder.ts';
import { random } from './support.ts';
import { argumentsOf, at, finetune } from './tiny.ts';

const KILLS = 4;
const OPTIONS = ['--steps', '30', '--save-every', '1', '--eval-every', '10'];
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const ADAPTER = 'adapter/adapter_model.safetensors';

const size = (file: string): number => (existsSync(file) ? statSync(file).size : 0);

/** Starts or resumes the run, and kills it some milliseconds after its metrics have grown by some bytes. */
async function killed(bytes: number, milliseconds: number): Promise<NodeJS.Signals | null> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', MAIN, ...argumentsOf('killed', ...OPTIONS, '--resume')],
    {
      stdio: 'ignore',
    },
  );
  const ended = new Promise<NodeJS.Signals | null>((done) => {
    child.once('exit', (_, signal) => done(signal));
  });
  const metrics = at('killed/metrics.jsonl');
  const before = size(metrics);
  while (child.exitCode === null && size(metrics) < before + bytes) await sleep(1);
  await sleep(milliseconds);
  child.kill('SIGKILL');
  return ended;
}

it('loses nothing', { timeout: 600_000 }, async () => {
  const whole = await finetune('alone', ...OPTIONS);
  expect(whole.exit, whole.stderr).toBe(0);
  const next = random(Number(process.env.OFTC_SEED ?? 1));
  for (let k = 0; k < KILLS; k++) {
    const signal = await killed(1 + Math.floor(500 * next()), Math.floor(20 * next()));
    expect(signal).toBe('SIGKILL');
    if (existsSync(at('killed/checkpoint.safetensors')))
      expect((await readCheckpoint(at('killed/checkpoint.safetensors'))).step).toBeLessThan(30);
  }
  const { exit, stdout, stderr } = await finetune('killed', ...OPTIONS, '--resume');
  expect(exit, stderr).toBe(0);
  expect(JSON.parse(stdout).resumedAt).toBeGreaterThan(0);
  const losses = async (run: string) =>
    (await readMetrics(at(run))).map((m) => ('loss' in m ? [m.step, m.loss, m.norm] : [m.step, m.heldOut]));
  expect(await losses('killed')).toEqual(await losses('alone'));
  expect(readFileSync(at(`killed/${ADAPTER}`))).toEqual(readFileSync(at(`alone/${ADAPTER}`)));
});
