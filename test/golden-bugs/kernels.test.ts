/** Regression tests of bugs that property tests of the kernels found, each as the smallest program. */
import { expect, it } from 'vitest';
import { parseDim } from '../../compiler/dims/dims.ts';
import { bindProgram, solveDims } from '../../compiler/ir/bind.ts';
import { apply, input } from '../../compiler/ir/build.ts';
import { compileProgram } from '../../compiler/pipeline.ts';
import { STRATEGIES } from '../../kernels-gen/index.ts';
import { Executable } from '../../runtime/index.ts';
import { nullDevice } from '../../runtime/node.ts';
import { oft } from '../../src/adapters/oft.ts';
import { planOf } from '../../src/session/session.ts';
import { generatePlan } from '../kernels-gen/generate.ts';
import { programOf } from '../support/evaluate.ts';
import { eachClass } from '../support/plans.ts';

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

it('products without rows, columns, batches or terms compile, in every strategy', async () => {
  const device = await nullDevice();
  const shapes = ['n m', 'm n', 'n n', 'n k', 'k n'].map((text) => text.split(' '));
  const products = shapes.flatMap(([rows, columns]) => [
    apply('matmul', [tensor(`A${rows}${columns}`, rows!, 'k'), tensor(`B${rows}${columns}`, 'k', columns!)]),
    apply('matmul', [
      tensor(`C${rows}${columns}`, 'k', rows!, 'm'),
      tensor(`D${rows}${columns}`, 'k', 'm', columns!),
    ]),
    apply('matmul', [
      tensor(`E${rows}${columns}`, 'tokens', rows!),
      tensor(`F${rows}${columns}`, rows!, columns!),
    ]),
  ]);
  const program = programOf(Object.fromEntries(products.map((product, i) => [`y${i}`, product])));
  const bound = bindProgram(program, { n: 0, m: 1, k: 2 });
  const c = compileProgram(bound, { gradients: true });
  let kernels = 0;
  for (const strategy of [undefined, ...STRATEGIES]) {
    const plan = generatePlan(
      c.variants.map((v) => ({ minTokens: v.minTokens, maxTokens: v.maxTokens, program: v.primitives })),
      {
        name: 'empty',
        roles: Object.fromEntries(c.derived.inputs.map((i) => [i.name, i.role])),
        ...(strategy ? { strategy } : {}),
      },
    );
    kernels += plan.kernels.length;
    for (const own of eachClass(plan, device.limits.maxComputeWorkgroupStorageSize))
      (await Executable.create(device, own)).dispose();
  }
  expect(kernels).toBeGreaterThan(20);
  device.destroy();
});
