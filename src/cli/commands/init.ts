/** `oftc init`: makes a folder with a layer, its test and what they need. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { limits } from '../../../compiler/limits.ts';
import { LOCK } from '../../formats/lock.ts';
import { readRegular } from '../../formats/read-regular.ts';
import { temporaryKind } from '../../formats/temporary.ts';
import { type Io, print, printJson } from '../io.ts';
import { refuseName, scaffold } from '../new-project.ts';
import { packageRoot } from '../package.ts';
import { UsageError } from '../usage-error.ts';
import { writeInto } from '../write-into.ts';

export interface InitArguments {
  /** The folder to make; default: the project's name. */
  readonly dir?: string;
  readonly json?: boolean;
}

export async function initCommand(name: string, args: InitArguments, io: Io): Promise<void> {
  const refused = refuseName(name);
  if (refused !== undefined) throw new UsageError(refused);
  const folder = args.dir ?? name;
  const root = packageRoot();
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const texts = scaffold(name, {
    oftc: specifier(root, own.version, folder),
    typescript: own.dependencies.typescript,
    vitest: own.devDependencies.vitest,
  });
  const there = strangers(folder, texts);
  if (there.length > 0) {
    const some =
      there.length > 3 ? `${there.slice(0, 3).join(', ')} and ${there.length - 3} more` : there.join(', ');
    throw new UsageError(
      `'${folder}' is not empty (it has ${some}): name a new or empty folder with --dir, as in --dir ${join(folder, name)}`,
    );
  }
  const files = await writeInto(
    folder,
    texts,
    (at, path) => {
      if (!isText(at, texts[basename(path)]!)) throw new UsageError(`'${path}' is there already`);
    },
    io,
  );
  if (io.json) printJson(io, { files });
  else print(io, `${files.join('\n')}\n\nNext: cd ${folder} && npm install && npm test`);
}

/**
 * The names in a folder, less the `.git` of a new repository, what a killed `init` left, and what another one is writing.
 * A folder with every file of the project counts as foreign, because nothing is left to write. Throws UsageError for a
 * folder that cannot be read.
 */
function strangers(folder: string, texts: Readonly<Record<string, string>>): string[] {
  if (!existsSync(folder)) return [];
  const files = Object.entries(texts).map(([name, text]) => ({ name, path: join(folder, name), text }));
  try {
    const there = readdirSync(folder).filter(
      (name) =>
        name !== '.git' &&
        name !== LOCK &&
        !files.some(({ path }) => temporaryKind(name, path) !== undefined),
    );
    const own = new Set(files.filter(({ path, text }) => isText(path, text)).map(({ name }) => name));
    return there.filter((name) => own.size === files.length || !own.has(name)).sort();
  } catch {
    throw new UsageError(`'${folder}' is not a folder that can be read: name another one with --dir`);
  }
}

/** Whether a regular file is there, can be read and has this text. */
function isText(path: string, text: string): boolean {
  try {
    return readRegular(path, limits.jsonBytes).toString('utf8') === text;
  } catch {
    return false;
  }
}

/**
 * The dependency on oftc for the new project's package.json. If oftc runs from a checkout, it is the checkout's path.
 * If oftc was installed from a tarball, a folder or a repository, it is that one. If oftc was installed from a
 * registry, it is the version.
 */
function specifier(root: string, version: string, folder: string): string {
  const modules = root.split(sep).indexOf('node_modules');
  if (modules < 0) return `file:${pathTo(root, folder)}`;
  const project = root.split(sep).slice(0, modules).join(sep);
  const given = dependencyOf(join(project, 'package.json'));
  if (given?.startsWith('file:'))
    return `file:${pathTo(resolve(project, given.slice('file:'.length)), folder)}`;
  return given?.includes(':') ? given : `^${version}`;
}

/** The dependency on oftc that a package.json states; undefined if the file is missing or states none. */
function dependencyOf(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(file, 'utf8'));
    return dependencies?.oftc ?? devDependencies?.oftc;
  } catch (error) {
    throw new UsageError(`cannot read how '${file}' names oftc: ${(error as Error).message}`);
  }
}

const pathTo = (to: string, folder: string): string => relative(resolve(folder), to).replaceAll('\\', '/');
