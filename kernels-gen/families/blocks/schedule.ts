/**
 * The portable schedule of fused blocks: a workgroup computes all nests for its block, one after another. Each invocation
 * has some results of every nest, and the workgroup's memory holds what later nests load.
 */
import { constantOf, dimConst } from '../../../compiler/dims/dims.ts';
import { ax, iadd, imul, int } from '../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import type { Axis, Prim } from '../../../compiler/primitives/prim.ts';
import { type Rewrite, rewriteExpr } from '../../../compiler/primitives/substitute.ts';
import { axisRefs, classify, count, extents } from '../../fuse/axes.ts';
import { BLOCK, type FusedBlocks, type Nest, writesOf } from '../../fuse/blocks.ts';
import { type ContractionKernel, productsOf } from '../../fuse/kernel.ts';
import { joined } from '../../loops/join.ts';
import { accumulator, inputsOf, nest, summed } from '../../loops/naive.ts';
import { type Body, type Memory, type Scheduled, type Statement, trips } from '../../loops/type.ts';
import type { Replaced } from '../../memory/buffers.ts';
import { printWgsl } from '../../print/wgsl.ts';
import { flatten } from '../../schedule/steps/flatten.ts';
import { spread } from '../../schedule/steps/spread.ts';
import { type LoopStep, scheduled } from '../../schedule/steps/step.ts';
import { canonical } from '../contraction/root.ts';
import { productSteps } from '../contraction/schedule.ts';
import type { Tile } from '../contraction/tile.ts';
import { tileSteps } from '../contraction/tile-steps.ts';
import type { Emitted } from '../family.ts';
import { numbered } from '../map/schedule.ts';

const WORKGROUP = 64;
/** The largest number of rows of an invocation's tile, and of columns. */
const EACH = 4;

export const emitInThreads = (group: FusedBlocks, over: readonly Replaced[]): Emitted =>
  printWgsl(blocksLoops(group, over));

export function blocksLoops(group: FusedBlocks, over: readonly Replaced[]): Scheduled {
  const memories = memoriesOf(group, over);
  const nests = group.nests.map((n) => nestLoops(group, n, memories));
  return {
    naive: joined(
      nests.map((n) => n.naive),
      memories.length,
    ),
    steps: nests.flatMap(({ steps }, n) => steps.map((s) => `in nest ${n}: ${s}`)),
    loops: joined(
      nests.map((n) => n.loops),
      memories.length,
    ),
  };
}

/**
 * The arguments by number, and the results. The first argument of a slot of workgroup memory stands for the slot, which
 * others load from there.
 */
function memoriesOf(
  { args, slotOf, slots, ...group }: FusedBlocks,
  over: readonly Replaced[],
): readonly Memory[] {
  const writes = writesOf({ args, slotOf, slots, ...group });
  const inputs = inputsOf({ root: { args } }).map((m, i): Memory => {
    const slot = slotOf[i];
    const place = over.find((o) => o.tensor === args[i]);
    if (slot === undefined) return place ? { ...m, alias: args.length + writes.indexOf(place.by) } : m;
    return slotOf.indexOf(slot) === i
      ? { name: `held${slot}`, space: 'workgroup', shape: [dimConst(slots[slot]!)], dtype: 'f32' }
      : { name: `unused${i}`, space: 'register', shape: [], dtype: 'f32' };
  });
  const outputs = writes.map(
    (p, i): Memory => ({ name: `out${i}`, space: 'output', shape: p.shape, dtype: p.dtype }),
  );
  return [...inputs, ...outputs];
}

/** The scheduled loops of one nest, as a kernel of its own. */
function nestLoops(
  group: FusedBlocks,
  { kernel, slot, stored }: Nest,
  memories: readonly Memory[],
): Scheduled {
  const { slotOf, args } = group;
  const inSlot: Rewrite = {
    load(arg, index) {
      const of = arg < 0 ? undefined : slotOf[arg];
      if (of === undefined) return undefined;
      return { k: 'load', arg: slotOf.indexOf(of), index: [flatIndex(args[arg]!.shape, index)] };
    },
  };
  const results = (axes: readonly Axis[], value: Expr): Body => {
    const own = axisRefs(axes);
    const to = stored ? args.length + writesOf(group).indexOf(stored) : -1;
    return [
      ...(slot === undefined ? [] : [store(slotOf.indexOf(slot), [flatIndex(extents(axes), own)], value)]),
      ...(stored ? [store(to, [ax(BLOCK), ...own], value)] : []),
    ];
  };
  const inBlock = (body: Body): Body => [
    { k: 'for', axis: BLOCK, trips: trips(group.blocks), how: 'workgroup', body },
  ];
  if (kernel.root.kind === 'map') {
    const { axes, body } = numbered(kernel.root);
    const value = rewriteExpr(body, inSlot);
    const loops = { memories, threads: 1, body: inBlock(nest(axes, results(axes, value))) };
    return scheduled(loops, mapSteps(axes.map((a) => a.name)));
  }
  const own = canonical({ ...kernel, root: kernel.root });
  const products = productsOf(own).map((p) => ({
    ...p,
    a: rewriteExpr(p.a, inSlot),
    b: rewriteExpr(p.b, inSlot),
  }));
  const finished = { ...own, epilogue: own.epilogue && rewriteExpr(own.epilogue, inSlot) };
  const { axes } = own.root;
  const statements = summed(finished, products, memories.length, (value) => results(axes, value));
  const loops = { memories: [...memories, accumulator], threads: 1, body: inBlock(nest(axes, statements)) };
  return scheduled(loops, contractionSteps(own));
}

const store = (to: number, index: readonly IntExpr[], value: Expr): Statement => ({
  k: 'store',
  to,
  index,
  value,
});

/** The row-major position of an element, where all sizes are known. */
const flatIndex = (shape: Prim['shape'], index: readonly IntExpr[]): IntExpr =>
  index.reduce<IntExpr>((at, i, d) => iadd(imul(at, int(constantOf(shape[d]!)!)), i), int(0));

/** Each invocation computes every WORKGROUP-th element. */
const mapSteps = (axes: readonly string[]): readonly LoopStep[] => [
  flatten(axes, 'at'),
  spread(['at'], BLOCK, { threads: WORKGROUP, as: 'n', free: ['at'] }),
];

/** All invocations compute one product, each a tile of it. */
function contractionSteps(kernel: ContractionKernel): readonly LoopStep[] {
  const { steps, each } = tileSteps(kernel, tileOf(kernel, WORKGROUP), { isInBlock: true });
  return [...steps, ...productSteps(productsOf(kernel), each)];
}

/** The tile by which `threads` invocations compute one product of a block. */
export function tileOf({ root }: ContractionKernel, threads: number): Tile {
  const { m, n } = classify(root);
  const [rows, cols] = [m, n].map((axes) => constantOf(count(axes))!) as [number, number];
  const rowThreads = Math.min(8, threads, 2 ** Math.ceil(Math.log2(rows)));
  const colThreads = threads / rowThreads;
  const each = (size: number, across: number) => Math.min(EACH, Math.ceil(size / across));
  return {
    rows: each(rows, rowThreads),
    cols: each(cols, colThreads),
    batchThreads: 1,
    rowThreads,
    colThreads,
  };
}
