/**
 * A run that is killed at random moments and resumed has the losses of an undisturbed run, and no kill damages a
 * file. Kills come while it starts, while it trains, and while it writes its last files: four at `npm test`, twenty
 * nightly.
 */
import { existsSync, rmSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runs } from '../../support/runs.ts';
import { entries, same, undamaged } from './kills/folder.ts';
import { oftcStarted } from './kills/process.ts';
import { random } from './support.ts';
import { argumentsOf, at, finetune, MODEL } from './tiny.ts';

const { numRuns: KILLS, seed } = runs(4, 20);
/** The steps of the run: mostly more than it takes before the last kill. */
const STEPS = 8 * KILLS;
const OPTIONS = ['--steps', `${STEPS}`, '--save-every', '1', '--eval-every', '10', '--targets', 'q_proj'];
const METRICS = at('killed/metrics.jsonl');

const size = (file: string): number => (existsSync(file) ? statSync(file).size : 0);

/** Starts or resumes the run, and kills it some milliseconds after `when` holds, unless it ends before. */
const killed = (when: () => boolean, milliseconds: number) =>
  oftcStarted(...argumentsOf('killed', ...OPTIONS, '--resume')).killed(milliseconds, when);

const whole = () => undamaged(at('killed'), at('alone'), MODEL);

it('a run that is killed and resumed loses nothing', async () => {
  const alone = await finetune('alone', ...OPTIONS);
  expect(alone.exit, alone.stderr).toBe(0);
  const next = random(seed);
  const below = (n: number) => Math.floor(n * next());
  const starting = (k: number) => k % 5 === 3;
  let taken = 0;
  for (let k = 0; k < KILLS; ) {
    const most = size(METRICS) + 1 + below(500);
    const { exit, signal, stderr } = starting(k)
      ? await killed(() => true, below(2000))
      : await killed(() => size(METRICS) >= most, below(20));
    if (signal === null) {
      // The run ended before the kill. A new run begins.
      expect(exit, stderr).toBe(0);
      await same(at('killed'), at('alone'));
      rmSync(at('killed'), { recursive: true });
      continue;
    }
    expect(signal).toBe('SIGKILL');
    taken = Math.max(taken, (await whole()) ?? 0);
    k++;
  }
  expect(taken).toBeGreaterThan(0);
  // A finished run that is resumed writes its last files again: the adapter, then the chart.
  for (let k = 0; k < Math.ceil(KILLS / 4); k++) {
    const before = entries(at('killed'));
    const writes = () => entries(at('killed')).some((n) => n.startsWith('.adapter') && !before.includes(n));
    await killed(writes, below(30));
    await whole();
  }
  const { exit, stderr } = await finetune('killed', ...OPTIONS, '--resume');
  expect(exit, stderr).toBe(0);
  await same(at('killed'), at('alone'));
});
