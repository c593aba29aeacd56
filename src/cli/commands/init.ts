/** `oftc init`: makes a folder with a layer, its test and what they need. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { removeEmpty } from '../../formats/empty-folders.ts';
import { type Io, print, printJson } from '../io.ts';
import { refuseName, scaffold } from '../new-project.ts';
import { packageRoot } from '../package.ts';
import { UsageError } from '../usage-error.ts';

export interface InitArguments {
  /** The folder to make; default: the project's name. */
  readonly dir?: string;
  readonly json?: boolean;
}

export function initCommand(name: string, args: InitArguments, io: Io): void {
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
  const files = Object.keys(texts).map((file) => join(folder, file));
  const there = held(folder);
  if (there.length > 0) {
    const some =
      there.length > 3 ? `${there.slice(0, 3).join(', ')} and ${there.length - 3} more` : there.join(', ');
    throw new UsageError(
      `'${folder}' is not empty (it has ${some}): name a new or empty folder with --dir, as in --dir ${join(folder, name)}`,
    );
  }
  writeAll(folder, texts);
  if (io.json) printJson(io, { files });
  else print(io, `${files.join('\n')}\n\nNext: cd ${folder} && npm install && npm test`);
}

/** Writes the files into the folder, which it makes: all of them or none. Throws UsageError. */
function writeAll(folder: string, texts: Readonly<Record<string, string>>): void {
  const begun: string[] = [];
  let made: string | undefined;
  try {
    made = mkdirSync(folder, { recursive: true });
    for (const [file, text] of Object.entries(texts)) {
      const path = join(folder, file);
      if (existsSync(path)) throw new Error(`'${path}' is there already`);
      begun.push(path);
      writeFileSync(path, text, { flag: 'wx', flush: true });
    }
  } catch (error) {
    for (const path of begun) rmSync(path, { force: true });
    if (made !== undefined) removeEmpty(folder, made);
    throw new UsageError(`cannot write to '${folder}': ${(error as Error).message}`);
  }
}

/**
 * The names in a folder; none if there is no folder, or only the `.git` of a new repository. Throws UsageError for a
 * folder that cannot be read.
 */
function held(folder: string): string[] {
  if (!existsSync(folder)) return [];
  try {
    return readdirSync(folder)
      .filter((name) => name !== '.git')
      .sort();
  } catch {
    throw new UsageError(`'${folder}' is not a folder that can be read: name another one with --dir`);
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
