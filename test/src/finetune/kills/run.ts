/**
 * Kills a run of `oftc finetune` on a real model again and again, resumes it, and compares it with the same run left
 * undisturbed. Losses and adapter are equal bit for bit, and each file is whole after every kill. A kill comes after
 * a random time, up to `--life` times what a whole run takes. A run that ends is compared, and the next one begins,
 * until all kills are done.
 *
 *   npm run test:kills -- [--kills n] [--life part] [--moments seed] [--out folder] <options of oftc finetune>
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { random } from '../support.ts';
import { same, stepOf, undamaged } from './folder.ts';
import { type End, started } from './process.ts';

const MAIN = fileURLToPath(new URL('../../../../dist/src/cli/main.js', import.meta.url));

const given = process.argv.slice(2);
/** Takes an option of this program out of the given ones, and returns its value. */
function own(name: string): string | undefined {
  const at = given.indexOf(`--${name}`);
  return at < 0 ? undefined : given.splice(at, 2)[1];
}
const number = (name: string, otherwise: number): number => Number(own(name) ?? otherwise);
const most = number('kills', 20);
const part = number('life', 1);
const seed = number('moments', 1);
const out = own('out');
const model = given[given.indexOf('--model') + 1];
if (!(most > 0 && part > 0 && Number.isInteger(seed)) || !given.includes('--model') || model === undefined)
  throw new Error(
    'give --kills and --life above 0, a whole number for --moments, and the options of finetune',
  );

const folder = out ?? mkdtempSync(join(tmpdir(), 'oftc-kills-'));
const next = random(seed);
const finetune = (run: string, ...more: string[]) =>
  started(MAIN, 'finetune', ...given, '--out', run, ...more);
const well = ({ exit, stderr }: End) => assert.equal(exit, 0, stderr);
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

const alone = join(folder, 'alone');
const begin = performance.now();
well(await finetune(alone).ended);
const whole = performance.now() - begin;
const steps = stepOf(alone);
console.log(`left alone: ${steps} steps in ${seconds(whole)}; ${folder}`);

let kills = 0;
for (let n = 1; kills < most; n++) {
  const run = join(folder, `run-${n}`);
  const before = kills;
  for (let ended = false; !ended; ) {
    const life = next() * part * whole;
    const process = finetune(run, '--resume');
    const end = await (kills < most ? process.killed(life) : process.ended);
    ended = end.signal === null;
    if (ended) well(end);
    else {
      const taken = await undamaged(run, alone, model);
      const at = taken === undefined ? 'no checkpoint yet' : `checkpoint of step ${taken}`;
      console.log(
        `kill ${++kills}: run ${n} after ${seconds(life)}, at step ${stepOf(run)}, ${at}; every file whole`,
      );
    }
  }
  await same(run, alone);
  console.log(
    `run ${n}: ${steps} steps after ${kills - before} kills: the losses and files of the one left alone`,
  );
}
if (out === undefined) rmSync(folder, { recursive: true });
