/** Runs Python with PyTorch, in tests that need it. They are skipped where no Python has it. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const CANDIDATES = [process.env.OFTC_PYTHON, 'python3', '/usr/bin/python3', 'python'];

/** The Python that an earlier test file of this process found. A new search takes a second, in which PyTorch loads. */
const found = globalThis as { pythonOfTests?: { readonly path: string | undefined } };
found.pythonOfTests ??= {
  path:
    process.env.OFTC_PYTHON === 'none'
      ? undefined
      : CANDIDATES.find(
          (python) => python && spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0,
        ),
};

/** The Python that has PyTorch; undefined where none is found, or where OFTC_PYTHON is `none`. */
export const PYTHON: string | undefined = found.pythonOfTests.path;

/** The folder of the package oftc_torch. */
export const PACKAGE = fileURLToPath(new URL('../../src/targets/torch/python/', import.meta.url));

/** Runs Python with arguments in a folder, and returns all that it prints. Throws where it fails. */
export function python(args: readonly string[], cwd: string): string {
  const env = { ...process.env, PYTHONPATH: PACKAGE, OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' };
  const run = spawnSync(PYTHON!, args, { cwd, env, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (run.status !== 0)
    throw new Error(`python ${args.join(' ')}: ${run.stdout}\n${run.stderr}`.slice(-6000));
  return run.stdout + run.stderr;
}
