/** Prepares primitives for printing: views move into what reads them, and divided axes are split. */
import { type Dim, equalDim, ofTokens, productDim } from '../../../compiler/dims/dims.ts';
import { toNumber } from '../../../compiler/dims/rational.ts';
import { sameShape } from '../../../compiler/ir/build.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type {
  MapPrim,
  Prim,
  PrimProgram,
  ScatterPrim,
  SolvePrim,
} from '../../../compiler/primitives/prim.ts';
import {
  isLoop,
  type LoopPrim,
  loopAxes,
  pruneArgs,
  simplifyPrim,
  substitute,
} from '../../../compiler/primitives/substitute.ts';
import { axesIn, loadsOf } from '../../../compiler/primitives/visit.ts';
import { postOrder } from '../../../compiler/primitives/walk.ts';
import { nodesOf } from '../../../kernels-gen/fuse/cost.ts';
import { uniqueAxes } from '../../../kernels-gen/fuse/graph.ts';
import { reading } from '../../../kernels-gen/fuse/layout.ts';
import { Readings } from '../../../kernels-gen/fuse/readings.ts';
import { hasWholeFactors, splitAxes } from '../../../kernels-gen/fuse/split.ts';
import { type Added, type Frame, matrixFactors, wholeTensor } from './statement.ts';
import { viewOf } from './views.ts';

export type Computed = Exclude<Prim, { kind: 'input' }>;

/** Primitives that are printed with the views that they read. A solve is a call, which views would make long. */
type ViewReader = Exclude<LoopPrim, SolvePrim>;
const readsViews = (p: Prim): p is ViewReader => isLoop(p) && p.kind !== 'solve';

/** A tensor of a program, and the primitive that computes it from other tensors. */
export interface Assignment {
  readonly tensor: Prim;
  readonly computes: Computed;
  /** The sum that it is of a matrix and a product, where it is one. */
  readonly added: Added | undefined;
}

/**
 * The assignments of a program, each after those that it reads. A view is none of its own, except where it is an output
 * or where `isWhole` reads it, a primitive that is printed in a form of its own.
 */
export function assignmentsOf(program: PrimProgram, isWhole: (p: Prim) => boolean): Assignment[] {
  const outputs = new Set(program.outputs.map((o) => o.prim));
  const order = postOrder<Prim>([...outputs], (p) => p.args);
  const computed = new Readings<Computed>((c) => c.args);
  // A size such as r/2 is whole where a tensor or a loop of the program has it.
  const sizes = order.flatMap((p) => [...p.shape, ...(isLoop(p) ? loopAxes(p).map((a) => a.extent) : [])]);
  const split = <P extends Exclude<ViewReader, ScatterPrim>>(p: P): P =>
    splitAxes(p, undefined, (d) => hasWholeFactors(d) || sizes.some((s) => equalDim(s, d)));
  for (const [i, p] of order.entries()) {
    // A solve that was lifted to experts may have an argument that its operands do not load.
    if (p.kind === 'solve') computed.set(p, pruneArgs(p));
    else if (p.kind !== 'input')
      computed.set(p, readsViews(p) && !isWhole(p) ? withViews(p, i, { computed, isWhole, split }) : p);
  }
  for (const tensor of order)
    if (!outputs.has(tensor) && !isWhole(tensor)) joinReader(tensor, computed, isWhole);
  for (const tensor of order) if (!outputs.has(tensor)) putTokensFirst(tensor, computed, isWhole);
  const sums = new Map<Prim, Added>();
  for (const tensor of [...computed.keys()]) {
    const added = isWhole(tensor) ? undefined : addedProduct(tensor, computed, outputs);
    if (added) sums.set(tensor, added);
  }
  for (const [tensor, { to, product }] of sums)
    computed.set(tensor, { ...(computed.get(tensor) as MapPrim), args: [to, ...product.args] });
  const needed = postOrder<Prim>([...outputs], (p) => computed.get(p)?.args ?? []);
  return needed.flatMap((tensor) => {
    const computes = computed.get(tensor);
    return computes ? [{ tensor, computes, added: sums.get(tensor) }] : [];
  });
}

/**
 * The sum X + c·A·B that a map computes, where it alone reads the product of matrices. Undefined for any other map, and
 * where the product is one of `outputs`.
 */
function addedProduct(
  tensor: Prim,
  computed: Readings<Computed>,
  outputs: ReadonlySet<Prim>,
): Added | undefined {
  const map = computed.get(tensor);
  if (map?.kind !== 'map' || map.body.k !== 'call' || map.body.fn !== 'add' || map.axes.length !== 2)
    return undefined;
  const terms = map.body.args.map((e) => termOf(e, map));
  for (const [own, other] of [terms, terms.toReversed()]) {
    if (!own || other?.factor !== 1 || own.tensor === other.tensor || outputs.has(own.tensor)) continue;
    const product = computed.get(own.tensor);
    if (product?.kind !== 'contraction' || computed.readerCount(own.tensor) > 1) continue;
    const isWide = (p: Prim) => p.shape.some(ofTokens);
    if (!isWide(tensor) && product.args.some(isWide)) continue;
    if (matrixFactors(product, NAMELESS)) return { to: other.tensor, product, alpha: own.factor };
  }
  return undefined;
}

