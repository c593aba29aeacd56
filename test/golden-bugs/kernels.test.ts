/** Regression tests of bugs that property tests of the kernels found, each as the smallest program. */
import { expect, it } from 'vitest';
import { parseDim } from '../../compiler/dims/dims.ts';
import { bindProgram, solveDims } from '../../compiler/ir/bind.ts';
import { apply, input } from '../../compiler/ir/build.ts';
import { compileProgram } from '../../compiler/pipeline.ts';
import { oft } from '../../src/adapters/oft.ts';
import { planOf } from '../../src/session/session.ts';
import { programOf } from '../support/evaluate.ts';

const tensor = (name: string, ...shape: readonly string[]) =>
  input(name, 'trainable', { shape: shape.map(parseDim), dtype: 'f32' });

it('an element of a concatenation at a known place is read from the part that holds it', () => {
  const stacked = apply('concat', [tensor('A', 'n', 'n'), tensor('B', 'n', 'n')], { axis: 0 });
  const factors = [
    tensor('x', 'tokens', '2*n'),
    stacked,
    tensor('z', 'n', 'tokens'),
    tensor('q', 'tokens', 'n'),
  ];
  const bound = bindProgram(programOf({ y: apply('matmul', factors) }), { n: 1 });
  const { kernels } = planOf(compileProgram(bound, { gradients: false }));
  // The shader compiler refuses a negative constant address, even where the loaded value is never used.
  for (const { wgsl } of kernels) expect(wgsl).not.toMatch(/u32\(-|select\([^,]*, [^,]*, (true|false)\)/);
});

it('the empty packed triangle of a 1×1 block is indexed by numbers', () => {
  const program = oft.trace();
  const sizes = solveDims(program, { in: 1, out: 5, b: 1 });
  const { kernels } = planOf(compileProgram(program, { sizes, gradients: true }));
  for (const { wgsl } of kernels) expect(wgsl).not.toMatch(/NaN|Infinity/);
});
