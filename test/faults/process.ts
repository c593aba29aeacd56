/** Starts `oftc` as a process that meets its fault at a known operation. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface End {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built program, which starts twice as fast as its sources. */
const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const AT = new URL('./at-operation.mjs', import.meta.url).href;

/** Runs `oftc` to its end. It sends itself the signal at its n-th operation within the folder that changes the disk. */
export function ended(
  argv: readonly string[],
  at: { readonly signal: NodeJS.Signals; readonly n: number; readonly within: string },
): Promise<End> {
  const env = { ...process.env, OFTC_AT: JSON.stringify(at) };
  const child = spawn(process.execPath, ['--import', AT, MAIN, ...argv], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (exit, signal) => done({ exit, signal, stdout, stderr }));
  });
}
