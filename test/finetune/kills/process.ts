/** A command in a process of its own, that may be killed. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface End {
  /** null of a process that was killed. */
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

export interface Process {
  readonly ended: Promise<End>;
  /** SIGKILL that many milliseconds after `when`, asked every millisecond, unless it ends before. */
  killed(milliseconds: number, when?: () => boolean): Promise<End>;
}

/** Node with these arguments. */
export function started(...argv: readonly string[]): Process {
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<End>((done, failed) => {
    child.once('error', failed);
    child.once('close', (exit, signal) => done({ exit, signal, stderr }));
  });
  return {
    ended,
    killed: async (milliseconds, when = () => true) => {
      while (child.exitCode === null && !when()) await sleep(1);
      await Promise.race([ended, sleep(milliseconds, undefined, { ref: false })]);
      child.kill('SIGKILL');
      return ended;
    },
  };
}
