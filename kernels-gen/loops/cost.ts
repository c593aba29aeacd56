/**
 * Counts what the loops of a kernel do, as polynomials in the numbers of their iterations, which are the sizes of tiles.
 * Conditions count as met, loops as starting at 0 (strips as whole), and both branches of a selection as taken, so that
 * counts are upper bounds. They are exact where tiles have no remainders.
 */
import {
  addDim,
  constantOf,
  type Dim,
  dimConst,
  dimVar,
  divDim,
  equalDim,
  evalDim,
  evalReal,
  mulDim,
  productDim,
} from '../../compiler/dims/dims.ts';
import { layoutOf } from '../../compiler/primitives/storage.ts';
import { visit } from '../../compiler/primitives/visit.ts';
import { dtypeBytes } from '../../runtime/plan.ts';
import { flopsOf } from '../fuse/cost.ts';
import { expressionsOf, isWrite } from './expressions.ts';
import { isRegister, laneAxes, ownIndex } from './lanes.ts';
import type { Body, For, LoopKernel, Memory, Space, Statement, Trips } from './type.ts';

/** The iterations of a loop, of which a strip runs no more than `longest`. */
export interface Iterations extends Trips {
  readonly longest?: number;
}

/**
 * The operations, traffic and barriers of all workgroups together, and the registers of one invocation. In polynomials,
 * the axis of a loop stands for the number of its iterations.
 */
export interface LoopCost {
  readonly threads: number;
  /** The iterations of each loop by the name in polynomials: its axis, with a number where loops of one axis differ. */
  readonly sizes: ReadonlyMap<string, Iterations>;
  readonly flops: Dim;
  /** The bytes loaded from each space, and stored there, registers and matrices excepted. */
  readonly loaded: ReadonlyMap<Space, Dim>;
  readonly stored: ReadonlyMap<Space, Dim>;
  /** The bytes loaded and stored together, by the number of the memory. */
  readonly moved: ReadonlyMap<number, Dim>;
  /** The reads of other lanes' registers, and the combinations across a subgroup. */
  readonly shuffles: Dim;
  /** The barriers that workgroups meet. */
  readonly barriers: Dim;
  /** The registers of an invocation, and the elements of a subgroup's matrices. */
  readonly registers: number;
  readonly matrices: number;
}

/** The rounds of a loop over subgroups, after its name, and the subgroups of a workgroup, in polynomials. */
const [ROUNDS, SUBGROUPS] = ['_rounds', 'subgroups'];

/** The value of a count, where subgroups have `subgroup` invocations. */
export function countAt(
  count: Dim,
  { sizes, threads }: LoopCost,
  tokens: number,
  subgroup = threads,
): number {
  const subgroups = Math.ceil(threads / subgroup);
  const binding: Record<string, number> = { [SUBGROUPS]: subgroups };
  for (const [name, { of, by, longest = Infinity }] of sizes) {
    const size = Math.min(longest, Math.ceil(evalDim(of, { tokens }) / by));
    binding[name] = size;
    binding[`${name}${ROUNDS}`] = Math.ceil(size / subgroups);
  }
  return evalReal(count, binding);
}

/** The number of times that invocations run a statement, or whole subgroups where it is one of a matrix. */
interface Times {
  readonly each: Dim;
  readonly together: Dim;
  readonly isMatrix: boolean;
}

