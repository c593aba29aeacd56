/** Times `oftc check --watch` in the built command: from a save to the diagnostics on the terminal. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { interval, type Summary } from './statistics.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export interface WatchTime {
  /** The times of saves that compile and saves with a type error, in turn. */
  readonly saveToDiagnosticsMs: Summary;
  readonly limitMs: number;
}

export async function watchTime(runs = 20): Promise<WatchTime> {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-watch-'));
  const file = join(folder, 'oft.ts');
  const text = readFileSync(path('../examples/oft.ts'), 'utf8');
  writeFileSync(file, text);
  const child = spawn(process.execPath, [
    path('../dist/src/cli/main.js'),
    ...['check', file, '--watch', '--device', 'cpu', '--trials', '1', '--no-color'],
  ]);
  let output = '';
  let wake = () => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      wake();
    });
  }
  /** Resolves once the output from `from` on matches. */
  const seen = async (pattern: RegExp, from: number): Promise<void> => {
    while (!pattern.test(output.slice(from))) {
      await new Promise<void>((done, fail) => {
        const late = setTimeout(
          () => fail(new Error(`no ${pattern} within 30 s of a save; got:\n${output.slice(from)}`)),
          30_000,
        );
        wake = () => {
          clearTimeout(late);
          done();
        };
      });
    }
  };
  try {
    await seen(/watching/, 0);
    const times: number[] = [];
    for (let run = 0; run < runs; run++) {
      const broken = run % 2 === 1;
      const from = output.length;
      const start = performance.now();
      writeFileSync(file, broken ? text.replace('x.matmul(R', 'x.matmul(W') : `${text}\n// save ${run}\n`);
      await seen(broken ? /error TS|error OFT/ : /no diagnostics/, from);
      times.push(performance.now() - start);
      await seen(/watching/, from);
    }
    return { saveToDiagnosticsMs: interval(times), limitMs: 200 };
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}
