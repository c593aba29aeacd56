/**
 * Blocks by one subgroup whose lanes keep what they compute: what a later stage loads of a lane's own results is in its own
 * array, and workgroup memory holds only what lanes read of each other. What several products read of a block in storage is
 * copied into such an array first.
 */
import { constantOf, dimConst, productDim } from '../../../compiler/ir/dims.ts';
import { ax } from '../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import type { Axis, MapPrim, Prim } from '../../../compiler/primitives/prim.ts';
import {
  type Rewrite,
  rewriteExpr,
  rewriteInt,
  substituteAxes,
} from '../../../compiler/primitives/substitute.ts';
import { loadsOf } from '../../../compiler/primitives/visit.ts';
import type { Replaced } from '../../buffers.ts';
import { BLOCK, type Group } from '../../fuse/blocks.ts';
import { expressionsIn, RESULT } from '../../fuse/kernel.ts';
import { alongRows } from '../../fuse/mirrored.ts';
import { Emitter } from '../../wgsl/emitter.ts';
import { LANE, LANES } from '../../wgsl/kept.ts';
import { assemble } from '../../wgsl/module.ts';
import { extentOf } from '../../wgsl/size.ts';
import { emitKept, isAcross, isAlong, keptProduct, laneIn, ownAxis } from '../contraction/kept.ts';
import { type ContractionKernel, productsOf, range } from '../contraction/root.ts';
import { storeNeighbours, type Target } from '../contraction/store.ts';
import { axisRefs, count, digitsOf, type Emitted } from '../family.ts';
import { groupsOf, isMultiple } from '../vectors.ts';
import { between, heldName, inStorage, mapStage, numbered, targetsOf, writesOf } from './stages.ts';
import { emitTransposed } from './transposed.ts';

/** A stage, and whether a lane's results are every LANES-th of it. */
interface Work {
  readonly root: MapPrim | undefined;
  readonly product: ContractionKernel | undefined;
  readonly axes: readonly Axis[];
  readonly shared: boolean;
}

/** Elements of a block that a lane copies, at most. */
const MAX_COPIED = 128;

/** undefined where some product is not one that lanes can keep. */
export function emitKeeping(group: Group, barriers: boolean, over: readonly Replaced[]): Emitted | undefined {
  const works = worksOf(group);
  if (works === undefined) return undefined;
  const { kept, turned, held, copied } = placesOf(group, works);
  const keptName = (slot: number) => `kept${slot}`;
  const turnedName = (slot: number) => `turned${slot}`;
  const tensors = inStorage(group, over).map((t, i) => {
    const slot = group.slotOf[i];
    if (copied.has(i)) return { ...t, kept: copyName(i), copied: true as const };
    if (slot === undefined) return t;
    return {
      ...t,
      ...(kept.has(i) ? { kept: keptName(slot) } : {}),
      ...(turned.has(i) ? { turned: turnedName(slot) } : {}),
      ...(held.has(i) ? { held: heldName(slot) } : {}),
    };
  });
  const e = new Emitter(tensors);
  e.rolled = true;
  e.workgroups(e.size(group.blocks));
  e.define(BLOCK, 'group', group.blocks);
  e.define(LANE, 'lane', dimConst(LANES));
  const slotsOf = (args: ReadonlySet<number>) =>
    range(group.slots.length).filter((s) =>
      range(group.args.length).some((a) => args.has(a) && group.slotOf[a] === s),
    );
  for (const s of slotsOf(kept)) e.line(`var ${keptName(s)}: array<f32, ${group.slots[s]! / LANES}>;`);
  for (const s of slotsOf(turned)) e.line(`var ${turnedName(s)}: array<f32, ${group.slots[s]! / LANES}>;`);
  for (const arg of copied) copy(e, group.args[arg]!, arg);
  for (const [i, work] of works.entries()) {
    const { arg, slot } = group.stages[i]!;
    if (barriers) between(e, group, i, over);
    const others = targetsOf(group, i, work.axes, { slots: new Set(), outs: new Set() }).filter(
      (t) => t.name !== heldName(slot ?? -1) || held.has(arg!),
    );
    const own = arg !== undefined && kept.has(arg) ? keptName(slot!) : undefined;
    e.open('');
    if (work.product) productStage(e, work.product, own, others);
    else if (work.shared) sharedMap(e, work.root!, own, others);
    else mapStage(e, work.root!, LANES, others);
    if (arg !== undefined && turned.has(arg)) {
      const [rows, cols] = group.args[arg]!.shape.map((d) => constantOf(d)!);
      emitTransposed(e, keptName(slot!), turnedName(slot!), rows!, cols!);
    }
    e.close();
  }
  const { module, reads } = assemble(e, {
    tensors,
    out: writesOf(group).map((p) => p.dtype),
    workgroup: LANES,
    memories: slotsOf(held).map((s) => ({ name: heldName(s), elements: group.slots[s]! })),
  });
  return { module, reads, workgroups: extentOf(group.blocks) };
}

const copyName = (arg: number): string => `own${arg}`;

