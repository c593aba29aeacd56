/** Finds the Python that trains with PyTorch. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { OftcError } from '../../../compiler/errors/error.ts';

/** The packages that training imports, by their names for pip. */
const PACKAGES = ['torch', 'safetensors', 'numpy'] as const;
/** The oldest versions that the printed code runs on. */
const LEAST = { python: [3, 10], torch: [2, 4] } as const;

/** Whether a version, such as 2 and 4, is before another one. */
const isBefore = ([major, minor]: readonly number[], [least, own]: readonly [number, number]): boolean =>
  (major! - least || minor! - own) < 0;

/** Prints the version of PyTorch, and the packages that are missing. */
const PROBE = `
import importlib.util, json, sys
missing = [p for p in ${JSON.stringify(PACKAGES)} if importlib.util.find_spec(p) is None]
torch = None
if "torch" not in missing:
    import torch
print(json.dumps({"executable": sys.executable, "python": sys.version_info[:2], "torch": torch and torch.__version__, "missing": missing}))
`;

interface Found {
  readonly executable: string;
  readonly python: readonly [number, number];
  readonly torch: string | null;
  readonly missing: readonly string[];
}

/**
 * The path of a Python with PyTorch: the one that OFTC_PYTHON names, else `python3`, else `python`. Throws OFT6014
 * with the command that installs what it lacks.
 */
export async function findPython(named = process.env.OFTC_PYTHON): Promise<string> {
  const given = named !== undefined && named !== '';
  const refuse = (what: string) =>
    new OftcError(
      'OFT6014',
      `--engine torch needs a Python with PyTorch: ${what}${given ? '' : ', or name another Python: OFTC_PYTHON=/path/to/python3'}`,
    );
  for (const python of given ? [named] : ['python3', 'python']) {
    const found = await probe(python);
    if (found === undefined) continue;
    if (found instanceof Error) throw refuse(`${python} fails: ${found.message.trim().split('\n').at(-1)}`);
    if (isBefore(found.python, LEAST.python))
      throw refuse(
        `${found.executable} is Python ${found.python.join('.')}: install ${LEAST.python.join('.')} or newer`,
      );
    const old = found.torch !== null && isBefore(found.torch.split('.').map(Number), LEAST.torch);
    const lacking = [...found.missing, ...(old ? [`torch>=${LEAST.torch.join('.')}`] : [])];
    if (lacking.length === 0) return found.executable;
    throw refuse(
      `${found.executable} ${old ? `has PyTorch ${found.torch}, and` : `lacks ${found.missing.join(' and ')}:`} run ${found.executable} -m pip install ${lacking.map((p) => (p.includes('>') ? `'${p}'` : p)).join(' ')}`,
    );
  }
  throw refuse(
    given ? `OFTC_PYTHON names ${named}, and there is no such program` : 'install Python 3.10 and then torch',
  );
}

/** The packages of a Python, or the error with which it fails; undefined where there is no program of this name. */
async function probe(python: string): Promise<Found | Error | undefined> {
  try {
    // Python imports from the folder that it runs in, so that this is one of ours.
    const { stdout } = await promisify(execFile)(python, ['-c', PROBE], { cwd: import.meta.dirname });
    return JSON.parse(stdout) as Found;
  } catch (e) {
    if (e instanceof SyntaxError) return new Error('it is no Python');
    const error = e as NodeJS.ErrnoException & { readonly stderr?: string };
    if (error.code === 'ENOENT') return undefined;
    return new Error(error.stderr || error.message);
  }
}
