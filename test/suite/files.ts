/** Finds the files of tests: those in test/, and those in folders `test` beside the code. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Whether a path, relative to the repository and with slashes, is a file of tests. */
export const isTestFile = (path: string): boolean => /^(test|kernels-gen\/(.*\/)?test)\//.test(path);

/** The paths of all files of tests with a suffix, relative to the repository `root` and with slashes. */
export const filesOfTests = (root: string, suffix: string): string[] =>
  ['test', 'kernels-gen'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((f) => `${folder}/${f.replaceAll('\\', '/')}`)
      .filter((f) => f.endsWith(suffix) && isTestFile(f))
      .sort(),
  );
