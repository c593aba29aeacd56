/**
 * Schedules that cut long sums into panels. The lanes of a subgroup hold a panel of the columns' operand, while all rows of
 * the tile go by. Each row adds the panel's steps to its sums, which are in workgroup memory between panels. A sum that a
 * loop carries in a register takes lavapipe a load, a selection and a store at each step; here it does once a panel.
 *
 *     for panel in ⌈k / 128⌉:
 *       for step in 128: held[step] = b[panel * 128 + step, lane]
 *       for row in rows:
 *         left[lane] = a[row, panel * 128 + lane], and so on: 32 steps of the sum at a time
 *         sum = sums[row, lane]
 *         for step in 128 unrolled: sum += left[step] * held[step]
 *         sums[row, lane] = sum
 *     for row in rows: out[row, lane] = sums[row, lane]
 */
import { constantOf } from '../../../compiler/dims/dims.ts';
import type { ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { axesIn } from '../../../compiler/primitives/visit.ts';
import { exchanged, sizesOf } from '../../families/contraction/root.ts';
import { asBuffers } from '../../families/contraction/schedule.ts';
import type { Tile } from '../../families/contraction/tile.ts';
import { innermostLast, tileSteps } from '../../families/contraction/tile-steps.ts';
import { type Vectors, vectorsAlone } from '../../families/contraction/vectors.ts';
import type { ScheduleOptions } from '../../families/family.ts';
import { classify, count, innermost, longest } from '../../fuse/axes.ts';
import {
  type ContractionKernel,
  productsOf,
  WORKGROUP_MEMORY,
  workgroupMemoryOf,
} from '../../fuse/kernel.ts';
import { isContiguous } from '../../fuse/strides.ts';
import { naiveContraction } from '../../loops/naive.ts';
import { type Scheduled, VECTOR } from '../../loops/type.ts';
import { wholeOf } from '../../memory/overwrite.ts';
import { printWgsl } from '../../print/wgsl.ts';
import { bind } from '../steps/bind.ts';
import { cacheWrite } from '../steps/cache-write.ts';
import { demote } from '../steps/demote.ts';
import { distribute } from '../steps/distribute.ts';
import { flatten } from '../steps/flatten.ts';
import { fuse } from '../steps/fuse.ts';
import { promote } from '../steps/promote.ts';
import { reorder } from '../steps/reorder.ts';
import { split } from '../steps/split.ts';
import { type LoopStep, scheduled } from '../steps/step.ts';
import { vectorise } from '../steps/vectorise.ts';
import { type Costed, CYCLES, type LoopSchedule, MIN_WORK, PARALLEL, sharingWord } from './cycles.ts';
import { LANES, shuffles } from './lanes.ts';
import { readingCycles } from './stationary.ts';
import { isAlong, quadOf } from './vectors.ts';

/** The numbers of rows of a tile, ascending. */
export const PANEL_ROWS: readonly number[] = [16, 32, 64, 128, 256];
/** The numbers of steps of a panel, best first. A kernel with more steps in its text compiles in seconds. */
const PANELS = [128, 96, 64];
/** The columns of a lane: the parts of a vector. More need more memory for sums, fewer share less of a row's operand. */
const COLS = VECTOR;

/** The number of steps of a product's sum; undefined where it is unknown, or where there is no sum. */
const stepsIn = ({ over }: ContractionPrim): number | undefined => longest(over) && constantOf(count(over));

/** The number of steps of a product's panel: of all, where they are few; undefined where no panel divides the sum. */
function panelOf(product: ContractionPrim): number | undefined {
  const steps = stepsIn(product);
  if (steps === undefined) return undefined;
  return steps <= PANELS[0]! ? steps : PANELS.find((p) => steps % p === 0);
}

/**
 * Fitted cycles of a shuffle from a constant lane (`broadcast`), of a multiply-add of operands in memory, of a value's store
 * into a panel (`hold`), and of the sums of a row between panels, for each column; the factor for strided rows.
 */
const PANEL = { broadcast: 1, multiplyAdd: 0.9, hold: 24, sum: 4, strided: 2 } as const;

/** Whether the steps of a row's operand are far apart. A panel then takes more lines of a cache than its rows share. */
const isStrided = ({ a, args, axes, over }: ContractionPrim): boolean =>
  !isContiguous(a, longest(over)!, args, [...axes, ...over]);

/**
 * The best schedules as written and with exchanged operands. Undefined where no sum is longer than a panel, or where there is
 * too little work.
 */
export function panelSchedules(
  kernel: ContractionKernel,
  options: Pick<ScheduleOptions, 'tokens' | 'strategy' | 'device'>,
): readonly [(LoopSchedule & Costed) | undefined, (LoopSchedule & Costed) | undefined] {
  return [choose(kernel, options), choose(exchanged(kernel), options)];
}

function choose(
  kernel: ContractionKernel,
  { tokens, strategy, device }: Pick<ScheduleOptions, 'tokens' | 'strategy' | 'device'>,
): (LoopSchedule & Costed) | undefined {
  const { root } = kernel;
  const { batch, m, n, k } = sizesOf(kernel, tokens);
  const along = innermost(classify(root).n);
  if (along === undefined || (strategy !== 'lanes' && batch * m * n * k < MIN_WORK)) return undefined;
  const products = productsOf(kernel);
  if (products.every((p) => stepsIn(p) === panelOf(p))) return undefined;
  const whole = wholeOf(kernel);
  const vectors = vectorsAlone(kernel, { rows: 1, cols: COLS });
  // Where the columns are far apart in the result, rows that follow each other store to the same lines of a cache.
  const apart = along === innermost(root.axes) ? CYCLES.load : 2 * CYCLES.load;
  const store = vectors?.out ? CYCLES.vector : apart;
  let best: (LoopSchedule & Costed) | undefined;
  for (const rows of PANEL_ROWS) {
    const schedule =
      rows < whole.rows || LANES * COLS < whole.cols
        ? undefined
        : panelsOf(kernel, rows, workgroupMemoryOf(device));
    if (!schedule) continue;
    const taken = Math.min(rows, m);
    const each = products.map((p) => {
      const [steps, size] = [stepsIn(p)!, panelOf(p)!];
      const row =
        (size / LANES) * readingCycles(p, 'a', along, vectors) * (isStrided(p) ? PANEL.strided : 1) +
        size * (PANEL.broadcast + COLS * PANEL.multiplyAdd) +
        COLS * PANEL.sum;
      const held = COLS * size * (readingCycles(p, 'b', along, vectors) + PANEL.hold);
      return (steps / size) * (held + taken * row);
    });
    const tiles = batch * Math.ceil(m / rows) * Math.ceil(n / (LANES * COLS));
    const idle = (Math.ceil(tiles / PARALLEL) * PARALLEL) / tiles;
    const cycles = tiles * (each.reduce((sum, c) => sum + c) + taken * COLS * store) * idle;
    if (!best || cycles < best.cycles) best = { ...schedule, cycles };
  }
  return best;
}

/** The schedule with `rows` of a tile; undefined where a sum has no panels, or there is no column for lanes. */
export function panelsOf(
  kernel: ContractionKernel,
  rows: number,
  memory = WORKGROUP_MEMORY,
): LoopSchedule | undefined {
  const { n } = classify(kernel.root);
  if (innermost(n) === undefined || productsOf(kernel).some((p) => panelOf(p) === undefined))
    return undefined;
  if (rows * LANES * COLS > memory) return undefined;
  const tile: Tile = { rows, cols: COLS, batchThreads: 1, rowThreads: 1, colThreads: LANES };
  const emit = (isLockstep = false) =>
    printWgsl(panelLoops(kernel, tile, isLockstep), { shuffles, isLockstep, isTested: true });
  return { kernel, tile, emit };
}

/** The loops of a kernel in canonical form. */
export const panelLoops = (kernel: ContractionKernel, tile: Tile, isLockstep = false): Scheduled =>
  scheduled(naiveContraction(kernel, productsOf(kernel)), panelSteps(kernel, tile, isLockstep));

const ROW = 'row_each';
const LANE = 'col_thread';

function panelSteps(kernel: ContractionKernel, tile: Tile, isLockstep: boolean): readonly LoopStep[] {
  const products = productsOf(kernel);
  const vectors = vectorsAlone(kernel, { rows: 1, cols: tile.cols });
  const { steps, each } = tileSteps(kernel, tile, {
    // Workgroups that follow each other have the same columns, whose operand is then in the cache.
    ...{ vectors, isByColumnTiles: true, isTrimmed: true },
    waiting: isLockstep ? 'subgroup' : 'workgroup',
  });
  const cols = each.filter((e) => e !== ROW);
  return [
    ...products.flatMap((p) => innermostLast(p.over)),
    ...steps,
    ...asBuffers(kernel, vectors),
    ...products.flatMap((p, n) => sumSteps(p, { n, cols, vectors })),
    ...cols.map(together),
    demote('acc', LANE, 1, cols.at(-1) === 'v'),
    bind(ROW, 'opaque'),
    fuse,
  ];
}

const together = (axis: string): LoopStep =>
  axis.startsWith('v') ? vectorise(axis, []) : bind(axis, 'unrolled');

interface PanelOptions {
  /** The product's number. */
  readonly n: number;
  /** The loops over a lane's columns. */
  readonly cols: readonly string[];
  readonly vectors: Vectors | undefined;
}

/** The ends of the names in the loops that load a row's operand, and the held one. */
const [LOADED, HELD] = ['_row', '_held'];

/** The steps of one product: panels around rows, held columns, and rows that lanes load together. */
function sumSteps(product: ContractionPrim, { n, cols, vectors }: PanelOptions): readonly LoopStep[] {
  const inner = longest(product.over)!;
  const axes = [...product.over.filter((a) => a !== inner), inner].map((a) => a.name);
  const name = axes.length === 1 ? axes[0]! : `${axes[0]}_all`;
  const [panel, own] = [`${name}_panel`, `${name}_step`];
  const suffix = `${HELD}${n}`;
  const hasColumns = classify(product).n.some((a) => axesIn(product.b).has(a.name));
  return [
    ...(axes.length > 1 ? [flatten(axes, name)] : []),
    // A sum of one panel has a loop around it, too, in which the names of its rows stand.
    split(name, panelOf(product)!, panel, own),
    bind(panel, 'opaque'),
    reorder([ROW, own, ...cols]),
    cacheWrite('acc', own, cols, `sum${n}`),
    promote('right', [own, ...cols], { as: `held${n}`, before: ROW, suffix }),
    ...(isSummed(product, 'b') ? heldSteps(product, `${own}${suffix}`, vectors) : []),
    ...(hasColumns ? cols.map((c) => together(`${c}${suffix}`)) : []),
    ...loadSteps(product, own, { n, cols, vectors }),
  ];
}

/**
 * The steps by which lanes load the columns' operand: each a step of the sum at a time, VECTOR steps, or those of a quantised
 * word, which is then loaded once, with its scale.
 */
function heldSteps(
  product: ContractionPrim,
  held: string,
  vectors: Vectors | undefined,
): readonly LoopStep[] {
  const { over, axes, args, b } = product;
  const word = sharingWord(b, longest(over)!, args, [...axes, ...over]);
  const each = isAlong(product, 'b', vectors) ? VECTOR : panelOf(product)! % word === 0 ? word : 1;
  if (each === 1) return [bind(held, 'opaque')];
  const [first, part] = [`${held}_first`, `${held}_part`];
  return [split(held, each, first, part), bind(first, 'opaque'), bind(part, 'unrolled')];
}

/** Whether an operand is another one at each step of the sum. */
const isSummed = ({ over, ...operands }: ContractionPrim, which: 'a' | 'b'): boolean =>
  over.some((a) => axesIn(operands[which]).has(a.name));

/** The steps by which lanes load a row's operand: each a step of the sum at a time, or VECTOR steps. */
function loadSteps(
  product: ContractionPrim,
  own: string,
  { n, cols, vectors }: PanelOptions,
): readonly LoopStep[] {
  const isVector = isAlong(product, 'a', vectors);
  const [quad, part] = quadOf(own);
  const along = isVector ? [part, quad] : [own];
  const left = `left${n}`;
  return [
    ...(isVector ? [split(own, VECTOR, quad, part)] : []),
    promote('left', [...cols, ...along], { as: left, suffix: `${LOADED}${n}` }),
    ...(isSummed(product, 'a')
      ? [...along.map((a) => bind(`${a}${LOADED}${n}`, 'unrolled')), distribute(left, LANE)]
      : []),
    ...along.map((a) => bind(a, 'unrolled')),
  ];
}
