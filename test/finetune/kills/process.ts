/** A command in a process of its own, that may be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface End {
  /** null of a process that was killed. */
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Process {
  readonly pid: number;
  readonly ended: Promise<End>;
  /** Sends a signal that many milliseconds after `when`, asked every millisecond, unless the process ends before. */
  killed(milliseconds: number, when?: () => boolean, signal?: NodeJS.Signals): Promise<End>;
  /** Resolves when `when`, asked every few milliseconds, is true. Rejects with what the process said where it ends before. */
  until(when: () => boolean): Promise<void>;
}

/** Node with these arguments. */
export const started = (...argv: readonly string[]): Process => watched(argv, process.env);

/** The built program, which starts in half the time of its sources. */
const MAIN = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url));
const PAUSE = new URL('./pause.mjs', import.meta.url).href;

/** `oftc` with these arguments. */
export const oftcStarted = (...argv: readonly string[]): Process => started(MAIN, ...argv);

export interface Pause {
  /** A function of node:fs/promises. */
  readonly call: string;
  readonly path: RegExp;
}

/** Starts `oftc`, and sends a signal when it comes to a call that it then never leaves. */
export async function killedAt(
  { call, path }: Pause,
  signal: NodeJS.Signals,
  ...argv: readonly string[]
): Promise<End> {
  const env = { ...process.env, OFTC_PAUSE: call, OFTC_PAUSE_AT: path.source };
  let said = '';
  const child = watched(['--import', PAUSE, MAIN, ...argv], env, (text) => {
    said += text;
  });
  await child.until(() => said.includes('paused\n'));
  return child.killed(0, () => true, signal);
}

function watched(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  heard: (text: string) => void = () => {},
): Process {
  const child: ChildProcess = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let [stdout, stderr] = ['', ''];
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    heard(text);
  });
  const running = () => child.exitCode === null && child.signalCode === null;
  const ended = new Promise<End>((done, failed) => {
    child.once('error', failed);
    child.once('close', (exit, signal) => done({ exit, signal, stdout, stderr }));
  });
  return {
    pid: child.pid!,
    ended,
    killed: async (milliseconds, when = () => true, signal = 'SIGKILL') => {
      while (running() && !when()) await sleep(1);
      await Promise.race([ended, sleep(milliseconds, undefined, { ref: false })]);
      child.kill(signal);
      return ended;
    },
    until: async (when) => {
      while (!when()) {
        if (!running()) throw new Error(`the process ended: ${stdout}${stderr}`);
        await sleep(5);
      }
    },
  };
}
