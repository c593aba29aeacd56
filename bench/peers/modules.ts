/**
 * Loads libraries that oftc does not depend on. They are installed here on demand, and typed where they are
 * used.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

/**
 * Installs the packages of the lock file, once. No package's script runs: onnxruntime-node's would fetch CUDA, and
 * its WebGPU provider is in the package already. Returns the reason if it fails.
 */
export function installPeers(): string | undefined {
  if (isCurrent()) return undefined;
  console.log('Installing what the benchmark compares with (bench/peers) …');
  const { status, stderr, error } = spawnSync(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: FOLDER, encoding: 'utf8', shell: process.platform === 'win32' },
  );
  if (status === 0) return undefined;
  const lines = stderr?.trim().split('\n') ?? [];
  return `npm ci in bench/peers: ${error?.message ?? lines.find((l) => /\bE[A-Z]+|Error:/.test(l)) ?? lines[0]}`;
}

/** Whether each package of package.json is installed in its version. */
function isCurrent(): boolean {
  const { dependencies } = JSON.parse(readFileSync(`${FOLDER}package.json`, 'utf8'));
  return Object.entries(dependencies).every(([name, version]) => installedVersion(name) === version);
}

export function installedVersion(name: string): string | undefined {
  const file = `${FOLDER}node_modules/${name}/package.json`;
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined;
}

/** Imports a package; T has the part of it that is used. Rejects if it is missing. */
export async function library<T>(name: string): Promise<T> {
  return (await import(name)) as T;
}
