/**
 * A run of `oftc finetune` on a real model, killed again and again and resumed, against the same run left alone: the
 * same losses and adapter, bit for bit, and after every kill each file whole. A process is killed after a time drawn
 * evenly from nothing to `--life` times what a whole run takes, its start and its last files included; a run that
 * comes to its end is compared, and the next begins, until all kills are done.
 *
 *   npm run test:kills -- [--kills n] [--life part] [--seed n] [--out folder] -- <options of oftc finetune but --out>
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { random } from '../support.ts';
import { same, stepOf, undamaged } from './folder.ts';
import { type End, started } from './process.ts';

const MAIN = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url));

const { values: options, positionals: given } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '20' },
    life: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
  },
});
const model = given[given.indexOf('--model') + 1];
if (!given.includes('--model') || model === undefined || given.includes('--out'))
  throw new Error('give the options of oftc finetune after --, with --model and without --out');

const folder = options.out ?? mkdtempSync(join(tmpdir(), 'oftc-kills-'));
const next = random(Number(options.seed));
const finetune = (out: string, ...more: string[]) =>
  started(MAIN, 'finetune', ...given, '--out', out, ...more);
const well = ({ exit, stderr }: End) => assert.equal(exit, 0, stderr);
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

const alone = join(folder, 'alone');
const begin = performance.now();
well(await finetune(alone).ended);
const whole = performance.now() - begin;
const steps = stepOf(alone);
console.log(`left alone: ${steps} steps in ${seconds(whole)}; ${folder}`);

let kills = 0;
for (let n = 1; kills < Number(options.kills); n++) {
  const run = join(folder, `run-${n}`);
  const before = kills;
  for (let ended = false; !ended; ) {
    const life = next() * Number(options.life) * whole;
    const process = finetune(run, '--resume');
    const end = await (kills < Number(options.kills) ? process.killed(life) : process.ended);
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
if (options.out === undefined) rmSync(folder, { recursive: true });
