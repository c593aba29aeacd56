import { spawn } from 'node:child_process';
import { childCode } from '../support/child-code.ts';

export interface ChildResult {
  /** The exit code; null where a signal ended the process, because it crashed or used too much processor time. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The seconds of processor time after which the system kills a child, many times what it needs. Waiting for Dawn
 * takes processor time, so a child that never ends is killed too. A busy machine changes nothing.
 */
const MOST_SECONDS = 300;
const POSIX = process.platform !== 'win32';

/**
 * Runs test/runtime/children/<name>.ts in a Node process of its own, so that a lost device or a crash stays there.
 */
export async function runChild(
  name: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<ChildResult> {
  const script = await childCode(new URL(`./children/${name}.ts`, import.meta.url));
  const node = [process.execPath, '--expose-gc', script, ...args];
  const [command, ...argv] = POSIX
    ? ['sh', '-c', `ulimit -t ${MOST_SECONDS}; exec "$@"`, 'sh', ...node]
    : node;
  const child = spawn(command!, argv, { env: { ...process.env, NODE_OPTIONS: '', ...env } });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text: Buffer) => {
    stdout += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
