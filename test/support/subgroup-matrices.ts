/**
 * Emulates subgroup matrices in plain WGSL, for devices without them. Each of a subgroup's SUBGROUP invocations has
 * every SUBGROUP-th row of the left operand and of the result, and the whole right operand.
 */
import { CLASSES } from '../../compiler/devices/index.ts';
import type { Plan, PlanKernel } from '../../runtime/plan.ts';
import { withVariants } from './plans.ts';

/** The number of invocations of a subgroup on the software device. */
const [SUBGROUP] = CLASSES.find((c) => c.devices.software)!.devices.smallest!;
const FEATURE = 'chromium-experimental-subgroup-matrix';

/** A Plan whose subgroup matrices are emulated. At most `subgroups` subgroups of a workgroup multiply. */
export const emulated = (plan: Plan, subgroups = 16): Plan => ({
  ...withVariants(plan, (v) => ({
    ...v,
    steps: v.steps.map((s) => ({
      ...s,
      ...(s.alternatives && {
        alternatives: s.alternatives.map(({ matrix: _, ...a }) => a),
      }),
    })),
  })),
  kernels: plan.kernels.map((k) => (k.features.includes(FEATURE) ? byHand(k, subgroups) : k)),
});

function byHand(kernel: PlanKernel, subgroups: number): PlanKernel {
  const size = (kind: string): readonly [cols: number, rows: number] => {
    const [, cols, rows] = new RegExp(`subgroup_matrix_${kind}<\\w+, (\\d+), (\\d+)>`).exec(kernel.wgsl)!;
    return [Number(cols), Number(rows)];
  };
  const [[k, m], [n]] = [size('left'), size('right')];
  if (size('right')[1] !== k || size('result').join() !== [n, m].join())
    throw new Error(`${kernel.name}: shapes of matrices do not fit`);
  const load = (kind: string, order: string, rows: number, cols: number, row: string) => `
fn load_${kind}_${order}(at: u32, stride: u32) -> ${kind} {
  var all: ${kind};
  for (var r = 0u; r < ${rows}u; r++) { for (var c = 0u; c < ${cols}u; c++) {
    all[r * ${cols}u + c] = f32(${kind.toLowerCase()}_tile[at + ${order === 'row_major' ? `${row} * stride + c` : `c * stride + ${row}`}]);
  } }
  return all;
}`;
  const row = `(r * ${SUBGROUP}u + by_hand)`;
  const library = `
var<private> by_hand: u32;
alias Left = array<f32, ${(m / SUBGROUP) * k}>;
alias Right = array<f32, ${k * n}>;
alias Sum = array<f32, ${(m / SUBGROUP) * n}>;
${['row_major', 'col_major'].flatMap((o) => [load('Left', o, m / SUBGROUP, k, row), load('Right', o, k, n, 'r')]).join('')}
fn multiply(a: Left, b: Right, sums: Sum) -> Sum {
  var all = sums;
  for (var r = 0u; r < ${m / SUBGROUP}u; r++) { for (var c = 0u; c < ${n}u; c++) { for (var i = 0u; i < ${k}u; i++) {
    all[r * ${n}u + c] = fma(a[r * ${k}u + i], b[i * ${n}u + c], all[r * ${n}u + c]);
  } } }
  return all;
}
fn store(at: u32, sums: Sum, stride: u32) {
  for (var r = 0u; r < ${m / SUBGROUP}u; r++) { for (var c = 0u; c < ${n}u; c++) {
    handed_acc[at + ${row} * stride + c] = sums[r * ${n}u + c];
  } }
}
`;
  const wgsl = kernel.wgsl
    .replace('enable chromium_experimental_subgroup_matrix;\n', '')
    .replace(/alias \w+ = subgroup_matrix_.*\n/g, '')
    .replace(/subgroupMatrixLoad<(Left|Right), (\w+)>\(&\w+, /g, 'load_$1_$2(')
    .replaceAll('subgroupMatrixMultiplyAccumulate(', 'multiply(')
    .replaceAll('subgroupMatrixStore<row_major>(&handed_acc, ', 'store(')
    .replace(
      '@builtin(num_subgroups) subgroups: u32',
      '@builtin(num_subgroups) there: u32, @builtin(subgroup_invocation_id) place: u32',
    )
    .replace('@builtin(subgroup_id) subgroup: u32', '@builtin(subgroup_id) number: u32')
    .replace(
      / let group = /,
      `  by_hand = place;\n  let subgroups = min(there, ${subgroups}u);\n  let subgroup = select(99u, number, number < subgroups);\n$&`,
    )
    .replace('\n@compute', `${library}\n@compute`);
  return { ...kernel, wgsl, features: kernel.features.filter((f) => f !== FEATURE) };
}
