/** Finds this package, wherever it runs from: its sources, dist, or an installed copy. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** The folder of this package's package.json. */
export const packageRoot = (): string => dirname(require.resolve('oftc/package.json'));

export const versionOf = (name: 'oftc' | 'webgpu'): string =>
  JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')).version;

/** The folder of the Python package oftc_torch. */
export const pythonLibrary = (): string => join(packageRoot(), 'src/targets/torch/python');

/** The texts of the Python package oftc_torch by their paths in it, such as `tuner/base.py`. */
export function pythonTexts(): Record<string, string> {
  const folder = join(pythonLibrary(), 'oftc_torch');
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.py'));
  return Object.fromEntries(
    paths.sort().map((f) => [f.replaceAll('\\', '/'), readFileSync(join(folder, f), 'utf8')]),
  );
}
