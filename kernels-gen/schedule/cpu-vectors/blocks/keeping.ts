/**
 * Computes fused blocks by one subgroup. Its lanes (invocations) keep results in private arrays for later
 * nests. The code of a small map has no loops. The places of its elements are then constants, and lanes read
 * each other's elements by shuffles, as from a packed triangle to its matrix. Elsewhere, lanes read each
 * other's elements from workgroup memory. A block in storage that several products or a small map read is
 * first copied into private arrays.
 */
import { constantOf, dimConst } from '../../../../compiler/dims/dims.ts';
import { int } from '../../../../compiler/primitives/build.ts';
import type { MapPrim } from '../../../../compiler/primitives/prim.ts';
import { type Rewrite, rewriteExpr, substituteAxes } from '../../../../compiler/primitives/substitute.ts';
import { range } from '../../../families/contraction/root.ts';
import { type StoreTarget, storeNeighbours } from '../../../families/contraction/store.ts';
import { digitsOf, type Emitted } from '../../../families/family.ts';
import { count } from '../../../fuse/axes.ts';
import { BLOCK, type FusedBlocks, writesOf } from '../../../fuse/blocks.ts';
import type { ContractionKernel } from '../../../fuse/kernel.ts';
import type { Replaced } from '../../../memory/buffers.ts';
import { Emitter } from '../../../wgsl/emitter.ts';
import { assemble } from '../../../wgsl/module.ts';
import { extentOf } from '../../../wgsl/size.ts';
import { PARTS, typeOf, vectorOf } from '../../../wgsl/vectors.ts';
import { LANE, LANES, laneIn, shuffles } from '../lanes.ts';
import { declared, elementOf, type LaneArray, LaneRegisters, vectorWidthAlong } from '../registers.ts';
import { chunksOf, copy, copyOf, overOwn } from './copying.ts';
import { between, heldName, inStorage, mapNest, targetsOf } from './nests.ts';
import { ofVectors, placesOf, worksOf } from './places.ts';
import { emitKept, isByRow } from './product.ts';
import { emitTransposed } from './transposed.ts';

/** Emits the kernel; undefined where lanes cannot keep the results of some product. */
export function emitKeeping(
  group: FusedBlocks,
  barriers: boolean,
  over: readonly Replaced[],
): Emitted | undefined {
  const works = worksOf(group);
  if (works === undefined) return undefined;
  const { kept, transposed, inWorkgroup, copied, written } = placesOf(group, works, over);
  const argsIn = (slot: number, args: ReadonlySet<number>) =>
    range(group.args.length).filter((a) => args.has(a) && group.slotOf[a] === slot);
  const arrayOf = (name: string, slot: number, args: ReadonlySet<number>, axis: number): LaneArray => {
    const all = argsIn(slot, args).map((a) => vectorWidthAlong(group.args[a]!.shape.at(axis)));
    return { name: `${name}${slot}`, vectorWidth: Math.min(...all) };
  };
  const keptIn = (slot: number) => arrayOf('kept', slot, kept, -1);
  const transposedIn = (slot: number) => arrayOf('transposed', slot, transposed, -2);
  const registersOf = (arg: number, slot: number) =>
    new LaneRegisters(keptIn(slot), transposed.has(arg) ? { transposed: transposedIn(slot) } : {});
  const tensors = inStorage(group, over).map((t, i) => {
    const slot = group.slotOf[i];
    if (copied.has(i)) {
      const vectors = ofVectors(group, i, over) ? { vectors: true } : {};
      return { ...t, ...vectors, registers: new LaneRegisters(copyOf(group.args[i]!, i), { isCopy: true }) };
    }
    if (slot === undefined) return t;
    return {
      ...t,
      ...(kept.has(i) ? { registers: registersOf(i, slot) } : {}),
      ...(inWorkgroup.has(i) ? { held: heldName(slot) } : {}),
    };
  });
  const e = new Emitter(tensors);
  e.rolled = true;
  e.workgroups(e.size(group.blocks));
  e.define(BLOCK, 'group', group.blocks);
  e.define(LANE, 'lane', dimConst(LANES));
  const slotsOf = (args: ReadonlySet<number>) =>
    range(group.slots.length).filter((s) => argsIn(s, args).length > 0);
  for (const s of slotsOf(kept)) e.line(declared(keptIn(s), group.slots[s]! / LANES));
  for (const s of slotsOf(transposed)) e.line(declared(transposedIn(s), group.slots[s]! / LANES));
  for (const arg of copied) copy(e, group.args[arg]!, arg);
  for (const [i, work] of works.entries()) {
    const { arg, slot } = group.nests[i]!;
    if (barriers) between(e, group, i, over);
    const others = targetsOf(group, i, work.axes, { slots: new Set(), outs: new Set() }).filter(
      (t) => t.name !== heldName(slot ?? -1) || inWorkgroup.has(arg!),
    );
    const own = arg !== undefined && kept.has(arg) ? keptIn(slot!) : undefined;
    e.open('');
    if (work.product) productNest(e, work.product, own, others);
    else if (written.has(work)) writtenMap(e, work.root!, own, others);
    else if (work.shared) sharedMap(e, work.root!, own, others);
    else mapNest(e, work.root!, LANES, others);
    if (arg !== undefined && transposed.has(arg)) {
      const [rows, cols] = group.args[arg]!.shape.map((d) => constantOf(d)!);
      emitTransposed(e, keptIn(slot!), transposedIn(slot!), rows!, cols!);
    }
    e.close();
  }
  const { module, reads } = assemble(e, {
    tensors,
    out: writesOf(group).map((p) => p.dtype),
    workgroup: LANES,
    memories: slotsOf(inWorkgroup).map((s) => ({ name: heldName(s), elements: group.slots[s]! })),
  });
  return { module, reads, workgroups: extentOf(group.blocks) };
}

