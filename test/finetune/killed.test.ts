/**
 * A run in a process of its own, killed at random moments and resumed, has the losses of one that was left alone, and no
 * kill damages a file: while it starts, while it trains, and while it writes its last files. Twenty kills nightly.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readTrained } from '../../src/finetune/adapter-files.ts';
import { readCheckpoint } from '../../src/finetune/loop/checkpoint.ts';
import { type Metric, readMetrics } from '../../src/finetune/loop/run-folder.ts';
import { openModel } from '../../src/formats/index.ts';
import { runs } from '../support/runs.ts';
import { random } from './support.ts';
import { argumentsOf, at, finetune, MODEL } from './tiny.ts';

const { numRuns: KILLS, seed } = runs(4, 20);
/** More than the kills leave it time for. */
const STEPS = 8 * KILLS;
const OPTIONS = ['--steps', `${STEPS}`, '--save-every', '1', '--eval-every', '10'];
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const ADAPTER = 'adapter/adapter_model.safetensors';
const METRICS = at('killed/metrics.jsonl');

const entries = (): string[] => (existsSync(at('killed')) ? readdirSync(at('killed')) : []);
const size = (file: string): number => (existsSync(file) ? statSync(file).size : 0);

/** Starts or resumes the run, and kills it some milliseconds after `when`; null where it ended before. */
async function killed(when: () => boolean, milliseconds: number): Promise<NodeJS.Signals | null> {
  const argv = argumentsOf('killed', ...OPTIONS, '--resume');
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...argv], { stdio: 'ignore' });
  const ended = new Promise<NodeJS.Signals | null>((done) => {
    child.once('exit', (_, signal) => done(signal));
  });
  while (child.exitCode === null && !when()) await sleep(1);
  await sleep(milliseconds);
  child.kill('SIGKILL');
  return ended;
}

const known = (m: Metric) => ('loss' in m ? [m.step, m.loss, m.norm] : [m.step, m.heldOut]);
const losses = async (run: string) => (await readMetrics(at(run))).map(known);

/** Every file but temporary ones is whole, and what a checkpoint knows of is there. */
async function undamaged(alone: readonly (readonly number[])[]): Promise<void> {
  for (const name of entries().filter((n) => !n.endsWith('.tmp'))) {
    const path = at(`killed/${name}`);
    switch (name) {
      case 'metrics.jsonl':
        break;
      case 'checkpoint.safetensors': {
        const { metrics, step } = await readCheckpoint(path);
        const lines = readFileSync(METRICS).subarray(0, metrics).toString().split('\n');
        expect(lines.pop()).toBe('');
        const before = lines.map((line) => known(JSON.parse(line)));
        expect(before).toEqual(alone.slice(0, before.length));
        expect(step).toBe(before.at(-1)![0]);
        break;
      }
      case 'adapter': {
        const model = await openModel(MODEL);
        await readTrained(path, model.config);
        await model.close();
        expect(readFileSync(at(`killed/${ADAPTER}`))).toEqual(readFileSync(at(`alone/${ADAPTER}`)));
        break;
      }
      case 'loss.svg':
        expect(readFileSync(path, 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
        break;
      default:
        throw new Error(`no run writes ${name}`);
    }
  }
}

it('loses nothing', { timeout: 1_200_000 }, async () => {
  const whole = await finetune('alone', ...OPTIONS);
  expect(whole.exit, whole.stderr).toBe(0);
  const alone = await losses('alone');
  const next = random(seed);
  const below = (n: number) => Math.floor(n * next());
  const starting = (k: number) => k % 5 === 3;
  for (let k = 0; k < KILLS; k++) {
    const most = size(METRICS) + 1 + below(500);
    const signal = starting(k)
      ? await killed(() => true, below(2000))
      : await killed(() => size(METRICS) >= most, below(20));
    expect(signal).toBe('SIGKILL');
    await undamaged(alone);
  }
  expect((await readCheckpoint(at('killed/checkpoint.safetensors'))).step).toBeGreaterThan(0);
  // A run that is whole writes its last files again where it is resumed: the adapter, then the chart.
  for (let k = 0; k < Math.ceil(KILLS / 4); k++) {
    const before = entries();
    await killed(() => entries().some((n) => n.startsWith('.adapter') && !before.includes(n)), below(30));
    await undamaged(alone);
  }
  const { exit, stderr } = await finetune('killed', ...OPTIONS, '--resume');
  expect(exit, stderr).toBe(0);
  expect(await losses('killed')).toEqual(alone);
  expect(readFileSync(at(`killed/${ADAPTER}`))).toEqual(readFileSync(at(`alone/${ADAPTER}`)));
  expect(readdirSync(at('killed')).sort()).toEqual(readdirSync(at('alone')).sort());
});