/** A frame for the question whether something prints. */
const NAMELESS: Frame = { name: () => 'x', like: 'x', range: () => 'x' };

/** The whole tensor that a term of a map loads, element by element, and its factor; undefined for any other term. */
function termOf(e: Expr, map: MapPrim): { readonly tensor: Prim; readonly factor: number } | undefined {
  if (e.k === 'call' && e.fn === 'mul' && e.args[0]?.k === 'const') {
    const inner = termOf(e.args[1]!, map);
    return inner && { ...inner, factor: inner.factor * toNumber(e.args[0].value) };
  }
  const tensor = wholeTensor(e, map.args, map.axes);
  return tensor && sameShape(tensor.shape, map.shape) ? { tensor, factor: 1 } : undefined;
}

/** Splits the axes that indices divide. */
type Divide = <P extends Exclude<ViewReader, ScatterPrim>>(p: P) => P;

/** The primitive with the views that it reads in its body. `id` makes the names of its axes unique. */
function withViews(
  p: ViewReader,
  id: number,
  of: {
    readonly computed: ReadonlyMap<Prim, Computed>;
    readonly isWhole: (p: Prim) => boolean;
    readonly split: Divide;
  },
): Computed {
  let all = simplifyPrim(uniqueAxes(p, id));
  for (const a of p.args) {
    const producer = of.computed.get(a);
    if (!producer || of.isWhole(a) || !isView(producer)) continue;
    const moved = substitute(all, a, producer);
    if (moved && !dividesAxes(moved, all, of.split)) all = moved;
  }
  return all.kind === 'scatter' ? all : of.split(all);
}

/** Whether a view in a product divides its axes, so that a product of matrices would no longer be one. */
const dividesAxes = (moved: ViewReader, before: ViewReader, split: Divide): boolean =>
  moved.kind === 'contraction' && loopAxes(split(simplifyPrim(moved))).length > loopAxes(before).length;

/** The most nodes of a body that is printed within another. */
const SHORT = 8;

/** Moves a short element-wise body into the element-wise one, or the sum, that alone reads it, once. */
function joinReader(tensor: Prim, computed: Readings<Computed>, isWhole: (p: Prim) => boolean): void {
  const producer = computed.get(tensor);
  if (producer?.kind === 'map' && (producer.body.k === 'const' || producer.body.k === 'fromInt')) {
    spreadConstant(tensor, producer, computed, isWhole);
    return;
  }
  const [reader, another] = computed.readersOf(tensor);
  if (producer?.kind !== 'map' || !reader || another || isWhole(reader)) return;
  const c = computed.get(reader)!;
  if ((c.kind !== 'map' && c.kind !== 'reduce') || nodesOf(producer.body) > SHORT) return;
  if (loadsOf(c.body).filter((l) => c.args[l.arg] === tensor).length !== 1) return;
  const joined = substitute(c, tensor, producer);
  if (joined === undefined) return;
  computed.set(reader, joined);
  computed.delete(tensor);
}

/** Moves a number, or an integer that is loaded at a fixed place, into each loop that reads it. */
function spreadConstant(
  tensor: Prim,
  producer: MapPrim,
  computed: Readings<Computed>,
  isWhole: (p: Prim) => boolean,
): void {
  if (axesIn(producer.body).size > 0) return;
  for (const reader of [...computed.readersOf(tensor)]) {
    const c = computed.get(reader)!;
    if (!readsViews(c) || isWhole(reader) || c.kind === 'contraction') continue;
    const joined = substitute(c, tensor, producer);
    if (joined) computed.set(reader, joined);
  }
}

/**
 * Exchanges the dimensions of a product or a view (n, tokens) that only loop nests read. Its rows are then those of the
 * activations, for which products are fastest.
 */
function putTokensFirst(tensor: Prim, computed: Readings<Computed>, isWhole: (p: Prim) => boolean): void {
  const p = computed.get(tensor);
  if ((p?.kind !== 'contraction' && p?.kind !== 'map') || p.shape.length !== 2) return;
  if (p.kind === 'map' && (isWhole(tensor) || p.body.k !== 'load')) return;
  const [rows, cols] = p.shape as [Dim, Dim];
  const readers = computed.readersOf(tensor).map((r) => [r, computed.get(r)!] as const);
  const areLoops = readers.every((r): r is readonly [Prim, ViewReader] => !isWhole(r[0]) && readsViews(r[1]));
  if (!ofTokens(cols) || !areLoops) return;
  // Several axes may count through the rows.
  const first = p.axes.findIndex((a) => ofTokens(a.extent));
  const [counting, tokens] = [p.axes.slice(0, first), p.axes.slice(first)];
  if (!equalDim(productDim(counting.map((a) => a.extent)), rows)) return;
  const turned: Prim = { ...tensor, shape: [cols, rows] };
  computed.set(turned, { ...p, shape: [cols, rows], axes: [...tokens, ...counting] });
  for (const [r, reader] of readers) computed.set(r, reading(reader, tensor, turned, [1, 0]));
}

/** Whether a primitive only reads its argument in another shape or order. */
function isView(p: Computed): p is Computed & { readonly kind: 'map' } {
  if (p.kind !== 'map' || p.body.k !== 'load') return false;
  const { arg, index } = p.body;
  return viewOf({ text: 'x', shape: p.args[arg]!.shape }, index, p.axes) !== undefined;
}
