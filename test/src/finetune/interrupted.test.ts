/** A signal ends a command while it writes: no half-written file stays, and no file of others is removed. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { oftc } from '../cli/harness.ts';
import { killedAt, type Pause } from './kills/process.ts';
import { argumentsOf, at, finetune, MODEL } from './tiny.ts';

/** The folder for merged models. Nothing else is written there, so tests can list everything in it. */
const HERE = at('here');
const OUT = join(HERE, 'merged');
const ARGUMENTS = [
  ...['merge', '--model', MODEL, '--adapter', at('run/adapter'), '--out', OUT],
  ...['--device', 'cpu', '--json'],
];
const here = () => readdirSync(HERE).sort();

beforeAll(async () => {
  const { exit, stderr } = await finetune('run', '--steps', '1', '--targets', 'q_proj');
  expect(exit, stderr).toBe(0);
});
beforeEach(() => {
  rmSync(HERE, { recursive: true, force: true });
  mkdirSync(HERE);
});

const MOMENTS: readonly (readonly [string, Pause])[] = [
  ['before its weights', { call: 'open', path: /model\.safetensors-new-/ }],
  ['when its weights are written', { call: 'rename', path: /model\.safetensors-new-/ }],
  ['before its tokenizer', { call: 'writeFile', path: /merged-new-.*tokenizer\.json$/ }],
  ['when all is written', { call: 'open', path: /merged-new-.*\/tokenizer\.json$/ }],
  ['when it removes the folder that was there', { call: 'rm', path: /merged-old-/ }],
];
/** The files that a merge leaves: the model, where the merge had already put it in place. */
const left = (pause: Pause) => (pause.call === 'rm' ? ['merged'] : []);

describe.each(MOMENTS)('a merge that is ended %s', (_, pause) => {
  const needsFolder = pause.call === 'rm';
  const prepare = () => needsFolder && mkdirSync(OUT);

  it('by SIGTERM leaves nothing', async () => {
    prepare();
    const end = await killedAt(pause, 'SIGTERM', ...ARGUMENTS);
    expect(end.signal).toBe('SIGTERM');
    expect(here()).toEqual(left(pause));
  });

  it('by SIGKILL leaves what the next merge to the same place removes, and nothing else', async () => {
    prepare();
    await killedAt(pause, 'SIGKILL', ...ARGUMENTS);
    expect(here().length).toBeGreaterThan(left(pause).length);
    const others = [
      '.anything.tmp',
      '.merged-new-1.tmp',
      '.merged.tmp',
      '.other-new-6f1c2b1e-54a5-4c61-9d2c-0b6a2e6f1a11.tmp',
    ];
    for (const name of others) {
      mkdirSync(join(HERE, name));
      writeFileSync(join(HERE, name, 'thesis.tex'), 'a thesis');
    }
    const { exit, stdout } = await oftc(...ARGUMENTS);
    if (needsFolder) expect(JSON.parse(stdout).error).toMatchObject({ code: 'OFT6005' });
    else expect(exit, stdout).toBe(0);
    expect(here()).toEqual([...others, 'merged'].sort());
    expect(existsSync(join(OUT, 'model.safetensors'))).toBe(true);
    for (const name of others) expect(readFileSync(join(HERE, name, 'thesis.tex'), 'utf8')).toBe('a thesis');
  });
});

it.each(['SIGINT', 'SIGHUP'] as const)('a merge that %s ends leaves nothing', async (signal) => {
  const end = await killedAt(MOMENTS[1]![1], signal, ...ARGUMENTS);
  expect(end.signal).toBe(signal);
  expect(here()).toEqual([]);
});

describe('a run that a signal ends', () => {
  const RUN = at('ended');
  it.each([
    ['before its first metrics', { call: 'rename', path: /metrics\.jsonl-new-/ }, ['run.json']],
    [
      'at its first checkpoint',
      { call: 'rename', path: /checkpoint\.safetensors-new-/ },
      ['metrics.jsonl', 'run.json'],
    ],
    [
      'at its adapter',
      { call: 'rename', path: /adapter_model\.safetensors-new-/ },
      ['checkpoint.safetensors', 'metrics.jsonl', 'run.json'],
    ],
  ] as const)('%s leaves whole files alone', async (_, pause, files) => {
    rmSync(RUN, { recursive: true, force: true });
    const end = await killedAt(
      pause,
      'SIGTERM',
      ...argumentsOf('ended', '--steps', '1', '--targets', 'q_proj'),
    );
    expect(end.signal).toBe('SIGTERM');
    expect(existsSync(RUN) ? readdirSync(RUN).sort() : []).toEqual(files);
  });
});
