/**
 * Computes a small product by one subgroup. Each lane (an invocation) has some of the result's columns. It
 * keeps its results in registers, from where the next product loads them. The columns' operand is b, the one
 * that has these columns.
 */
import { constantOf, type Dim } from '../../../../compiler/dims/dims.ts';
import type { IntExpr } from '../../../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim } from '../../../../compiler/primitives/prim.ts';
import { axesIn } from '../../../../compiler/primitives/visit.ts';
import { canonical, exchanged } from '../../../families/contraction/root.ts';
import { innermostLast } from '../../../families/contraction/tile-steps.ts';
import { isMultiple } from '../../../families/vectors.ts';
import { classify, count, innermost, longest, looped } from '../../../fuse/axes.ts';
import { type ContractionKernel, productsOf } from '../../../fuse/kernel.ts';
import { bind, bindInvocation } from '../../steps/bind.ts';
import { distribute } from '../../steps/distribute.ts';
import { fission } from '../../steps/fission.ts';
import { flatten } from '../../steps/flatten.ts';
import { fuse } from '../../steps/fuse.ts';
import { promote } from '../../steps/promote.ts';
import { reorder } from '../../steps/reorder.ts';
import { shift, shiftOf } from '../../steps/shift.ts';
import { spill } from '../../steps/spill.ts';
import { split } from '../../steps/split.ts';
import type { LoopStep } from '../../steps/step.ts';
import { vectorise, vectorWidth } from '../../steps/vectorise.ts';
import { LANE, LANES } from '../lanes.ts';
import { stepsOf } from '../steps.ts';

/** The largest number of results of a lane. Each is a statement, and many statements compile slowly. */
const MAX_RESULTS = 128;
/** The largest number of values that a lane loads of the columns' operand. Each is a statement too. */
const MAX_RIGHT = 512;

/**
 * The number of a lane's elements, LANES apart along an axis, that make a vector. It is 1 where lanes have unequal parts.
 */
export const widthAlong = (extent: Dim): number => vectorWidth(constantOf(extent)! / LANES);

const sizeOf = (axes: readonly Axis[]): number => constantOf(count(axes)) ?? Infinity;

/**
 * The product in canonical form. It is exchanged where the result's innermost axis, along which lanes run, is
 * one of its rows. Undefined where lanes cannot keep the results.
 */
export function keptProduct(kernel: ContractionKernel): ContractionKernel | undefined {
  const written = canonical(kernel);
  const isAlongColumns = innermost(classify(written.root).n) === innermost(written.root.axes);
  const candidate = isAlongColumns ? written : exchanged(kernel);
  const { axes } = candidate.root;
  const { batch, m, n } = classify(candidate.root);
  const columns = axes.at(-1);
  if (columns === undefined || !isMultiple(constantOf(columns.extent), LANES)) return undefined;
  // A lane counts its results row by row, with all columns of each.
  const last = axes.slice(axes.findIndex((a) => n.includes(a)));
  if (!last.every((a) => n.includes(a))) return undefined;
  if (sizeOf(batch) !== 1 || sizeOf(m) * sizeOf(n) > MAX_RESULTS * LANES) return undefined;
  const products = productsOf(candidate);
  if (stepsOf(products) * sizeOf(n) > MAX_RIGHT * LANES) return undefined;
  const isInLanes = ({ over, a, b }: ContractionPrim): boolean => {
    const sum = longest(over);
    const hasColumns = n.some((axis) => axesIn(b).has(axis.name));
    return (
      sum !== undefined && isMultiple(constantOf(sum.extent), LANES) && hasColumns && axesIn(a).has(sum.name)
    );
  };
  return products.every(isInLanes) ? candidate : undefined;
}

/** The axis of an operand along which each lane loads its own elements. */
export function ownAxis(root: ContractionPrim, which: 'a' | 'b'): Axis {
  return which === 'a' ? longest(root.over)! : innermost(root.axes)!;
}

/**
 * The largest number of multiply-adds in the text of a product that sums all results at once. Larger ones sum row by
 * row.
 */
const AT_ONCE = 64;

/** Whether a `keptProduct` is computed row by row. */
export function isByRow(kernel: ContractionKernel): boolean {
  const { m, n } = classify(kernel.root);
  const chunks = productsOf(kernel).reduce((sum, p) => sum + constantOf(longest(p.over)!.extent)! / LANES, 0);
  return (sizeOf(m) * sizeOf(n) * chunks) / LANES > AT_ONCE;
}

/** The largest number of values of the columns' operand that shift through registers. */
const MAX_SHIFTED = 32;

/** The largest number of results of a lane that are stored without a loop. Each store in the text is slow to compile. */
const MAX_STORES = 16;

interface Operands {
  /** The register from which results go to memory that lanes do not keep, if any do. */
  readonly stored: string | undefined;
  /** The steps that put what lanes keep into their registers. */
  readonly keeping: readonly LoopStep[];
  /** Whether lanes keep all that a product's columns' operand loads. */
  readonly isKept: (product: ContractionPrim) => boolean;
}

