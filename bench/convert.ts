/**
 * `npx tsx bench/convert.ts --model folder --data text.txt [--ranks 8,16,32,64,128] [--steps n] [--runs folder]`: trains
 * OFT with blocks of 32 on the first nine tenths of a text with `oftc finetune`, converts it at each rank with
 * `oftc convert`, and measures both on the last tenth. It writes bench/results/convert.json; docs/convert.md says how
 * to read it.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { main } from '../src/cli/cli.ts';
import { openDevice } from '../src/session/backends/gpu.ts';
import { machineOf, ownVersions } from './report.ts';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string' },
    data: { type: 'string' },
    ranks: { type: 'string', default: '8,16,32,64,128' },
    block: { type: 'string', default: '32' },
    steps: { type: 'string', default: '200' },
    runs: { type: 'string', default: mkdtempSync(join(tmpdir(), 'oftc-convert-')) },
    out: { type: 'string', default: fileURLToPath(new URL('./results', import.meta.url)) },
  },
});
const { model, data, runs, steps, block } = options;
if (model === undefined || data === undefined) {
  console.error('usage: npx tsx bench/convert.ts --model folder --data text.txt [--ranks 8,16] [--steps n]');
  process.exit(2);
}

/** Runs a command of oftc in this process. Returns the object that it prints. */
async function oftc<T>(...argv: string[]): Promise<T> {
  let stdout = '';
  const exit = await main([...argv, '--model', model!, '--json'], {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: () => {} },
  });
  if (exit !== 0) throw new Error(stdout);
  return JSON.parse(stdout) as T;
}

const at = (name: string): string => join(runs, name);
mkdirSync(runs, { recursive: true });
const text = readFileSync(data, 'utf8');
const cut = text.lastIndexOf('\n', Math.floor(text.length * 0.9)) + 1;
const [train, heldOut] = [at('train.txt'), at('held-out.txt')];
writeFileSync(train, text.slice(0, cut));
writeFileSync(heldOut, text.slice(cut));

async function trained(name: string, adapter: string, set: string): Promise<string> {
  rmSync(at(name), { recursive: true, force: true });
  await oftc(
    ...['finetune', '--adapter', adapter, '--set', set, '--targets', 'all-linear'],
    ...['--data', train, '--steps', steps, '--out', at(name)],
  );
  return join(at(name), 'adapter');
}

interface Converted {
  readonly bytes: number;
  readonly error: number;
}

const lossOf = async (...argv: string[]): Promise<number> =>
  (await oftc<{ loss: number }>('eval', '--data', heldOut, ...argv)).loss;

const oft = await trained('oft', 'oft', `b=${block}`);
const [base, adapter] = [await lossOf(), await lossOf('--adapter', oft)];
console.log(JSON.stringify({ base, oft: adapter }));
const rows = [];
for (const rank of options.ranks.split(',')) {
  const out = at(`rank-${rank}`);
  rmSync(out, { recursive: true, force: true });
  const made = await oftc<Converted>(
    'convert',
    '--to',
    'lora',
    '--adapter',
    oft,
    '--rank',
    rank,
    '--out',
    out,
  );
  rows.push({
    rank: Number(rank),
    bytes: made.bytes,
    left: made.error,
    loss: await lossOf('--adapter', out),
  });
  console.log(JSON.stringify(rows.at(-1)));
}
const device = await openDevice();
const report = {
  date: new Date().toISOString(),
  machine: machineOf(device),
  versions: ownVersions(),
  settings: { model: basename(model), data: basename(data), block: Number(block), steps: Number(steps) },
  base,
  oft: adapter,
  rows,
};
device.destroy();
writeFileSync(join(options.out, 'convert.json'), `${JSON.stringify(report, null, 2)}\n`);
