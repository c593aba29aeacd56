/**
 * Keeps track of the operators and rules that authors define. A name has one definition. A file that runs again
 * replaces the definitions of its last run.
 */
import { OftcError } from '../errors/error.ts';

export type Kind = 'operator' | 'rule';

interface Definition {
  readonly kind: Kind;
  readonly name: string;
  /** The absolute path of the defining file, where it is known. */
  readonly file: string | undefined;
  readonly run: object | undefined;
  readonly remove: () => void;
}

const definitions = new Map<string, Definition>();
const keyOf = (kind: Kind, name: string): string => `${kind} ${name}`;
let run: object | undefined;

/** Runs a module by `f`. Its definitions replace those that the same files made in other runs. */
export function inRun<T>(f: () => T): T {
  const outer = run;
  run = {};
  try {
    return f();
  } finally {
    run = outer;
  }
}

/**
 * Records a definition. `add` registers it and returns a function that removes it, or throws to refuse it. Throws
 * OFT5002 for a name that is taken: by oftc itself (`builtIn`), by another file, or twice in one run.
 */
export function define(
  kind: Kind,
  name: string,
  file: string | undefined,
  builtIn: (name: string) => boolean,
  add: () => () => void,
): void {
  const key = keyOf(kind, name);
  const old = definitions.get(key);
  if (!old && builtIn(name))
    throw new OftcError('OFT5002', `${kind} '${name}' is one of oftc's own: choose another name`);
  if (old && (old.file === undefined || old.file !== file || old.run === run)) {
    const where = old.file === file ? `twice${file ? ` in ${file}` : ''}` : `in ${old.file} and in ${file}`;
    throw new OftcError('OFT5002', `${kind} '${name}' is defined ${where}: rename one of them`);
  }
  if (old) remove(old);
  definitions.set(key, { kind, name, file, run, remove: add() });
}

function remove(d: Definition): void {
  d.remove();
  definitions.delete(keyOf(d.kind, d.name));
}

/** Removes the definitions that these files made. */
export function forget(files: ReadonlySet<string>): void {
  for (const d of [...definitions.values()]) if (d.file !== undefined && files.has(d.file)) remove(d);
}

export const definesAny = (file: string): boolean => [...definitions.values()].some((d) => d.file === file);

/** The names that authors have defined. */
export const defined = (kind: Kind): readonly string[] =>
  [...definitions.values()].filter((d) => d.kind === kind).map((d) => d.name);