/** The steps of a `keptProduct`. */
export function keptSteps(kernel: ContractionKernel, operands: Operands): readonly LoopStep[] {
  const { axes } = kernel.root;
  const { batch, m, n } = classify(kernel.root);
  const [around, rows, cols] = [namesOf(batch), namesOf(m), namesOf(n)];
  const width = vectorWidth(sizeOf(n) / LANES);
  const each = width > 1 ? ['col_group', 'v'] : ['col_chunk'];
  const byRow = isByRow(kernel);
  const results = sizeOf(axes) / LANES;
  const products = productsOf(kernel);
  return [
    ...products.flatMap((p) => innermostLast(p.over)),
    ...(around.length > 0 ? [reorder([...around, ...rows, ...cols])] : []),
    flatten(cols, 'col'),
    flatten(rows, 'row'),
    split('col', LANES, 'col_chunk', LANE),
    ...(width > 1 ? [split('col_chunk', width, 'col_group', 'v')] : []),
    reorder([LANE, ...around, 'row', ...each]),
    bindInvocation(LANE),
    fission([...(byRow ? [] : ['row']), ...each]),
    ...products.flatMap((p, i) =>
      byRow ? rowSteps(p, i, each, operands) : stepSteps(p, i, rows, each, sizeOf(n) / LANES, operands),
    ),
    ...(byRow || results <= MAX_STORES ? [] : storesInLoops(operands.stored, each)),
    ...operands.keeping,
    ...each.map(wideOrUnrolled),
    bind('row', byRow ? 'opaque' : 'unrolled'),
    fuse,
  ];
}

/** Stores results in loops, from an array. */
const storesInLoops = (stored: string | undefined, each: readonly string[]): readonly LoopStep[] =>
  stored === undefined
    ? []
    : [
        spill(stored, ['row', ...each], { as: 'results', suffix: '_out' }),
        ...['row', ...each].map((axis) =>
          axis === 'v' ? vectorise('v_out', []) : bind(`${axis}_out`, 'opaque'),
        ),
      ];

const namesOf = (axes: readonly Axis[]): readonly string[] => axes.map((a) => a.name);

const wideOrUnrolled = (axis: string): LoopStep =>
  /^v(_|$)/.test(axis) ? vectorise(axis, []) : bind(axis, 'unrolled');

/** The name of the registers of product `i`, as steps name them. */
const numberedName = (name: string, i: number): string => (i === 0 ? name : `${name}${i}`);

/**
 * Adds a product to one row's sums, one row after another. The columns' operand is in registers. Where lanes do not keep
 * it, a loop loads it: the text of so many loads would be slow to compile.
 */
function rowSteps(
  { over, ...product }: ContractionPrim,
  i: number,
  each: readonly string[],
  { isKept }: Operands,
): readonly LoopStep[] {
  const inner = namesOf([...over.filter((a) => a !== longest(over)), longest(over)!]);
  const how = isKept({ ...product, over }) ? 'unrolled' : 'opaque';
  return [
    promote('right', [...inner, ...each], { before: 'row', suffix: `_right${i}` }),
    promote('left', [...inner, ...each]),
    distribute(numberedName('left', i), LANE),
    ...inner.flatMap((k) => [bind(k, 'unrolled'), bind(`${k}_right${i}`, how)]),
    ...each.map((e) => wideOrUnrolled(`${e}_right${i}`)),
  ];
}

/**
 * Adds a product to all rows' sums. The sum's axis is cut into chunks of LANES; step k of the loop adds element k of every
 * chunk. Registers of the columns' operand shift after each step: a load from an array at a variable index would take a
 * CPU one load for each lane.
 */
function stepSteps(
  product: ContractionPrim,
  i: number,
  rows: readonly string[],
  each: readonly string[],
  columns: number,
  { isKept }: Operands,
): readonly LoopStep[] {
  const { over } = product;
  const inner = longest(over)!.name;
  const [chunk, step] = [`${inner}_chunk`, `${inner}_step`];
  const others = looped(over.filter((a) => a.name !== inner));
  const isShifted = others.length === 0 && stepsOf([product]) * columns <= MAX_SHIFTED && isKept(product);
  const right = numberedName('right', i);
  const own = `_${right}`;
  const loaded = [chunk, step, ...each];
  return [
    split(inner, LANES, chunk, step),
    ...(isShifted ? [promote('right', [chunk, step, 'row', ...each], { suffix: own })] : []),
    promote('left', ['row', ...each, chunk, step], { suffix: `_left${i}` }),
    distribute(numberedName('left', i), LANE),
    // A row's sum takes all chunks before the next row's, which takes lavapipe 1 % less time.
    reorder(isShifted ? [step, 'row', chunk, ...each] : [step, chunk, 'row', ...each]),
    ...(isShifted
      ? [shift(right, step)]
      : [promote('right', ['row', ...each], { within: step, suffix: own })]),
    bind(step, 'opaque'),
    bind(chunk, 'unrolled'),
    ...(rows.some((axis) => axesIn(product.a).has(axis)) ? [bind(`row_left${i}`, 'unrolled')] : []),
    bind(`${chunk}_left${i}`, 'unrolled'),
    ...each.map((axis) => wideOrUnrolled(`${axis}${own}`)),
    ...(isShifted
      ? [
          ...[chunk, step].map((axis) => bind(`${axis}${own}`, 'unrolled')),
          ...loaded.map((axis, d) =>
            axis === 'v' ? vectorise(shiftOf(right, d), []) : bind(shiftOf(right, d), 'unrolled'),
          ),
        ]
      : []),
  ];
}

/** Whether the last index but one is the axis, and no other index depends on it. */
export const isAcross = (index: readonly IntExpr[], axis: Axis): boolean => isAloneAt(-2, index, axis);

/** Whether the last index is the axis, and no other index depends on it. */
export const isAlong = (index: readonly IntExpr[], axis: Axis): boolean => isAloneAt(-1, index, axis);

function isAloneAt(place: -1 | -2, index: readonly IntExpr[], { name }: Axis): boolean {
  const own = index.at(place);
  return own?.k === 'axis' && own.name === name && index.filter((i) => axesIn(i).has(name)).length === 1;
}
