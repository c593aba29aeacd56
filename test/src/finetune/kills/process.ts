/** Starts commands as processes, and kills them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface End {
  /** The exit code, or null where a signal ended the process. */
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Process {
  readonly pid: number;
  readonly ended: Promise<End>;
  /** Sends a signal some milliseconds after `when` is true, unless the process ends before. */
  killed(milliseconds: number, when?: () => boolean, signal?: NodeJS.Signals): Promise<End>;
  /** Resolves once `when` is true. Rejects with the process's output where it ends before. */
  until(when: () => boolean): Promise<void>;
}

export const started = (...argv: readonly string[]): Process => watched(argv, process.env);

/** The built program, which starts twice as fast as its sources. */
const MAIN = fileURLToPath(new URL('../../../../dist/src/cli/main.js', import.meta.url));
const PAUSE = new URL('./pause.mjs', import.meta.url).href;

export const oftcStarted = (...argv: readonly string[]): Process => started(MAIN, ...argv);

export interface Pause {
  /** The name of a function of node:fs/promises. */
  readonly call: string;
  readonly path: RegExp;
}

/** Starts `oftc`, which stops for ever at the named call, and sends it a signal there. */
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
