/** Prepares primitives for printing: views move into what reads them, and divided axes are split. */
import { type Dim, ofTokens } from '../../../compiler/dims/dims.ts';
import type { Prim, PrimProgram } from '../../../compiler/primitives/prim.ts';
import { isLoop, simplifyPrim, substitute } from '../../../compiler/primitives/substitute.ts';
import { loadsOf } from '../../../compiler/primitives/visit.ts';
import { postOrder } from '../../../compiler/primitives/walk.ts';
import { nodesOf } from '../../../kernels-gen/fuse/cost.ts';
import { uniqueAxes } from '../../../kernels-gen/fuse/graph.ts';
import { reading } from '../../../kernels-gen/fuse/layout.ts';
import { Readings } from '../../../kernels-gen/fuse/readings.ts';
import { splitAxes } from '../../../kernels-gen/fuse/split.ts';
import { viewOf } from './views.ts';

export type Computed = Exclude<Prim, { kind: 'input' }>;

/** A tensor of a program, and the primitive that computes it from other tensors. */
export interface Assignment {
  readonly tensor: Prim;
  readonly computes: Computed;
}

/**
 * The assignments of a program, each after those that it reads. A view is none of its own, except where it is an output
 * or where `isWhole` reads it, a primitive that is printed in a form of its own.
 */
export function assignmentsOf(program: PrimProgram, isWhole: (p: Prim) => boolean): Assignment[] {
  const outputs = new Set(program.outputs.map((o) => o.prim));
  const order = postOrder<Prim>([...outputs], (p) => p.args);
  const computed = new Readings<Computed>((c) => c.args);
  for (const [i, p] of order.entries()) {
    if (p.kind !== 'input')
      computed.set(p, isLoop(p) && !isWhole(p) ? withViews(p, i, computed, isWhole) : p);
  }
  for (const tensor of order)
    if (!outputs.has(tensor) && !isWhole(tensor)) joinReader(tensor, computed, isWhole);
  for (const tensor of order) if (!outputs.has(tensor)) putTokensFirst(tensor, computed, isWhole);
  const needed = postOrder<Prim>([...outputs], (p) => computed.get(p)?.args ?? []);
  return needed.flatMap((tensor) => {
    const computes = computed.get(tensor);
    return computes ? [{ tensor, computes }] : [];
  });
}

/** The primitive with the views that it reads in its body. `id` makes the names of its axes unique. */
function withViews(
  p: Computed,
  id: number,
  computed: ReadonlyMap<Prim, Computed>,
  isWhole: (p: Prim) => boolean,
): Computed {
  if (!isLoop(p)) return p;
  let all = simplifyPrim(uniqueAxes(p, id));
  for (const a of p.args) {
    const producer = computed.get(a);
    if (producer && !isWhole(a) && isView(producer)) all = substitute(all, a, producer) ?? all;
  }
  return all.kind === 'scatter' ? all : splitAxes(all);
}

/** The most nodes of a body that is printed within another. */
const SHORT = 8;

/** Moves a short element-wise body into the element-wise one that alone reads it, once. */
function joinReader(tensor: Prim, computed: Readings<Computed>, isWhole: (p: Prim) => boolean): void {
  const producer = computed.get(tensor);
  const [reader, another] = computed.readersOf(tensor);
  if (producer?.kind !== 'map' || !reader || another || isWhole(reader)) return;
  const c = computed.get(reader)!;
  if (c.kind !== 'map' || nodesOf(producer.body) > SHORT) return;
  if (loadsOf(c.body).filter((l) => c.args[l.arg] === tensor).length !== 1) return;
  const joined = substitute(c, tensor, producer);
  if (joined === undefined) return;
  computed.set(reader, joined);
  computed.delete(tensor);
}

/**
 * Exchanges the dimensions of a product (n, tokens) that only loop nests read. Its rows are then those of the
 * activations, for which products are fastest.
 */
function putTokensFirst(tensor: Prim, computed: Readings<Computed>, isWhole: (p: Prim) => boolean): void {
  const p = computed.get(tensor);
  if (p?.kind !== 'contraction' || p.axes.length !== 2 || p.shape.length !== 2) return;
  const [rows, cols] = p.shape as [Dim, Dim];
  const readers = computed.readersOf(tensor);
  if (ofTokens(rows) || !ofTokens(cols) || readers.some((r) => isWhole(r) || !isLoop(computed.get(r)!)))
    return;
  const turned: Prim = { ...tensor, shape: [cols, rows] };
  computed.delete(tensor);
  computed.set(turned, { ...p, shape: [cols, rows], axes: p.axes.toReversed() });
  for (const r of readers) {
    const reader = computed.get(r)!;
    if (isLoop(reader)) computed.set(r, reading(reader, tensor, turned, [1, 0]));
  }
}

/** Whether a primitive only reads its argument in another shape or order. */
function isView(p: Computed): p is Computed & { readonly kind: 'map' } {
  if (p.kind !== 'map' || p.body.k !== 'load' || loadsOf(p.body).length !== 1) return false;
  const { arg, index } = p.body;
  return viewOf({ text: 'x', shape: p.args[arg]!.shape }, index, p.axes) !== undefined;
}
