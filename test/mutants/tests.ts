/** The test files that run on mutants. */
import { filesOfTests } from '../suite/files.ts';
import { ROOT } from '../support/bundled.ts';

/** The folders of these tests. Tests beside the code run too. Others test other parts, or start processes. */
const FOLDERS = [
  'test/properties',
  'test/compiler',
  'test/golden',
  'test/golden-bugs',
  'test/kernels-gen',
  'test/src/check',
  'test/src/explain',
  'test/src/formats',
  'test/src/language',
  'test/src/targets',
];
/** Tests that take long and test code that is not mutated. */
const SLOW = /\/((dims|select|programs)\.test\.ts$|strange\/)/;
/** Tests that load modules with an `await` outside functions. A script for mutants cannot hold one. */
const AWAITS = new Set(['test/compiler/extend/custom.test.ts', 'test/properties/ways.test.ts']);

export const testsOnMutants = (): string[] =>
  filesOfTests(ROOT, '.test.ts').filter(
    (f) =>
      (!f.startsWith('test/') || FOLDERS.some((folder) => f.startsWith(`${folder}/`))) &&
      !SLOW.test(f) &&
      !AWAITS.has(f),
  );
