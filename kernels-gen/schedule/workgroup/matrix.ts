/**
 * Schedules in which subgroups multiply small matrices. Their workgroup stages the operands, so any layout, edge and
 * prologue is possible. Results stay in workgroup memory, from where invocations finish and store them. As WGSL does not
 * say how many subgroups a workgroup has, the tile has slots, which all subgroups take in rounds.
 */
import { ax, iadd, imul, int } from '../../../compiler/primitives/build.ts';
import type { ContractionPrim } from '../../../compiler/primitives/prim.ts';
import type { MatrixShape } from '../../../runtime/plan.ts';
import { exchanged, sizesOf } from '../../families/contraction/root.ts';
import { isWhole } from '../../families/contraction/schedule.ts';
import { innermostLast, tileSteps } from '../../families/contraction/tile-steps.ts';
import type { Emitted, ScheduleOptions } from '../../families/family.ts';
import { longest } from '../../fuse/axes.ts';
import { type ContractionKernel, productsOf } from '../../fuse/kernel.ts';
import { naiveContraction } from '../../loops/naive.ts';
import type { Scheduled } from '../../loops/type.ts';
import { wholeOf } from '../../memory/overwrite.ts';
import { printWgsl } from '../../print/wgsl.ts';
import { bind, rebind } from '../steps/bind.ts';
import { fission } from '../steps/fission.ts';
import { flatten } from '../steps/flatten.ts';
import { hand } from '../steps/hand.ts';
import { promote } from '../steps/promote.ts';
import { reorder } from '../steps/reorder.ts';
import { split } from '../steps/split.ts';
import { stage } from '../steps/stage.ts';
import { type LoopStep, scheduled } from '../steps/step.ts';
import { bindSubgroups } from '../steps/subgroups.ts';
import { tensorise } from '../steps/tensorise.ts';
import { asVectors } from '../steps/vectorise.ts';
import { copySteps, DEPTH, type Factor, factorsOf, LEAST, namesOf } from './shared.ts';

/** The tile of a workgroup, and how its subgroups and invocations share it. */
export interface MatrixTile {
  readonly rows: number;
  readonly cols: number;
  /** The numbers of slots along rows and columns. */
  readonly down: number;
  readonly across: number;
  readonly threads: number;
}

/** Dawn accepts multiples of the largest subgroup, which has 128 invocations. */
const GROUP: MatrixTile = { rows: 64, cols: 32, down: 2, across: 2, threads: 128 };

const F32: MatrixShape = { m: 8, n: 8, k: 8, component: 'f32', result: 'f32' };
/** The shape that NVIDIA's and AMD's drivers list for f16. */
const F16: MatrixShape = { m: 16, n: 16, k: 16, component: 'f16', result: 'f32' };

/** The shapes that a kernel may use, best first. f16 is exact only where the operands are stored as f16. */
export function matrixShapes(kernel: ContractionKernel): MatrixShape[] {
  const half = productsOf(kernel).every(({ a, b, args }) =>
    [a, b].every((e) => e.k === 'load' && args[e.arg]!.dtype === 'f16'),
  );
  return half ? [F16, F32] : [F32];
}

/**
 * The kernel that matrices multiply, whose operands may be exchanged; undefined where tiles would be mostly edge, or there
 * is too little work.
 */
export function matrixKernel(
  written: ContractionKernel,
  { tokens, strategy, device }: Pick<ScheduleOptions, 'tokens' | 'strategy' | 'device'>,
): ContractionKernel | undefined {
  if (longest(written.root.over) === undefined) return undefined;
  const { batch, m, n, k } = sizesOf(written, tokens);
  if (strategy !== 'matrix' && (Math.min(m, n) < LEAST || batch * m * n * k < device.minWork))
    return undefined;
  const turns = wholeOf(written).cols > GROUP.cols || (2 * m <= GROUP.rows && n > m);
  return turns ? exchanged(written) : written;
}

export const emitMatrix = (kernel: ContractionKernel, shape: MatrixShape): Emitted =>
  printWgsl(matrixLoops(kernel, shape));

/** The tile of a workgroup, of which one invocation would have all results. */
const tileOf = ({ rows, cols }: MatrixTile) => ({
  rows,
  cols,
  batchThreads: 1,
  rowThreads: 1,
  colThreads: 1,
});

