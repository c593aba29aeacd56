/** `oftc init`: a folder with a layer, its test and what they need. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { refuseName, scaffold } from '../init.ts';
import { type Io, print, printJson } from './io.ts';
import { packageRoot } from './package.ts';
import { UsageError } from './usage.ts';

export interface InitArguments {
  /** Default: the name. */
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
    oftc: root.split(sep).includes('node_modules') ? `^${own.version}` : `file:${pathTo(root, folder)}`,
    typescript: own.dependencies.typescript,
    vitest: own.devDependencies.vitest,
  });
  const files = Object.keys(texts).map((file) => join(folder, file));
  const there = files.find((file) => existsSync(file));
  if (there !== undefined)
    throw new UsageError(`'${there}' is there already: name another folder with --dir`);
  try {
    mkdirSync(folder, { recursive: true });
    for (const [file, text] of Object.entries(texts)) writeFileSync(join(folder, file), text, { flag: 'wx' });
  } catch (error) {
    throw new UsageError(`cannot write to '${folder}': ${(error as Error).message}`);
  }
  if (io.json) printJson(io, { files });
  else print(io, `${files.join('\n')}\n\nNext: cd ${folder} && npm install && npm test`);
}

/** From a checkout, which no registry has: the project refers to it. */
const pathTo = (root: string, folder: string): string =>
  relative(resolve(folder), root).replaceAll('\\', '/');
