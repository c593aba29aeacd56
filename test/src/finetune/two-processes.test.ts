/** Locks: two processes never write the same run or merged model, and a process that has ended blocks nobody. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lockBeside, locked, lockWithin } from '../../../src/formats/lock.ts';
import { type Outcome, oftc } from '../cli/harness.ts';
import { oftcStarted, type Process } from './kills/process.ts';
import { argumentsOf, at, finetune, MODEL } from './tiny.ts';

const RUN = at('run');
/** The options of a run with more steps than it takes before the test ends. */
const OPTIONS = ['--steps', '100000', '--save-every', '1', '--targets', 'q_proj'];

describe('a run that another process writes', () => {
  let first: Process;
  beforeAll(async () => {
    first = oftcStarted(...argumentsOf('run', ...OPTIONS));
    await first.until(() => existsSync(join(RUN, 'checkpoint.safetensors')));
    asleep(true);
  });
  afterAll(() => first.killed(0));

  /** Suspends or wakes the first process. Suspended, it keeps its lock and uses no processor. */
  const asleep = (yes: boolean) =>
    process.platform !== 'win32' && process.kill(first.pid, yes ? 'SIGSTOP' : 'SIGCONT');

  it.each([['run'], ['alias'], ['alias', '--resume'], ['run', '--resume']])(
    'is refused by a message that names the process, as %s %s',
    async (run, ...more) => {
      if (!existsSync(at('alias'))) symlinkSync(RUN, at('alias'));
      const { exit, stdout } = await finetune(run!, ...OPTIONS, ...more);
      expect(exit).toBe(1);
      // Without --resume, the refusal is that a run exists already.
      const { code, message } = JSON.parse(stdout).error;
      if (more.length === 0) expect(code).toBe('OFT6005');
      else {
        expect(code).toBe('OFT6012');
        expect(message).toMatch(
          new RegExp(
            `is being written by process ${first.pid}, since .*Z: wait until it ends, end it \\(kill ${first.pid}\\), or name`,
          ),
        );
      }
      expect(existsSync(join(RUN, '.oftc.lock'))).toBe(true);
    },
  );

  it('may be copied, and the copy goes on', async () => {
    asleep(false);
    const metrics = readFileSync(join(RUN, 'metrics.jsonl')).length;
    await first.until(() => readFileSync(join(RUN, 'metrics.jsonl')).length > metrics);
    cpSync(RUN, at('copy'), { recursive: true, filter: (path) => !path.endsWith('.tmp') });
    asleep(true);
    expect(existsSync(at('copy/.oftc.lock'))).toBe(true);
    // The copied metrics may go further than the copied checkpoint. The copy is killed once it has taken a step.
    const second = oftcStarted(...argumentsOf('copy', ...OPTIONS, '--resume'));
    const before = readFileSync(at('copy/metrics.jsonl')).length;
    await second.until(() => readFileSync(at('copy/metrics.jsonl')).length > before);
    const { stderr } = await second.killed(0);
    expect(stderr).toMatch(/going on after step \d+/);
  });

  it('goes on once that process was killed', async () => {
    expect((await first.killed(0)).signal).toBe('SIGKILL');
    expect(existsSync(join(RUN, '.oftc.lock'))).toBe(true);
    const second = oftcStarted(...argumentsOf('run', ...OPTIONS, '--resume'));
    const step = () => readFileSync(join(RUN, 'metrics.jsonl')).length;
    const before = step();
    await second.until(() => step() > before);
    await second.killed(0, undefined, 'SIGTERM');
    expect(readdirSync(RUN).sort()).toEqual(['checkpoint.safetensors', 'metrics.jsonl', 'run.json']);
  });
});

