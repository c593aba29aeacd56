/** The files that a command line tells the command to write, and which of the changes in a case's folder they explain. */
import { join, normalize, relative } from 'node:path';
import type { Case } from './cases.ts';

/** Options whose value a command writes to. */
export const WRITTEN = /^(?:--(?:out|output|dir|logits|trace|svg|answers|export|table)|-o)$/;

/** The paths that a line gives a command to write to. */
function writtenBy({ argv, into }: Pick<Case, 'argv' | 'into'>): string[] {
  const paths = argv.flatMap((arg, i) => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(arg) ?? [];
    if (name !== undefined && WRITTEN.test(name)) return [value!];
    return WRITTEN.test(arg) && i + 1 < argv.length ? [argv[i + 1]!] : [];
  });
  // The run.json of a case names this folder.
  const configured = argv.includes('--config') ? ['out/run'] : [];
  return [...paths, ...configured, ...(into === undefined ? [] : [into])];
}

const inWork = (path: string): string => normalize(join('work', path)).replace(/\/$/, '');
const isIn = (path: string, folder: string): boolean => !relative(folder, path).startsWith('..');

/** The cache of oftc, that of the driver, and the file of processor seconds. */
const CACHES = /^(?:seconds|home|(?:home\/\.)?cache(?:\/(?:oftc|mesa_shader_cache(?:_db)?)(?:\/.*)?)?)$/;

/**
 * The paths below the case's folder that have changed, and those that are new, other than those that the line names. A file
 * that was there may change where the line names it, and no input, and the command did its work; and in a run that goes on.
 */
export function strangeChanges(
  given: Pick<Case, 'argv' | 'into'>,
  status: number | null,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): { readonly changed: string[]; readonly added: string[] } {
  const { argv } = given;
  const named = writtenBy(given);
  const told = named.map(inWork);
  const isInput = (path: string) =>
    argv.some((arg) => !named.includes(arg) && `${path}/`.startsWith(`${normalize(join('work', arg))}/`));
  const mayChange = (path: string) =>
    (argv.includes('--resume') && told.some((t) => isIn(path, t))) ||
    (status === 0 && told.includes(path) && !isInput(path));
  /** Whether a new path is named, lies in what is named, or leads to it. A command that fails leaves nothing beside inputs. */
  const mayAppear = (path: string) =>
    (status === 0 || isIn(path, 'work/out')) && told.some((t) => isIn(path, t) || isIn(t, path));
  return {
    changed: [...before].filter(([p, held]) => after.get(p) !== held && !mayChange(p)).map(([p]) => p),
    added: [...after.keys()].filter((p) => !before.has(p) && !CACHES.test(p) && !mayAppear(p)),
  };
}