/** Emits a small map without loops: the place of a lane's element is a constant, so lanes can exchange elements. */
function writtenMap(
  e: Emitter,
  root: MapPrim,
  own: LaneArray | undefined,
  others: readonly StoreTarget[],
): void {
  const last = root.axes.at(-1)!;
  const chunks = chunksOf(root.axes);
  const across = constantOf(chunks.at(-1)!.extent)!;
  e.shuffles = shuffles;
  for (const at of range(constantOf(count(chunks))!)) {
    const here = substituteAxes(
      new Map([...digitsOf(chunks, int(at))!, [last.name, laneIn(int(at % across))]]),
    );
    const value = e.floatName(rewriteExpr(root.body, here));
    if (own) e.line(`${elementOf(own, at)} = ${value};`);
    const left = constantOf(last.extent)! - LANES * (at % across);
    if (left < LANES) e.open(`if (lane < ${left})`);
    for (const t of others) storeNeighbours(e, t, [value], [here]);
    if (left < LANES) e.close();
  }
  e.shuffles = undefined;
}

/** Emits a map in a loop: each lane has every LANES-th element. */
function sharedMap(
  e: Emitter,
  root: MapPrim,
  own: LaneArray | undefined,
  others: readonly StoreTarget[],
): void {
  const { vectorWidth } = own ?? { vectorWidth: 1 };
  overOwn(e, root.axes, vectorWidth, (here) => {
    const values = here.map((h) => e.floatName(rewriteExpr(root.body, h)));
    if (own) e.line(`${own.name}[at] = ${vectorOf(values, typeOf('f32', vectorWidth))};`);
    for (const t of others) storeEach(e, t, values, here);
  });
}

/** Stores elements of a lane, which are LANES apart. */
function storeEach(
  e: Emitter,
  target: StoreTarget,
  values: readonly string[],
  here: readonly Rewrite[],
): void {
  for (const [i, value] of values.entries()) storeNeighbours(e, target, [value], [here[i]!]);
}

/**
 * Emits a product. If it is computed row by row, each result is stored at once. Otherwise, results are stored
 * from the lanes' arrays.
 */
function productNest(
  e: Emitter,
  product: ContractionKernel,
  own: LaneArray | undefined,
  others: readonly StoreTarget[],
): void {
  const { axes } = product.root;
  const array = own ?? { name: 'results', vectorWidth: vectorWidthAlong(axes.at(-1)?.extent) };
  const { name, vectorWidth } = array;
  const partsOf = (value: string) => (vectorWidth > 1 ? PARTS.map((p) => `${value}.${p}`) : [value]);
  if (isByRow(product)) {
    emitKept(e, product, vectorWidth, (entry, text, here) => {
      const value = e.name(text, e.depth, vectorWidth > 1 ? 'v' : 'f').text;
      if (own) e.line(`${name}[${entry}] = ${value};`);
      for (const t of others) storeEach(e, t, partsOf(value), here);
    });
    return;
  }
  if (!own) e.line(declared(array, constantOf(count(axes))! / LANES));
  emitKept(e, product, vectorWidth, (entry, value) => e.line(`${name}[${entry}] = ${value};`));
  if (others.length === 0) return;
  overOwn(e, axes, vectorWidth, (here) => {
    e.line(`let result = ${name}[at];`);
    for (const t of others) storeEach(e, t, partsOf('result'), here);
  });
}
