/**
 * A small product by one subgroup that has all of its results at once: each lane some of the columns. Lanes keep what they
 * compute, so that the next product finds what it loads of it at hand.
 */
import { constantOf, dimConst } from '../../../compiler/ir/dims.ts';
import { ax, iadd, imul, int } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { rewriteExpr, substituteAxes } from '../../../compiler/primitives/substitute.ts';
import type { Emitter } from '../../wgsl/emitter.ts';
import { LANE, LANES } from '../../wgsl/kept.ts';
import { count, digitsOf, looped } from '../family.ts';
import { isMultiple } from '../vectors.ts';
import { addProducts } from './lane-sums.ts';
import {
  type ContractionKernel,
  canonical,
  classify,
  exchanged,
  innermost,
  longest,
  productsOf,
  range,
} from './root.ts';

/** Results of a lane: compiling more takes too long. */
const MAX_RESULTS = 128;
/** Chunks of LANES steps that are written out one after the other. */
const WRITTEN = 2;

const sizeOf = (axes: readonly Axis[]): number => constantOf(count(axes)) ?? Infinity;

/** Canonical, with its lanes along rows of the result; undefined where they cannot keep it. */
export function keptProduct(kernel: ContractionKernel): ContractionKernel | undefined {
  const written = canonical(kernel);
  const along = innermost(written.root.axes);
  const turned = along && classify(written.root).n.includes(along) ? written : exchanged(kernel);
  const { batch, m, n } = classify(turned.root);
  const columns = innermost(turned.root.axes);
  if (columns === undefined || !n.includes(columns) || !isMultiple(constantOf(columns.extent), LANES))
    return undefined;
  if (sizeOf(batch) !== 1 || sizeOf(m) * sizeOf(n) > MAX_RESULTS * LANES) return undefined;
  const sums = productsOf(turned).map((p) => longest(p.over));
  return sums.every((s) => s && isMultiple(constantOf(s.extent), LANES)) ? turned : undefined;
}

/** The axis along which the loads of a product's operand are its lanes' own. */
export function ownAxis(root: ContractionPrim, which: 'a' | 'b'): Axis {
  return which === 'a' ? longest(root.over)! : innermost(root.axes)!;
}

/** Computes a `keptProduct`: a lane's results, finished, are in `array`, by their position in the whole. */
export function emitKept(e: Emitter, kernel: ContractionKernel, array: string): void {
  const { root, epilogue } = kernel;
  const { m, n } = classify(root);
  const rows = range(sizeOf(m)).map((i) => digitsOf(m, int(i))!);
  const cols = range(sizeOf(n) / LANES).map((j) => digitsOf(n, laneIn(int(j)))!);
  for (const i of rows.keys()) for (const j of cols.keys()) e.line(`var acc_${i}_${j} = 0.0f;`);
  for (const product of productsOf(kernel)) sum(e, product, rows, cols);
  for (const [i, row] of rows.entries()) {
    for (const [j, col] of cols.entries()) {
      const here = substituteAxes(new Map([...row, ...col]));
      const acc = `acc_${i}_${j}`;
      e.line(
        `${array}[${i * cols.length + j}] = ${epilogue ? e.float(rewriteExpr(epilogue, here), acc) : acc};`,
      );
    }
  }
}

type Place = ReadonlyMap<string, IntExpr>;

/** This lane's of a chunk of LANES. */
export const laneIn = (chunk: IntExpr): IntExpr => iadd(imul(int(LANES), chunk), ax(LANE));

function sum(e: Emitter, product: ContractionPrim, rows: readonly Place[], cols: readonly Place[]): void {
  const inner = longest(product.over)!;
  const outer = looped(product.over.filter((a) => a !== inner));
  const operand = (which: 'a' | 'b', place: Place, k: IntExpr) =>
    e.floatName(rewriteExpr(product[which], substituteAxes(new Map([...place, [inner.name, k]]))));
  const addChunk = (chunk: IntExpr) => {
    const left = rows.map((row) => operand('a', row, laneIn(chunk)));
    e.open(`for (var step = 0; step < ${e.end(`${LANES}`)}; step += 1)`);
    e.define('step', 'step', dimConst(LANES));
    const right = cols.map((col) => operand('b', col, iadd(imul(int(LANES), chunk), ax('step'))));
    addProducts(
      { e },
      left.map((l) => `subgroupShuffle(${l}, u32(step))`),
      right,
    );
    e.close();
  };
  e.open('');
  for (const a of outer) e.loop(a.name, a.extent);
  const chunks = constantOf(inner.extent)! / LANES;
  if (chunks > WRITTEN) {
    e.loop('chunk', dimConst(chunks));
    addChunk(ax('chunk'));
    e.close();
  } else {
    for (const c of range(chunks)) {
      e.open('');
      addChunk(int(c));
      e.close();
    }
  }
  for (const _ of outer) e.close();
  e.close();
}
