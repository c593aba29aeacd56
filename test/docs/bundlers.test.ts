/** docs/bundlers.md: every snippet type-checks, and every configuration builds the page's app. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformSync } from 'esbuild';
import { rollup } from 'rollup';
import { build as vite } from 'vite';
import { beforeAll, expect, test } from 'vitest';
import webpack from 'webpack';
import { errorsOf, LIBRARIES, MODULES } from '../package/types.ts';
import { OFT, project, root } from '../src/bundlers/harness.ts';

const page = readFileSync(join(root, 'docs/bundlers.md'), 'utf8');
/** The snippets by the names that their first lines give them. */
const files = Object.fromEntries(
  [...page.matchAll(/^```ts\n\/\/ (\S+\.ts)\n(.*?)^```/gms)].map((m) => [m[1]!, m[2]!] as const),
);
const BUNDLERS = ['vite', 'rollup', 'esbuild', 'webpack'];
const folder = project({ ...files, 'oft.ts': OFT }, ...BUNDLERS, '@types');
const script = (text: string) => transformSync(text, { loader: 'ts', format: 'esm' }).code;
const OUT = join(folder, 'out');

/** The default export of a configuration. */
async function configuration<T>(name: string): Promise<T> {
  const path = join(folder, name.replace(/\.ts$/, '.mjs'));
  // esbuild keeps the folder that its process was started in.
  const text = files[name]!.replace('build({ ', `build({ absWorkingDir: ${JSON.stringify(folder)}, `);
  writeFileSync(path, script(text));
  return (await import(/* @vite-ignore */ pathToFileURL(path).href)).default;
}

beforeAll(() => {
  if (!existsSync(join(root, 'dist/src/bundlers/vite.js'))) throw new Error('dist is missing: npm run build');
  writeFileSync(join(folder, 'main.js'), script(files['main.ts']!));
});

/** Runs in the project's folder, which bundlers take for the root. */
async function inFolder<T>(f: () => Promise<T>): Promise<T> {
  const home = process.cwd();
  process.chdir(folder);
  try {
    return await f();
  } finally {
    process.chdir(home);
  }
}

const built = (name: string): string => readFileSync(join(OUT, name), 'utf8');

test('names its snippets', () => {
  const names = ['build', 'layers.config', 'main', 'rollup.config', 'vite.config', 'webpack.config'];
  expect(Object.keys(files).sort()).toEqual(names.map((n) => `${n}.ts`));
});

test('Vite', async () => {
  const config = await configuration<object>('vite.config.ts');
  await vite({
    ...{ ...config, configFile: false, root: folder, logLevel: 'silent' },
    build: {
      lib: { entry: join(folder, 'main.ts'), formats: ['es'], fileName: () => 'vite.js' },
      outDir: OUT,
    },
  });
  expect(built('vite.js')).toContain('@compute');
});

test('Rollup', () =>
  inFolder(async () => {
    const { output, ...config } = await configuration<{ output: object }>('rollup.config.ts');
    const bundle = await rollup({ ...config, external: ['oftc/runtime'], logLevel: 'silent' });
    expect((await bundle.generate(output)).output[0].code).toContain('@compute');
  }));

test('esbuild', async () => {
  await configuration('build.ts');
  expect(built('main.js')).toContain('@compute');
});

test('webpack', async () => {
  const config = await configuration<webpack.Configuration>('webpack.config.ts');
  const stats = await new Promise<webpack.Stats | undefined>((done, fail) =>
    webpack(
      { ...config, mode: 'none', context: folder, output: { path: OUT, filename: 'webpack.js' } },
      (error, result) => (error ? fail(error) : done(result)),
    ),
  );
  expect(stats!.toJson({ errors: true }).errors).toEqual([]);
  expect(built('webpack.js')).toContain('@compute');
});

test('every snippet type-checks, with the types that the plugin wrote', () => {
  const all = [...Object.keys(files), 'oftc-env.d.ts'].map((f) => join(folder, f));
  const lib = LIBRARIES['with the DOM library'].lib;
  expect(errorsOf(all, { ...MODULES.bundler, lib, types: ['node'], skipLibCheck: true })).toEqual([]);
});
