/** The naive loops of one nest of fused blocks, as a kernel of its own. */
import { constantOf, dimConst } from '../../../compiler/dims/dims.ts';
import { ax, iadd, imul, int } from '../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim, MapPrim, Prim } from '../../../compiler/primitives/prim.ts';
import { type Rewrite, rewriteExpr } from '../../../compiler/primitives/substitute.ts';
import { axisRefs } from '../../fuse/axes.ts';
import { BLOCK, type FusedBlocks, writesOf } from '../../fuse/blocks.ts';
import { type ContractionKernel, productsOf, type ReductionKernel } from '../../fuse/kernel.ts';
import { accumulator, inputsOf, nest, reduced, summed } from '../../loops/naive.ts';
import { type Body, type LoopKernel, type Memory, type Statement, trips } from '../../loops/type.ts';
import type { Replaced } from '../../memory/buffers.ts';

/** The loads of a nest's operands, and the stores of its result. */
export interface Access {
  /**
   * Replaces loads of an operand of a product. Without a product, it replaces those of a map, or of a product's
   * epilogue.
   */
  readonly load: (product?: ContractionPrim, which?: 'a' | 'b') => Rewrite['load'];
  /** Stores the result at some axes. */
  readonly store: (axes: readonly Axis[], value: Expr) => Body;
}

/**
 * The arguments by number, and the results. The first argument of a slot of workgroup memory stands for the slot, which
 * others load from there, if any of the slot is `held`.
 */
export function memoriesOf(
  group: FusedBlocks,
  over: readonly Replaced[],
  held: (arg: number) => boolean = () => true,
): readonly Memory[] {
  const { args, slotOf, slots } = group;
  const writes = writesOf(group);
  const inputs = inputsOf({ root: { args } }).map((m, i): Memory => {
    const slot = slotOf[i];
    const place = over.find((o) => o.tensor === args[i]);
    if (slot === undefined) return place ? { ...m, alias: args.length + writes.indexOf(place.by) } : m;
    const isHeld = slotOf.indexOf(slot) === i && args.some((_, a) => slotOf[a] === slot && held(a));
    return isHeld
      ? { name: `held${slot}`, space: 'workgroup', shape: [dimConst(slots[slot]!)], dtype: 'f32' }
      : { name: `unused${i}`, space: 'register', shape: [], dtype: 'f32' };
  });
  const outputs = writes.map(
    (p, i): Memory => ({ name: `out${i}`, space: 'output', shape: p.shape, dtype: p.dtype }),
  );
  return [...inputs, ...outputs];
}

/** The load of an argument in workgroup memory from there; undefined for one in storage. */
export function inSlot({ args, slotOf }: FusedBlocks): NonNullable<Rewrite['load']> {
  return (arg, index) => {
    const slot = slotOf[arg];
    if (slot === undefined) return undefined;
    return { k: 'load', arg: slotOf.indexOf(slot), index: [flatIndex(args[arg]!.shape, index)] };
  };
}

/** The store of a result over axes within the block to the output with that number among the memories. */
export const toOutput = (to: number, axes: readonly Axis[], value: Expr): Statement => ({
  ...{ k: 'store', to, value },
  index: [ax(BLOCK), ...axisRefs(axes)],
});

export const toArray = (to: number, at: IntExpr, value: Expr): Statement => ({
  ...{ k: 'store', to, index: [at], value },
});

/** The row-major position of an element, where all sizes are known. */
export const flatIndex = (shape: Prim['shape'], index: readonly IntExpr[]): IntExpr =>
  index.reduce<IntExpr>((at, i, d) => iadd(imul(at, int(constantOf(shape[d]!)!)), i), int(0));

export const inBlock = ({ blocks }: FusedBlocks, memories: readonly Memory[], body: Body): LoopKernel => ({
  ...{ memories, threads: 1 },
  body: [{ k: 'for', axis: BLOCK, trips: trips(blocks), how: 'workgroup', body }],
});

const loading = (load: Rewrite['load']): Rewrite => (load ? { load } : {});

export function mapLoops(
  group: FusedBlocks,
  { axes, body }: MapPrim,
  memories: readonly Memory[],
  { load, store }: Access,
): LoopKernel {
  return inBlock(group, memories, nest(axes, store(axes, rewriteExpr(body, loading(load())))));
}

/** The loops of a reduction in canonical form, to one result. */
export function reductionLoops(
  group: FusedBlocks,
  kernel: ReductionKernel,
  memories: readonly Memory[],
  { load, store }: Access,
): LoopKernel {
  const root = { ...kernel.root, body: rewriteExpr(kernel.root.body, loading(load())) };
  const epilogue = kernel.epilogue && rewriteExpr(kernel.epilogue, loading(load()));
  const { axes } = root;
  const sum = reduced({ ...kernel, epilogue }, root, memories.length, (value) => store(axes, value));
  return inBlock(group, [...memories, accumulator], nest(axes, sum));
}

/** The loops of a product in canonical form. */
export function productLoops(
  group: FusedBlocks,
  kernel: ContractionKernel,
  memories: readonly Memory[],
  { load, store }: Access,
): LoopKernel {
  const products = productsOf(kernel).map((p) => ({
    ...p,
    a: rewriteExpr(p.a, loading(load(p, 'a'))),
    b: rewriteExpr(p.b, loading(load(p, 'b'))),
  }));
  const epilogue = kernel.epilogue && rewriteExpr(kernel.epilogue, loading(load()));
  const { axes } = kernel.root;
  const sums = summed({ ...kernel, epilogue }, products, memories.length, (value) => store(axes, value));
  return inBlock(group, [...memories, accumulator], nest(axes, sums));
}
