/** Times `oftc build` as a user runs it: a new process, from its start to its exit. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { interval, type Summary } from './statistics.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const CLI = at('../dist/src/cli/main.js');

export interface ColdBuild {
  readonly ms: Summary;
  readonly limitMs: number;
}

/** Times building examples/oft.ts with gradients; the operating system's file cache is warm after the first run. */
export function coldBuild(runs = 9): ColdBuild {
  if (!existsSync(CLI)) throw new Error(`${CLI} is missing: npm run build`);
  const folder = mkdtempSync(join(tmpdir(), 'oftc-bench-'));
  const argv = [CLI, 'build', at('../examples/oft.ts'), '--dims', 'in=1024,out=1024,b=32', '-o', folder];
  const times = Array.from({ length: runs + 1 }, () => {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`oftc build: exit ${status}\n${stderr}`);
    return performance.now() - start;
  });
  rmSync(folder, { recursive: true });
  return { ms: interval(times.slice(1)), limitMs: 2500 };
}
