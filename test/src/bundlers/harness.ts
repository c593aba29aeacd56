/** Helpers of the bundlers' tests: projects with a layer, and a build of an import by each bundler. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildFailure, type Plugin as EsbuildPlugin, build as esbuild } from 'esbuild';
import { rollup } from 'rollup';
import { build as vite } from 'vite';
import webpack from 'webpack';
import forEsbuild from '../../../src/bundlers/esbuild.ts';
import type { Options } from '../../../src/bundlers/options.ts';
import forRolldown from '../../../src/bundlers/rolldown.ts';
import forRollup from '../../../src/bundlers/rollup.ts';
import forVite from '../../../src/bundlers/vite.ts';
import forWebpack from '../../../src/bundlers/webpack.ts';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
const APP = join(root, 'examples/app');

/** A file with one layer, which may be spoiled by a replacement. */
export const OFT = readFileSync(join(APP, 'oft.ts'), 'utf8');

/** A new project with the files given and with `oftc` installed. */
export function project(files: Readonly<Record<string, string>>, ...packages: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-bundlers-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/oftc'), 'junction');
  for (const name of packages)
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'junction');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** A copy of examples/app with its packages installed. */
export function appProject(): string {
  const folder = project({}, 'vite', 'esbuild');
  cpSync(APP, folder, { recursive: true });
  return folder;
}

/** The result of a build: its code, or the first error with its place. */
export interface Outcome {
  readonly code?: string;
  readonly message?: string;
  /** The place as `file:line:column`; columns count from 0. */
  readonly at?: string;
  /** All of the error as the bundler prints it. */
  readonly printed?: string;
  /** The files that the bundler watches, where it tells. */
  readonly watched?: readonly string[];
}

type Build = (folder: string, entry: string, options: Options) => Promise<Outcome>;

interface Located {
  readonly message: string;
  readonly frame?: string;
  readonly loc?: { readonly file?: string; readonly line: number; readonly column: number };
  readonly errors?: readonly Located[];
  readonly watchFiles?: readonly string[];
}

function refused(thrown: unknown): Outcome {
  const error = thrown as Located;
  const { message: whole, loc, frame } = error.errors?.[0] ?? error;
  const message = whole.replace(/^Could not load .*?\): /, '');
  return {
    message,
    ...(error.watchFiles && { watched: error.watchFiles }),
    ...(loc && { at: `${loc.file}:${loc.line}:${loc.column}` }),
    printed: `${message}\n${frame}`,
  };
}

const RUNTIME = /^oftc\/runtime$/;

/** A build of an entry by each bundler; oftc/runtime stays an import. */
export const BUNDLERS: Readonly<Record<string, Build>> = {
  async vite(folder, entry, options) {
    try {
      const built = await vite({
        ...{ configFile: false, logLevel: 'silent', root: folder, plugins: [forVite(options)] },
        build: {
          ...{ write: false, minify: false, lib: { entry: join(folder, entry), formats: ['es'] } },
          rolldownOptions: { external: RUNTIME },
        },
      });
      const [first] = Array.isArray(built) ? built : [built];
      return { code: (first as { output: { code: string }[] }).output[0]!.code };
    } catch (error) {
      return refused(error);
    }
  },
  async rollup(folder, entry, options) {
    try {
      const bundle = await rollup({
        input: join(folder, entry),
        external: RUNTIME,
        plugins: [inFolder(folder, () => forRollup(options))],
      });
      return { code: (await bundle.generate({})).output[0].code, watched: bundle.watchFiles };
    } catch (error) {
      return refused(error);
    }
  },
  async rolldown(folder, entry, options) {
    const { rolldown } = await import('rolldown');
    try {
      const bundle = await rolldown({
        ...{ cwd: folder, input: join(folder, entry), external: RUNTIME },
        plugins: [inFolder(folder, () => forRolldown(options))],
      });
      const { output } = await bundle.generate({});
      return { code: output[0].code, watched: await bundle.watchFiles };
    } catch (error) {
      return refused(error);
    }
  },
  async esbuild(folder, entry, options) {
    try {
      const { outputFiles } = await esbuild({
        ...{ absWorkingDir: folder, entryPoints: [join(folder, entry)], write: false, bundle: true },
        ...{ format: 'esm', logLevel: 'silent', external: ['oftc/runtime'] },
        plugins: [forEsbuild(options) satisfies EsbuildPlugin],
      });
      return { code: outputFiles[0]!.text };
    } catch (error) {
      const [{ text, location }] = (error as BuildFailure).errors as [BuildFailure['errors'][0]];
      return {
        message: text,
        ...(location && { at: `${join(folder, location.file)}:${location.line}:${location.column}` }),
        printed: (error as Error).message,
      };
    }
  },
  webpack: (folder, entry, options) =>
    new Promise((done) =>
      webpack(
        {
          ...{ mode: 'none', context: folder, entry: join(folder, entry), target: 'web' },
          ...{ output: { path: join(folder, 'out') }, externals: { 'oftc/runtime': 'runtime' } },
          plugins: [forWebpack(options)],
        },
        (error, stats) => {
          if (error) throw error;
          const [first] = stats!.toJson({ errors: true }).errors!;
          const watched = [...stats!.compilation.fileDependencies];
          if (!first) return done({ code: readFileSync(join(folder, 'out/main.js'), 'utf8'), watched });
          const [, file, line, column] = /^(\S+?):(\d+):(\d+): /m.exec(first.message) ?? [];
          done({
            message: first.message.replace(/^.*?:\d+:\d+: |^Module build.*\n/gm, ''),
            ...(file !== undefined && { at: `${file}:${line}:${Number(column) - 1}` }),
            printed: first.message,
            watched,
          });
        },
      ),
    ),
};

/** Makes a plugin in a working folder: Rollup has no root of its own. */
function inFolder<T>(folder: string, f: () => T): T {
  const home = process.cwd();
  process.chdir(folder);
  try {
    return f();
  } finally {
    process.chdir(home);
  }
}
