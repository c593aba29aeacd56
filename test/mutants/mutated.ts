/** The files that are mutated, with their mutants. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTestFile } from '../suite/files.ts';
import { ROOT } from '../support/bundled.ts';
import type { Mutated } from './modules.ts';
import { mutantsOf } from './mutants.ts';

const MUTATED = [
  'compiler/dims/triangle.ts',
  'compiler/ir/operator.ts',
  'compiler/ops',
  'compiler/rewrite/rules',
  'compiler/autodiff',
  'kernels-gen/memory/buffers.ts',
  'kernels-gen/families',
  'kernels-gen/flops.ts',
  'kernels-gen/schedule',
  'kernels-gen/fuse/axes.ts',
  'kernels-gen/fuse/blocks.ts',
  'kernels-gen/fuse/grouping.ts',
  'kernels-gen/memory/order.ts',
  'kernels-gen/memory/overwrite.ts',
  'kernels-gen/memory/recompute.ts',
  'kernels-gen/wgsl/dequantize.ts',
  'src/formats',
  'src/targets',
];
/** Files that are not mutated: they make documentation, or check authors' arguments. */
const NOT_MUTATED = new Set(['compiler/rewrite/rules/document.ts', 'compiler/ops/surface.ts']);
const list = (folder: string, suffix: string): string[] =>
  folder.endsWith(suffix)
    ? [folder]
    : readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((f) => f.endsWith(suffix))
        .sort()
        .map((f) => `${folder}/${f.replaceAll('\\', '/')}`);

/** All mutants, by file; if there are `parts`, those of files whose path has one of them. */
export function allMutants(parts: readonly string[] = []): Map<string, Mutated> {
  const files = MUTATED.flatMap((folder) => list(folder, '.ts')).filter(
    (f) =>
      !NOT_MUTATED.has(f) &&
      !isTestFile(f) &&
      !f.endsWith('.d.ts') &&
      (parts.length === 0 || parts.some((p) => f.includes(p))),
  );
  let count = 0;
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(ROOT, file), 'utf8');
      const mutants = mutantsOf(file, text, count);
      count += mutants.length;
      return [file, { text, mutants }];
    }),
  );
}
