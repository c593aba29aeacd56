/** The reductions whose results lanes load and store as vectors. */
import { expect, it } from 'vitest';
import { dimConst } from '../../../../compiler/dims/dims.ts';
import type { Expr } from '../../../../compiler/primitives/expr.ts';
import type { Prim, PrimProgram } from '../../../../compiler/primitives/prim.ts';
import { call, constant, input, load, map, program, reduce } from '../../../../test/kernels-gen/build.ts';
import { planOf } from '../../../../test/kernels-gen/execute.ts';
import { variantsIn } from '../../../../test/support/plans.ts';

/** The sum over tokens of a tensor, for each element of the other axes. */
const sum = (...sizes: readonly number[]): Prim => sumOf(sizes, (...axes) => load(0, 't', ...axes));
function sumOf(sizes: readonly number[], of: (...axes: readonly string[]) => Expr): Prim {
  const axes = sizes.map((n, i): [string, number] => [`j${i}`, n]);
  const x = input('x', ['tokens', ...sizes]);
  return reduce('y', [x], axes, [['t', 'tokens']], of(...axes.map(([name]) => name)));
}
/** The same sums as a tensor of another shape. */
const shaped = (y: Prim, ...shape: readonly number[]): Prim => ({
  ...y,
  shape: shape.map((n) => dimConst(n)),
});
const doubled = (y: Prim) => map('z', [y], [['j', 512]], call('mul', constant(2), load(0, 'j')));

const CASES: Readonly<Record<string, readonly [PrimProgram, vectors: number]>> = {
  'a row of vectors': [program({ y: sum(512) }), 2],
  'rows of vectors': [program({ y: sum(2, 256) }), 2],
  'rows that end in a part of a vector': [program({ y: sum(256, 6) }), 0],
  'rows of half a vector in one row': [program({ y: shaped(sum(256, 2), 512) }), 0],
  'counts in rows of half a vector': [
    program({
      y: shaped(
        sumOf([256, 2], () => constant(1)),
        512,
      ),
    }),
    0,
  ],
  'a row of vectors as a column': [program({ y: shaped(sum(512), 512, 1) }), 0],
  'too few results for all workgroups': [program({ y: sum(508) }), 0],
  'results that are changed before they are stored': [program({ z: doubled(sum(512)) }), 0],
};

it.each(Object.keys(CASES))('%s', (name) => {
  const [p, vectors] = CASES[name]!;
  const plan = planOf(p, 'lanes');
  const [step, ...others] = variantsIn(plan, 'lanes').flatMap((v) => v.steps);
  expect(others).toEqual([]);
  const { wgsl } = plan.kernels[step!.kernel]!;
  expect(wgsl).toContain('@workgroup_size(8)');
  expect(wgsl.match(/array<vec4f>/g) ?? []).toHaveLength(vectors);
});
