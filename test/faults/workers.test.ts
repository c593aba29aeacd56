/**
 * Processes of PyTorch that die or are stopped: the run ends with a sentence, no process is left, and the checkpoint is whole. In
 * place of Python, `npm test` starts a small program that connects as a process does, and then gives no sign of life.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/finetune/loop/checkpoint.ts';
import { Processes, type Request } from '../../src/finetune/torch/processes.ts';
import { oftc } from '../src/cli/harness.ts';
import { argumentsOf, at } from '../src/finetune/tiny.ts';
import { PYTHON } from '../support/torch.ts';
import { ALL, Table } from './table.ts';

const table = new Table('workers');

/** A program that takes Python's place, and what it does once it is asked. */
function inPlaceOfPython(asked: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'oftc-fake-')), 'python');
  writeFileSync(
    path,
    `#!${process.execPath}
const { readFileSync } = require('node:fs');
const { port, key } = JSON.parse(readFileSync('job.json', 'utf8'));
const socket = require('node:net').connect(port, '127.0.0.1');
const send = (answer) => socket.write(JSON.stringify(answer) + '\\n');
send({ key, rank: 0, pid: process.pid });
send({ device: 'cpu', torch: 'none' });
socket.on('data', () => { ${asked} });
socket.on('close', () => process.exit(0));
`,
  );
  chmodSync(path, 0o755);
  return path;
}

const ASK: Request = { do: 'loss' };

/** Starts a program in a new folder. */
async function started(asked: string) {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-job-'));
  const { processes } = await Processes.start({
    ...{ python: inPlaceOfPython(asked), folder, library: folder, processes: 1, torchrun: false },
    ...{ job: {}, beat: 20 },
  });
  return { folder, processes };
}

/** Starts a program, asks it once, and returns the message of the error. */
async function askedOf(asked: string): Promise<string> {
  const { processes } = await started(asked);
  try {
    await processes.ask(() => ASK);
    return 'no error';
  } catch (error) {
    expect(error).toMatchObject({ code: 'OFT6015' });
    return (error as Error).message;
  } finally {
    await processes.dispose();
  }
}

describe.runIf(process.platform !== 'win32')('a process', () => {
  it('that is stopped is ended after the stated time, and the run says so', async () => {
    expect(await askedOf("process.kill(process.pid, 'SIGSTOP');")).toBe(
      'the process of PyTorch gave no sign of life for 0.48 seconds, so that it was ended. ' +
        'The files of the run are whole: go on from its checkpoint with --resume',
    );
    table.add(
      'a process of PyTorch is stopped',
      'its engine',
      'when it is asked',
      'OFT6015 within 24 beats; no process left',
    );
  });

  it('gets its key by a file that only this user can read', async () => {
    const { folder, processes } = await started('');
    expect(statSync(join(folder, 'job.json')).mode & 0o777).toBe(0o600);
    await processes.dispose();
  });

  it('that dies ends the run with a sentence', async () => {
    expect(await askedOf("process.kill(process.pid, 'SIGKILL');")).toMatch(
      /^the process of PyTorch was killed, or ran out of memory\. The files of the run are whole: go on/,
    );
    table.add('a process of PyTorch dies', 'its engine', 'when it is asked', 'OFT6015; no process left');
  });

  it('that computes for long gives signs of life meanwhile', async () => {
    const beats =
      'let n = 0; const timer = setInterval(() => { send({ beat: true }); if (++n > 60) { clearInterval(timer); send({ loss: 1 }); } }, 20);';
    expect(await askedOf(beats)).toBe('no error');
  });
});

/** The processes of PyTorch that a process started, with all below them. */
function processesBelow(parent: number): { readonly pid: number; readonly command: string }[] {
  const all = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((line) => line !== null)
    .map(([, pid, ppid, command]) => ({ pid: Number(pid), ppid: Number(ppid), command: command! }));
  const below = (of: number): typeof all =>
    all.filter((p) => p.ppid === of).flatMap((p) => [p, ...below(p.pid)]);
  return below(parent).filter(({ command }) => command.includes('oftc_torch.finetune'));
}

const runs = (pid: number): boolean => {
  try {
    // A process that has ended and is not yet waited for counts as ended.
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe.runIf(ALL && PYTHON && process.platform === 'linux')('a run of two processes', () => {
  it.each<[string, NodeJS.Signals, RegExp]>([
    ['dies', 'SIGKILL', /was killed, or ran out of memory/],
    ['is stopped', 'SIGSTOP', /gave no sign of life for 2 minutes, so that it was ended/],
  ])('of which one %s', async (what, signal, message) => {
    for (const rank of [0, 1]) {
      process.env.OFTC_PYTHON = PYTHON;
      process.env.OMP_NUM_THREADS = '1';
      const out = `worker-${what}-${rank}`;
      const options = ['--engine', 'torch', '--processes', '2', '--save-every', '1', '--steps', '100000'];
      const running = oftc(...argumentsOf(out, ...options, '--targets', 'q_proj'));
      const checkpoint = at(`${out}/checkpoint.safetensors`);
      while (!existsSync(checkpoint)) await sleep(50);
      const below = processesBelow(process.pid);
      const workers = below.filter(({ command }) => !command.includes('launch'));
      process.kill(workers.at(rank)!.pid, signal);
      const { exit, stdout } = await running;
      expect(exit, stdout).toBe(1);
      const { error } = JSON.parse(stdout);
      expect(error.code).toBe('OFT6015');
      expect(error.message).toMatch(message);
      while (below.some(({ pid }) => runs(pid))) await sleep(50);
      expect((await readCheckpoint(checkpoint)).step).toBeGreaterThanOrEqual(0);
      const outcome = 'OFT6015; no process left; the checkpoint is whole';
      table.add(
        `a process of PyTorch ${what}`,
        'finetune --engine torch --processes 2',
        'while it trains',
        outcome,
      );
    }
  });
});
