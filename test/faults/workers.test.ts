/**
 * Processes of PyTorch that die or are stopped: the run ends with a sentence, no process is left, and the checkpoint is whole. In
 * place of Python, `npm test` starts a small program that connects as a process does, and then gives no sign of life.
 */
import { execFileSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readCheckpoint } from '../../src/finetune/loop/checkpoint.ts';
import { Processes, type Request } from '../../src/finetune/torch/processes.ts';
import { type Outcome, oftc } from '../src/cli/harness.ts';
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
/** The milliseconds of a beat, and the number of beats that may be missing. Tests count beats, and wait for none. */
const [BEAT, MISSED] = [5000, 24];

/** Starts a program in a new folder, with beats that come as the test says. */
async function started(asked: string) {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const folder = mkdtempSync(join(tmpdir(), 'oftc-job-'));
  const { processes } = await Processes.start({
    ...{ python: inPlaceOfPython(asked), folder, library: folder, processes: 1, torchrun: false, job: {} },
  });
  return { folder, processes };
}
afterEach(() => vi.useRealTimers());

const beats = (n: number) => vi.advanceTimersByTime(n * BEAT);

/** Starts a program, asks it once, and returns the message of the error. */
async function askedOf(asked: string, meanwhile: () => unknown = () => {}): Promise<string> {
  const { processes } = await started(asked);
  try {
    await Promise.all([processes.ask(() => ASK), meanwhile()]);
    return 'no error';
  } catch (error) {
    expect(error).toMatchObject({ code: 'OFT6015' });
    return (error as Error).message;
  } finally {
    await processes.dispose();
  }
}

const HANGS =
  'the process of PyTorch gave no sign of life for 2 minutes, so that it was ended. ' +
  'The files of the run are whole: go on from its checkpoint with --resume';

/** The sockets of connections to servers of this process, from the call on. */
function connections(): { readonly sockets: readonly Socket[]; close(): void } {
  const sockets: Socket[] = [];
  const listen = (message: unknown) => void sockets.push((message as { readonly socket: Socket }).socket);
  subscribe('net.server.socket', listen);
  return { sockets, close: () => void unsubscribe('net.server.socket', listen) };
}

describe.runIf(process.platform !== 'win32')('a process', () => {
  it('that is stopped is ended after the stated time, and the run says so', async () => {
    expect(await askedOf("process.kill(process.pid, 'SIGSTOP');", () => beats(MISSED + 1))).toBe(HANGS);
    table.add(
      'a process of PyTorch is stopped',
      'its engine',
      'when it is asked',
      'OFT6015 after 24 beats without a sign of life; no process left',
    );
  });

  it('gets its key by a file that only this user can read, and nobody connects without it', async () => {
    const { folder, processes } = await started('');
    expect(statSync(join(folder, 'job.json')).mode & 0o777).toBe(0o600);
    const { port } = JSON.parse(readFileSync(join(folder, 'job.json'), 'utf8'));
    const stranger = connect(port, '127.0.0.1');
    stranger.write(`${JSON.stringify({ key: 'another', rank: 0, pid: process.pid })}\n`);
    await once(stranger, 'close');
    expect(stranger.bytesRead).toBe(0);
    await processes.dispose();
  });

  it('that dies ends the run with a sentence', async () => {
    expect(await askedOf("process.kill(process.pid, 'SIGKILL');")).toMatch(
      /^the process of PyTorch was killed, or ran out of memory\. The files of the run are whole: go on/,
    );
    table.add('a process of PyTorch dies', 'its engine', 'when it is asked', 'OFT6015; no process left');
  });

  it('that computes for long gives signs of life meanwhile, of which each counts', async () => {
    const { sockets, close } = connections();
    // It gives a sign whenever the test has written to its socket, and answers the fourth time.
    const asked = `if (++process.asked > 4) send({ loss: 1 }); else send({ beat: true });`;
    const meanwhile = async () => {
      for (let sign = 0; sign < 4; sign++) {
        if (sign > 0) sockets[0]!.write('{}\n');
        await once(sockets[0]!, 'data');
        beats(MISSED);
      }
      sockets[0]!.write('{}\n');
    };
    expect(await askedOf(`process.asked ??= 0; ${asked}`, meanwhile)).toBe('no error');
    close();
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

/** Waits until there is something, while a command runs that is to make it. */
async function until<T>(found: () => T | undefined, running: Promise<Outcome>): Promise<T> {
  let ended: Outcome | undefined;
  void running.then((outcome) => {
    ended = outcome;
  });
  for (;;) {
    const it = found();
    if (it !== undefined) return it;
    if (ended) throw new Error(`the command has ended: ${ended.stdout}${ended.stderr}`);
    await sleep(50);
  }
}

/**
 * The processes that still run once as many others have started and ended one after the other, which takes a busy machine
 * as long as it takes for ended processes to go.
 */
function leftOf(processes: readonly { readonly pid: number }[]): readonly { readonly pid: number }[] {
  let left = processes;
  for (let n = 0; n < 100 && left.length > 0; n++) {
    execFileSync(process.execPath, ['-e', '']);
    left = left.filter(({ pid }) => runs(pid));
  }
  return left;
}

describe.runIf(ALL && PYTHON && process.platform === 'linux')('a run of two processes', () => {
  it.each<[string, NodeJS.Signals, RegExp]>([
    ['dies', 'SIGKILL', /was killed, or ran out of memory/],
    ['is stopped', 'SIGSTOP', /gave no sign of life for 2 minutes, so that it was ended/],
  ])('of which one %s', async (what, signal, message) => {
    for (const rank of [0, 1]) {
      process.env.OFTC_PYTHON = PYTHON;
      process.env.OMP_NUM_THREADS = '1';
      const out = `worker-${what.replaceAll(' ', '-')}-${rank}`;
      const options = ['--engine', 'torch', '--processes', '2', '--save-every', '1', '--steps', '5000'];
      const running = oftc(...argumentsOf(out, ...options, '--targets', 'q_proj'));
      const checkpoint = at(`${out}/checkpoint.safetensors`);
      await until(() => existsSync(checkpoint) || undefined, running);
      const below = processesBelow(process.pid);
      const workers = below.filter(({ command }) => !command.includes('launch'));
      expect(workers).toHaveLength(2);
      process.kill(workers.at(rank)!.pid, signal);
      const { exit, stdout } = await running;
      expect(exit, stdout).toBe(1);
      const { error } = JSON.parse(stdout);
      expect(error.code).toBe('OFT6015');
      expect(error.message).toMatch(message);
      expect(leftOf(below)).toEqual([]);
      // A run writes a checkpoint before its first step too.
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