it('of several runs that start at once in a new folder, one trains', async () => {
  const all = Array.from({ length: 3 }, () => oftcStarted(...argumentsOf('new/run', '--targets', 'q_proj')));
  const ends = await Promise.all(all.map((p) => p.ended));
  const codes = ends.map(({ exit, stdout }) => (exit === 0 ? 'done' : JSON.parse(stdout).error.code));
  expect(codes.filter((code) => code === 'done')).toHaveLength(1);
  for (const code of codes) expect(code).toMatch(/^(done|OFT6012|OFT6005)$/);
  expect(readdirSync(at('new/run')).sort()).toEqual([
    'adapter',
    'checkpoint.safetensors',
    'loss.svg',
    'metrics.jsonl',
    'run.json',
  ]);
});

it('a lock file blocks nothing where the running process that it names does not hold the lock', async () => {
  mkdirSync(at('named'));
  writeFileSync(at('named/.oftc.lock'), `{"pid":${process.pid},"host":"here","since":"now"}\n`);
  const { exit, stderr } = await finetune('named', '--steps', '1', '--targets', 'q_proj');
  expect(exit, stderr).toBe(0);
  expect(existsSync(at('named/.oftc.lock'))).toBe(false);
});

describe('a merged model', () => {
  const writing = (command: string, out: string) => [
    ...[command, '--model', MODEL, '--adapter', at('named/adapter'), '--out', at(out)],
    ...['--device', 'cpu', '--json', ...(command === 'convert' ? ['--to', 'lora', '--rank', '4'] : [])],
  ];
  const merge = (out: string) => writing('merge', out);

  it('is written by one of two processes that start at once', async () => {
    mkdirSync(at('models'));
    const all = Array.from({ length: 2 }, () => oftcStarted(...merge('models/merged')));
    const ends = await Promise.all(all.map((p) => p.ended));
    const codes = ends.map(({ exit, stdout }) => (exit === 0 ? 'done' : JSON.parse(stdout).error.code));
    expect(codes.filter((code) => code === 'done')).toHaveLength(1);
    expect(codes.filter((code) => /^OFT(6012|6005)$/.test(code))).toHaveLength(1);
    expect(readdirSync(at('models'))).toEqual(['merged']);
  });

  it('and a run never share a folder, whichever comes first', async () => {
    const out = at('models/mixed');
    const [train, silent] = [() => finetune('models/mixed', '--steps', '1'), { warn: expect.fail }];
    const codeOf = ({ exit, stdout }: Outcome) => (exit === 0 ? 'done' : JSON.parse(stdout).error.code);
    // These are the locks that the commands hold while they write.
    const beside = await locked(lockBeside(out), 'a model', silent, train);
    expect(codeOf(beside)).toBe('OFT6012');
    expect(existsSync(out)).toBe(false);
    const within = await locked(lockWithin(out), 'a run', silent, () => oftc(...merge('models/mixed')));
    expect(codeOf(within)).toBe('OFT6005');
    // Where both start at one moment, both may be refused.
    const both = await Promise.all([oftc(...merge('models/mixed')), train()]);
    const codes = both.map(codeOf);
    expect(codes.filter((code) => code === 'done').length, codes.join()).toBeLessThan(2);
    for (const code of codes) expect(code).toMatch(/^(done|OFT6012|OFT6005)$/);
    expect(existsSync(join(out, 'config.json'))).toBe(codes[0] === 'done');
    expect(existsSync(join(out, 'run.json'))).toBe(codes[1] === 'done');
    rmSync(at('models'), { recursive: true, force: true });
  });

  it.each(['merge', 'convert'])(
    'by %s is refused while another one is being written there',
    async (command) => {
      const write = writing(command, 'models/both');
      const both = await Promise.all([oftc(...write), oftc(...write)]);
      expect(both.map(({ exit }) => exit).sort(), both.map((b) => b.stdout).join()).toEqual([0, 1]);
      const { error } = JSON.parse(both.find(({ exit }) => exit === 1)!.stdout);
      expect(error).toMatchObject({
        code: 'OFT6012',
        message: expect.stringContaining(`process ${process.pid}`),
      });
      rmSync(at('models'), { recursive: true });
    },
  );
});