/** Throws DimError for registers without a fixed size. */
export function costOf(kernel: LoopKernel): LoopCost {
  const { memories, threads } = kernel;
  const lanes = laneAxes(kernel);
  const sizes = new Map<string, Iterations>();
  const [loaded, stored] = [new Map<Space, Dim>(), new Map<Space, Dim>()];
  const moved = new Map<number, Dim>();
  let [flops, shuffles, barriers] = [dimConst(0), dimConst(0), dimConst(0)];
  const block = (body: Body, times: Times): void => {
    for (const s of body) statement(s, times);
  };
  const statement = (s: Statement, times: Times): void => {
    const runs = times.isMatrix ? times.together : mulDim(times.each, dimConst(threads));
    const move = (by: Map<Space, Dim>, n: number) => {
      const m = memories[n]!;
      if (isRegister(m) || m.space === 'matrix') return;
      const bytes = mulDim(runs, bytesOf(m));
      by.set(m.space, addDim(by.get(m.space) ?? dimConst(0), bytes));
      moved.set(n, addDim(moved.get(n) ?? dimConst(0), bytes));
    };
    for (const e of expressionsOf(s))
      visit(e, (x) => {
        if (x.k !== 'load' && x.k !== 'iload') return;
        move(loaded, x.arg);
        const lane = x.index.at(-1);
        const isOwn = lane?.k === 'axis' && lanes.has(lane.name);
        if (memories[x.arg]!.space === 'lanes' && !isOwn) shuffles = addDim(shuffles, runs);
      });
    if (s.k === 'barrier') barriers = addDim(barriers, times.each);
    if (s.k === 'collect') shuffles = addDim(shuffles, runs);
    if (isWrite(s)) move(stored, s.to);
    if (s.k === 'accumulate') move(loaded, s.to);
    const own = s.k === 'store' || s.k === 'accumulate' ? flopsOf(s.value) : 0;
    const combined = s.k === 'accumulate' || s.k === 'collect' ? 1 : 0;
    flops = addDim(flops, mulDim(runs, dimConst(own + combined)));
    if (s.k === 'if') block(s.body, times);
    if (s.k === 'for') block(s.body, s.how === 'invocation' ? times : inside(s, times, nameOf(s, sizes)));
  };
  block(kernel.body, { each: dimConst(1), together: dimVar(SUBGROUPS), isMatrix: false });
  const held = (isIt: (m: Memory) => boolean, shapeOf: (m: Memory) => readonly Dim[]) =>
    memories.filter(isIt).reduce((n, m) => n + evalDim(productDim(shapeOf(m)), {}), 0);
  return {
    ...{ threads, sizes, flops, loaded, stored, moved, shuffles, barriers },
    registers: held(isRegister, (m) => ownIndex(m, m.shape)),
    matrices: held(
      (m) => m.space === 'matrix',
      (m) => m.shape,
    ),
  };
}

/** The runs of a loop's statements. Each iteration over subgroups is one subgroup's, in a round of all. */
function inside({ how }: For, { each, together, isMatrix }: Times, name: string): Times {
  const size = dimVar(name);
  if (how === 'subgroup')
    return { each: mulDim(each, dimVar(`${name}${ROUNDS}`)), together: mulDim(each, size), isMatrix };
  const times = { each: mulDim(each, size), together: mulDim(together, size) };
  return { ...times, isMatrix: isMatrix || how === 'matrix' };
}

function nameOf(loop: For, sizes: Map<string, Iterations>): string {
  const { axis, trips, from } = loop;
  const longest = stripOf(loop);
  const own = {
    ...{ of: trips.of, by: trips.by * (from?.step ?? 1) },
    ...(longest === undefined ? {} : { longest }),
  };
  for (let n = 0; ; n++) {
    const name = n === 0 ? axis : `${axis}_${n}`;
    const known = sizes.get(name);
    if (!known) sizes.set(name, own);
    const isSame = known?.by === own.by && known.longest === own.longest && equalDim(known.of, own.of);
    if (!known || isSame) return name;
  }
}

/** The iterations of a strip: its loop ends a fixed number after its start, or earlier. Undefined for other loops. */
function stripOf({ from, end }: For): number | undefined {
  if (from?.step !== 1 || end?.k !== 'iselect' || end.then.k !== 'iadd' || end.then.b.k !== 'int')
    return undefined;
  const { a: start, b: length } = end.then;
  return JSON.stringify(start) === JSON.stringify(from.value) ? length.value : undefined;
}

/** The bytes of an element; of a quantised one, its share of the words. */
export function bytesOf({ dtype, shape, storage }: Memory): Dim {
  if (!storage) return dimConst(dtypeBytes(dtype));
  const sizes = shape.map((d) => constantOf(d)!);
  return divDim(dimConst(4 * layoutOf(storage, sizes).words), productDim(shape));
}