/** Whether the tile has all rows, or all columns, where an overwrite needs that. */
export const isWholeTile = (kernel: ContractionKernel): boolean => isWhole(kernel, tileOf(GROUP));

/** The loops of a kernel in canonical form. */
export function matrixLoops(kernel: ContractionKernel, shape: MatrixShape, group = GROUP): Scheduled {
  const products = productsOf(kernel);
  const factors = products.map((p) => factorsOf(kernel, p));
  const vectors = new Set(factors.flat().flatMap((f) => (f.isVector ? [f.arg!] : [])));
  const parts = products.map(partOf);
  const { rows, cols, down, across, threads } = group;
  return scheduled(naiveContraction(kernel, products), [
    ...products.flatMap(({ over }) => innermostLast(over)),
    ...tileSteps(kernel, tileOf(group), { isPlain: true }).steps,
    hand(['row_each', 'col_each'], ['acc'], { as: ['r', 'c'], each: [], isLast: true }),
    ...slotSteps('row', rows / down, shape.m),
    ...slotSteps('col', cols / across, shape.n),
    reorder(['row_slot', 'col_slot', ...ELEMENTS]),
    flatten(['row_slot', 'col_slot'], 'slot'),
    fission(ELEMENTS),
    ...(vectors.size > 0 ? [asVectors([...vectors])] : []),
    ...products.flatMap((p, n) => productSteps(p, factors[n]!, shape, group)),
    bind('row_matrix', 'unrolled'),
    bind('col_matrix', 'unrolled'),
    tensorise(['row_part', 'col_part', ...parts]),
    bindSubgroups('slot', threads),
    rebind('left_lane'),
    rebind('right_lane'),
    split('r', threads / cols, 'r_step', 'r_thread'),
    flatten(['r_thread', 'c'], 'lane_of_results'),
    rebind('lane_of_results'),
    bind('r_step', 'opaque'),
  ]);
}

/** The loops over the matrices of a slot, and over the elements of a matrix. */
const ELEMENTS = ['row_matrix', 'col_matrix', 'row_part', 'col_part'];

/** The loop over the steps of a product's sum that one multiplication of matrices takes. */
const partOf = (product: ContractionPrim): string => `${namesOf(product)[1]}_part`;

/** Divides a direction of the tile into slots, matrices and their elements. */
const slotSteps = (direction: 'row' | 'col', slot: number, matrix: number): readonly LoopStep[] => [
  split(`${direction}_each`, slot, `${direction}_slot`, `${direction}_rest`),
  split(`${direction}_rest`, matrix, `${direction}_matrix`, `${direction}_part`),
];

/** The steps that stage the factors of a product, and load matrices from there. */
function productSteps(
  product: ContractionPrim,
  factors: readonly Factor[],
  { m, n, k, component }: MatrixShape,
  { rows, cols, down, across, threads }: MatrixTile,
): readonly LoopStep[] {
  const [outer, inner] = namesOf(product);
  const [steps, part] = [`${inner}_group`, partOf(product)];
  const nest = [steps, 'row_matrix', 'col_matrix', 'row_part', part, 'col_part'];
  const at = (direction: string, slot: number, matrix: number) =>
    [`${direction}_matrix`, `${direction}_part`].reduce(
      (sum, axis, d) => iadd(sum, d === 0 ? imul(ax(axis), int(matrix)) : ax(axis)),
      imul(ax(`${direction}_slot`), int(slot)),
    );
  const whole = {
    left: { at: at('row', rows / down, m), size: rows },
    right: { at: at('col', cols / across, n), size: cols },
  };
  const alongSum = factors.flatMap((f) => (f.isAlongSum ? [f.side] : []));
  const places = { left: 'row_each', right: 'col_each' };
  return [
    split(longest(product.over)!.name, DEPTH, outer, inner),
    stage({ outer, inner, axes: ELEMENTS, places, whole, dtype: component, alongSum }),
    ...factors.flatMap((f) => copySteps({ ...f, isPlaced: true }, threads)),
    split(inner, k, steps, part),
    reorder(nest),
    promote('left', nest.slice(1)),
    promote('right', nest.slice(1)),
  ];
}
