/** Packs a clean copy of the repository with `npm pack`, and makes projects that have the package installed. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
const MODULES = join(root, 'node_modules');

export const fresh = (): string => mkdtempSync(join(tmpdir(), 'oftc-package-'));

/** Runs a command and returns its stdout. Throws with all its output where it fails. */
export function start(cwd: string, command: string, ...argv: string[]): string {
  const PATH = `${join(MODULES, '.bin')}${delimiter}${process.env.PATH}`;
  const { status, stdout, stderr, error } = spawnSync(command, argv, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH, npm_config_update_notifier: 'false' },
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${argv.join(' ')}: exit ${status}\n${stdout}${stderr}`);
  return stdout;
}

/**
 * Copies the repository without installed, built and git's own files, as in a fresh clone, but links node_modules.
 */
export function cleanCopy(): string {
  const copy = fresh();
  const left = new Set(['.git', 'node_modules', 'dist']);
  cpSync(root, copy, { recursive: true, filter: (from) => !left.has(relative(root, from)) });
  symlinkSync(MODULES, join(copy, 'node_modules'), 'junction');
  return copy;
}

export interface Packed {
  readonly tarball: string;
  readonly files: readonly { readonly path: string; readonly size: number; readonly mode: number }[];
  /** The bytes of the tarball. `unpackedSize` is the bytes of its files. */
  readonly size: number;
  readonly unpackedSize: number;
}

export function pack(folder: string, ...options: string[]): Packed {
  const to = fresh();
  const output = start(folder, 'npm', 'pack', '--json', '--silent', '--pack-destination', to, ...options);
  // A build script may print text before the JSON.
  const [packed] = JSON.parse(output.slice(output.indexOf('[\n')));
  return { ...packed, tarball: join(to, packed.filename) };
}

/** The fields of package.json that tests read. */
export interface Manifest {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

export const manifest: Manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/**
 * Installs the package into a project as npm does, offline: its files, its programs and its dependencies, and the
 * other packages named. A package that it imports without depending on it is missing there.
 */
export function install(project: string, { tarball }: Packed, ...others: string[]): void {
  const modules = join(project, 'node_modules');
  const own = join(modules, 'oftc');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  mkdirSync(own);
  start(own, 'tar', '-xzf', tarball, '--strip-components=1');
  const { bin, dependencies }: Manifest = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8'));
  for (const [name, script] of Object.entries(bin)) {
    chmodSync(join(own, script), 0o755);
    symlinkSync(join('..', 'oftc', script), join(modules, '.bin', name));
  }
  for (const name of [...Object.keys(dependencies), ...others]) {
    const to = join(modules, name);
    mkdirSync(dirname(to), { recursive: true });
    symlinkSync(join(MODULES, name), to, 'junction');
  }
}

/** Makes a project that has only the package and the other packages named. */
export function emptyProject(packed: Packed, ...others: string[]): string {
  const project = fresh();
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }\n');
  install(project, packed, ...others);
  return project;
}
