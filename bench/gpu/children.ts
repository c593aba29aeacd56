/** Runs parts of the report in processes of their own, so that a driver that crashes ends one row and not the report. */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { METHOD_NAMES, sizesFor } from './cases.ts';
import type { Answer, Request } from './rows.ts';
import type { FailedRow, GpuReport, PlanRow, TableReport } from './type.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const ROOT = at('../../');

/** The milliseconds that a table, or a row, may take. */
const PATIENCE = { table: 3_600_000, row: 600_000 } as const;
/** The last characters of an error that a report keeps. */
const KEPT = 2000;

/** A text without the paths of this machine, because reports are sent to others. */
export const withoutPaths = (text: string, root = ROOT, home = homedir()): string =>
  text.replaceAll(`file://${root}`, '').replaceAll(root, '').replaceAll(home, '~');

/** The end of a process: undefined where it ended well. */
const ended = (child: ChildProcess, patience: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const late = setTimeout(() => child.kill('SIGKILL'), patience);
    child.once('exit', (code, signal) => {
      clearTimeout(late);
      if (code === 0) resolve(undefined);
      else resolve(signal === 'SIGKILL' ? 'it took too long' : `its process ended (${signal ?? code})`);
    });
  });

/** The output of a process so far, which is shown on the terminal, too. */
function outputOf(child: ChildProcess): { out: string; errors: string } {
  const kept = { out: '', errors: '' };
  child.stdout!.on('data', (chunk: Buffer) => {
    kept.out += chunk.toString();
    process.stdout.write(chunk);
  });
  child.stderr!.on('data', (chunk: Buffer) => {
    kept.errors = (kept.errors + chunk.toString()).slice(-KEPT);
  });
  return kept;
}

/** Runs one table as `npm run bench -- TABLE` does, and writes its files into the folder. */
export async function runTable(table: string, folder: string, rounds: number): Promise<TableReport> {
  const child = fork(at('../index.ts'), [table, '--pairs', `${rounds}`, '--out', folder], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const kept = outputOf(child);
  const problem = await ended(child, PATIENCE.table);
  const text = withoutPaths(kept.out);
  const file = join(folder, `${table}.json`);
  if (problem !== undefined || !existsSync(file))
    return { text, error: withoutPaths(`${problem ?? 'it wrote no figures'}: ${kept.errors.trim()}`) };
  return { text, figures: JSON.parse(withoutPaths(readFileSync(file, 'utf8'))) };
}

/** Measures the Plans of a table. A row whose process ends is reported, and another process goes on after it. */
export async function runRows(request: Omit<Request, 'from'>): Promise<(PlanRow | FailedRow)[]> {
  const rows: (PlanRow | FailedRow)[] = [];
  for (;;) {
    const before = rows.length;
    const end = await someRows({ ...request, from: rows.length }, rows);
    if (end === undefined) return rows;
    const { table } = request;
    rows.push({ table, row: end.row ?? 'the Plans of the table', error: withoutPaths(end.problem) });
    // Without a row that could be left out, the next process would end in the same way.
    if (end.row === undefined && rows.length === before + 1) return rows;
  }
}

/** Adds rows until all are measured, or the process ends. Resolves with the row that ended it, and why. */
function someRows(
  request: Request,
  rows: (PlanRow | FailedRow)[],
): Promise<{ row: string | undefined; problem: string } | undefined> {
  return new Promise((resolve) => {
    const child = fork(at('./rows.ts'), [], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let [errors, current] = ['', undefined as string | undefined];
    let isDone = false;
    let isLate = false;
    const patience = () =>
      setTimeout(() => {
        isLate = true;
        child.kill('SIGKILL');
      }, PATIENCE.row);
    let late = patience();
    child.stderr!.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-KEPT);
    });
    child.on('message', (a: Answer) => {
      clearTimeout(late);
      late = patience();
      if ('starts' in a) {
        current = a.starts;
        console.log(`${request.table}: ${current}`);
        return;
      }
      current = undefined;
      if ('row' in a) rows.push(a.row);
      else if ('fails' in a) rows.push({ table: request.table, row: a.fails, error: withoutPaths(a.error) });
      else {
        isDone = true;
        child.kill('SIGKILL');
      }
    });
    child.once('exit', (code, signal) => {
      clearTimeout(late);
      const why = isLate
        ? `no answer within ${PATIENCE.row / 1000} s`
        : `its process ended (${signal ?? code})`;
      resolve(isDone ? undefined : { row: current, problem: `${why}: ${errors.trim()}` });
    });
    child.send(request);
  });
}

/** Times PEFT's layers on the card that PyTorch finds, or on the processor beside a software device. */
export function runPeft(rounds: number, isSoftware: boolean): GpuReport['peft'] {
  const python = process.env.OFTC_PYTHON ?? (process.platform === 'win32' ? 'python' : 'python3');
  const { status, error, stdout, stderr } = spawnSync(
    python,
    [
      at('../torch/on_gpu.py'),
      ...['--rounds', `${rounds}`],
      ...['--sizes', ...sizesFor(isSoftware).map((s) => s.join())],
      ...['--methods', ...METHOD_NAMES],
      ...(isSoftware ? ['--device', 'cpu'] : []),
    ],
    { encoding: 'utf8', env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } },
  );
  if (status === 0) return JSON.parse(stdout);
  const why = error ? error.message : stderr.trim().split('\n').at(-1)!;
  return {
    missing: withoutPaths(
      `${why} (${python}; OFTC_PYTHON names another Python, and PEFT_SRC the folder src of PEFT's sources)`,
    ),
  };
}
