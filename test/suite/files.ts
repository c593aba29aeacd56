/** The files of tests: what lies in test/, and in folders `test` beside the code that they are for. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Whether a path from the repository, with slashes, is of such a file. */
export const isTestFile = (path: string): boolean => /^(test|kernels-gen\/(.*\/)?test)\//.test(path);

/** Paths from the repository, `root`, with slashes. */
export const filesOfTests = (root: string, suffix: string): string[] =>
  ['test', 'kernels-gen'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((f) => `${folder}/${f.replaceAll('\\', '/')}`)
      .filter((f) => f.endsWith(suffix) && isTestFile(f))
      .sort(),
  );
