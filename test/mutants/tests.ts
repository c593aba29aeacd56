/** The test files that run on mutants. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { filesOfTests } from '../suite/files.ts';
import { ROOT } from '../support/bundled.ts';

/** The folders of these tests. Tests beside the code run too. Others test other parts, or start processes. */
const FOLDERS = [
  'test/properties',
  'test/compiler',
  'test/golden',
  'test/golden-bugs',
  'test/kernels-gen',
  'test/src/adapters',
  'test/src/check',
  'test/src/cli',
  'test/src/explain',
  'test/src/finetune',
  'test/src/formats',
  'test/src/identity',
  'test/src/language',
  'test/src/plans',
  'test/src/targets',
];
/** Tests that take long and test code that is not mutated. */
const SLOW = /\/((dims|select|programs)\.test\.ts$|strange\/)/;
/** Tests that start many processes. */
const STARTS =
  /^test\/src\/(cli\/(plans|process|watch|special-files)|finetune\/(own-adapter|torch|shape)|targets\/hosts)\.test\.ts$/;
/** Tests that load a module which waits outside functions. A script for mutants cannot hold one. */
const AWAITS = new Set([
  'test/compiler/extend/custom.test.ts',
  'test/properties/ways.test.ts',
  'test/src/adapters/sources.test.ts',
  'test/src/cli/bad-inputs/bad-inputs.test.ts',
]);

/** Whether a test file waits outside functions itself. */
const awaits = (file: string): boolean => {
  const text = readFileSync(join(ROOT, file), 'utf8');
  if (!text.includes('await')) return false;
  const visit = (node: ts.Node): boolean =>
    ts.isAwaitExpression(node) || (!ts.isFunctionLike(node) && (ts.forEachChild(node, visit) ?? false));
  return visit(ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, false));
};

export const testsOnMutants = (): string[] =>
  filesOfTests(ROOT, '.test.ts').filter(
    (f) =>
      (!f.startsWith('test/') || FOLDERS.some((folder) => f.startsWith(`${folder}/`))) &&
      ![SLOW, STARTS].some((pattern) => pattern.test(f)) &&
      !AWAITS.has(f) &&
      !awaits(f),
  );