/** Each lane's own of this workgroup's block of a tensor, which several products read. */
function copy(e: Emitter, { shape }: Prim, arg: number): void {
  const axes = shape.slice(1).map((extent, d) => ({ name: `c${d}`, extent }));
  e.line(`var ${copyName(arg)}: array<f32, ${constantOf(count(axes))! / LANES}>;`);
  overOwn(e, axes, (here) => {
    const index = [ax(BLOCK), ...axisRefs(axes).map((x) => rewriteInt(x, here))];
    e.line(`${copyName(arg)}[at] = ${e.original(arg, index)};`);
  });
}

function worksOf(group: Group): readonly Work[] | undefined {
  if (group.args.some((a) => a.kind === 'input' && a.storage)) return undefined;
  const works: Work[] = [];
  for (const { kernel } of group.stages) {
    const { root } = kernel;
    if (root.kind === 'map') {
      const renamed = numbered(root);
      const last = renamed.axes.at(-1);
      const shared = last !== undefined && isMultiple(constantOf(last.extent), LANES);
      works.push({ root: renamed, product: undefined, axes: renamed.axes, shared });
      continue;
    }
    const product = keptProduct(alongRows({ ...kernel, root }));
    if (product === undefined) return undefined;
    works.push({ root: undefined, product, axes: product.root.axes, shared: true });
  }
  return works;
}

/**
 * Which arguments lanes keep their part of, and of the transposes of which; and which workgroup memory holds for all: what is
 * loaded decides.
 */
function placesOf(group: Group, works: readonly Work[]) {
  const [kept, turned, held] = [new Set<number>(), new Set<number>(), new Set<number>()];
  const keepable = new Set(
    group.stages.flatMap(({ arg }, i) => (arg !== undefined && works[i]!.shared ? [arg] : [])),
  );
  const uses = new Map<number, number>();
  const visit = (e: Expr | IntExpr, own: Axis | undefined) => {
    for (const { arg, index } of loadsOf(e)) {
      if (group.slotOf[arg] === undefined) {
        if (own && isBlock(group, arg, index) && isAlong(index, own)) uses.set(arg, (uses.get(arg) ?? 0) + 1);
        continue;
      }
      const { shape } = group.args[arg]!;
      const whole = shape.map((d) => isMultiple(constantOf(d), LANES));
      const lanes = keepable.has(arg) && whole.at(-1) ? own : undefined;
      if (lanes && isAlong(index, lanes)) {
        kept.add(arg);
      } else if (lanes && shape.length === 2 && whole[0] && isAcross(index, lanes)) {
        kept.add(arg);
        turned.add(arg);
      } else held.add(arg);
    }
  };
  for (const { root, product, shared } of works) {
    if (root) visit(root.body, shared ? root.axes.at(-1) : undefined);
    for (const p of product ? productsOf(product) : [])
      for (const which of ['a', 'b'] as const) visit(p[which], ownAxis(p, which));
    if (product?.epilogue) visit(product.epilogue, ownAxis(product.root, 'b'));
  }
  const loads = group.stages.flatMap((s) => expressionsIn(s.kernel).flatMap(loadsOf));
  const ofBlock = (arg: number) => loads.every((l) => l.arg !== arg || isOfBlock(l.index));
  const copied = [...uses].filter(([arg, n]) => n > 1 && ofBlock(arg)).map(([arg]) => arg);
  return { kept, turned, held, copied: new Set(copied) };
}

/** Whether it is an element of this workgroup's block, of whole lanes. */
function isBlock(group: Group, arg: number, index: readonly IntExpr[]): boolean {
  if (arg === RESULT) return false;
  const { shape, dtype } = group.args[arg]!;
  const size = constantOf(productDim(shape.slice(1))) ?? Infinity;
  const whole = isMultiple(constantOf(shape.at(-1)!), LANES) && size <= MAX_COPIED * LANES;
  return whole && dtype !== 'i32' && isOfBlock(index);
}

const isOfBlock = ([first]: readonly IntExpr[]): boolean => first?.k === 'axis' && first.name === BLOCK;

/** A loop over a lane's own of the elements at axes: `at` is each one's place among them, `here` what the axes are. */
function overOwn(e: Emitter, axes: readonly Axis[], body: (here: Rewrite) => void): void {
  const last = axes.at(-1)!;
  const groups = groupsOf(axes, last, LANES);
  e.loop('at', count(groups));
  const chunks = digitsOf(groups, ax('at'))!;
  body(substituteAxes(new Map([...chunks, [last.name, laneIn(chunks.get(last.name)!)]])));
  e.close();
}

/** A map, each lane every LANES-th element. */
function sharedMap(e: Emitter, root: MapPrim, own: string | undefined, others: readonly Target[]): void {
  overOwn(e, root.axes, (here) => {
    const value = e.floatName(rewriteExpr(root.body, here));
    if (own) e.line(`${own}[at] = ${value};`);
    for (const t of others) storeNeighbours(e, t, [value], [here]);
  });
}

/** A product, whose results go on from where lanes keep them. */
function productStage(
  e: Emitter,
  product: ContractionKernel,
  own: string | undefined,
  others: readonly Target[],
): void {
  const { axes } = product.root;
  const array = own ?? 'results';
  if (!own) e.line(`var ${array}: array<f32, ${constantOf(count(axes))! / LANES}>;`);
  emitKept(e, product, array);
  if (others.length === 0) return;
  overOwn(e, axes, (here) => {
    e.line(`let result = ${array}[at];`);
    for (const t of others) storeNeighbours(e, t, ['result'], [here]);
  });
}
