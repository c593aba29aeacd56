/**
 * A small product by one subgroup that has all of its results at once: each lane some of the columns. Lanes keep what they
 * compute, so that the next product finds what it loads of it at hand.
 */
import { constantOf, dimConst } from '../../../../compiler/ir/dims.ts';
import { ax, iadd, imul, int } from '../../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim } from '../../../../compiler/primitives/prim.ts';
import { type Rewrite, rewriteExpr, substituteAxes } from '../../../../compiler/primitives/substitute.ts';
import { axesIn, loadsOf } from '../../../../compiler/primitives/visit.ts';
import { Accumulators } from '../../../families/contraction/accumulators.ts';
import {
  type ContractionKernel,
  canonical,
  classify,
  exchanged,
  innermost,
  longest,
  productsOf,
  range,
} from '../../../families/contraction/root.ts';
import { count, digitsOf, looped } from '../../../families/family.ts';
import { isMultiple } from '../../../families/vectors.ts';
import type { Emitter } from '../../../wgsl/emitter.ts';
import { fromLane, LANES, laneIn } from '../lanes.ts';
import { LaneRegisters } from '../registers.ts';
import { runsOf, stepsOf } from '../steps.ts';

/** Results of a lane, and values of the columns' operand, which are as many statements: more take too long to compile. */
const MAX_RESULTS = 128;
const MAX_RIGHT = 512;

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
  // A lane's results are counted row by row, all columns of each.
  const { axes } = turned.root;
  const last = axes.slice(axes.findIndex((a) => n.includes(a)));
  if (axes.at(-1) !== columns || !last.every((a) => n.includes(a))) return undefined;
  if (sizeOf(batch) !== 1 || sizeOf(m) * sizeOf(n) > MAX_RESULTS * LANES) return undefined;
  const products = productsOf(turned);
  if (stepsOf(products) * sizeOf(n) > MAX_RIGHT * LANES) return undefined;
  const sums = products.map((p) => longest(p.over));
  return sums.every((s) => s && isMultiple(constantOf(s.extent), LANES)) ? turned : undefined;
}

/** The axis along which the loads of a product's operand are its lanes' own. */
export function ownAxis(root: ContractionPrim, which: 'a' | 'b'): Axis {
  return which === 'a' ? longest(root.over)! : innermost(root.axes)!;
}

/** Multiply-adds in the text of results that are summed all at once, step by step; more are summed row by row. */
const AT_ONCE = 64;

/** Whether a `keptProduct` is computed row by row. */
export function isByRow(kernel: ContractionKernel): boolean {
  const { m, n } = classify(kernel.root);
  const chunks = productsOf(kernel).reduce((sum, p) => sum + constantOf(longest(p.over)!.extent)! / LANES, 0);
  return (sizeOf(m) * sizeOf(n) * chunks) / LANES > AT_ONCE;
}

/** Where a lane's result is among all that it keeps, its finished value, and what the axes are there. */
type Keep = (at: string, value: string, here: Rewrite) => void;

/** Computes a `keptProduct`, whose results go to `keep`. */
export function emitKept(e: Emitter, kernel: ContractionKernel, keep: Keep): void {
  const { root, epilogue } = kernel;
  const { m, n } = classify(root);
  const cols = range(sizeOf(n) / LANES).map((j) => digitsOf(n, laneIn(int(j)))!);
  const products = productsOf(kernel);
  const rows = sizeOf(m);
  const keepRow = (row: IntExpr, accOf: (j: number) => string) => {
    for (const [j, col] of cols.entries()) {
      const here = substituteAxes(new Map([...digitsOf(m, row)!, ...col]));
      const acc = accOf(j);
      const at = e.int(iadd(imul(int(cols.length), row), int(j)));
      keep(at, epilogue ? e.float(rewriteExpr(epilogue, here), acc) : acc, here);
    }
  };
  if (!isByRow(kernel)) {
    const places = range(rows).map((i) => digitsOf(m, int(i))!);
    const sums = new Accumulators(rows, cols.length);
    sums.declare(e);
    for (const p of products) addSteps(e, p, places, cols, sums);
    for (const i of places.keys()) keepRow(int(i), (j) => sums.at(i, j));
    return;
  }
  const sums = new Accumulators(1, cols.length);
  const right = products.map((p, i) => rightOf(e, p, cols, `right${i}`, sums));
  e.loop('row', dimConst(rows));
  sums.declare(e);
  for (const [i, p] of products.entries()) {
    // Names of one product's operands are not those of the next.
    e.open('');
    addRow(e, p, digitsOf(m, ax('row'))!, right[i]!, sums);
    e.close();
  }
  keepRow(ax('row'), (j) => sums.at(0, j));
  e.close();
}

type Place = ReadonlyMap<string, IntExpr>;

const operand = (e: Emitter, product: ContractionPrim, which: 'a' | 'b', place: Place): string =>
  e.floatName(rewriteExpr(product[which], substituteAxes(place)));

/**
 * The columns' operand at every step, as text by groups of columns: where lanes keep it, what they keep; else what a loop has
 * loaded, for the text of as many loads is slow to compile.
 */
function rightOf(
  e: Emitter,
  product: ContractionPrim,
  cols: readonly Place[],
  name: string,
  sums: Accumulators,
): readonly (readonly string[])[] {
  const { over } = product;
  const steps = range(sizeOf(over));
  const values = (step: IntExpr): string[] =>
    sums.grouped(
      cols.map((col) =>
        e.float(rewriteExpr(product.b, substituteAxes(new Map([...col, ...digitsOf(over, step)!])))),
      ),
    );
  if (isKept(e, product)) {
    e.unnamed = true;
    const kept = steps.map((k) => values(int(k)).map((v) => e.name(v, e.depth, 'v').text));
    e.unnamed = false;
    return kept;
  }
  const groups = sums.variables;
  e.line(`var ${name}: array<${sums.type}, ${steps.length * groups}>;`);
  e.loop('step', dimConst(steps.length));
  for (const [g, value] of values(ax('step')).entries())
    e.line(`${name}[step * ${groups} + ${g}] = ${value};`);
  e.close();
  return steps.map((k) => range(groups).map((g) => `${name}[${k * groups + g}]`));
}

/** Adds to a row's sums. */
function addRow(
  e: Emitter,
  product: ContractionPrim,
  row: Place,
  right: readonly (readonly string[])[],
  sums: Accumulators,
): void {
  for (const { inner, others, steps } of runsOf(product)) {
    const left = range(steps.length / LANES).map((chunk) =>
      operand(e, product, 'a', new Map([...row, ...others, [inner.name, laneIn(int(chunk))]])),
    );
    for (const [k, step] of steps.entries()) {
      const one = fromLane(left[Math.floor(k / LANES)]!, k % LANES);
      sums.add(e, [one], right[step]!);
    }
  }
}

/** Values of the columns' operand that are passed on from step to step, at most. */
const MAX_PASSED = 32;

/** Adds to all rows' sums: at each step of a loop, of every chunk of LANES steps that one. */
function addSteps(
  e: Emitter,
  product: ContractionPrim,
  rows: readonly Place[],
  cols: readonly Place[],
  sums: Accumulators,
): void {
  const inner = longest(product.over)!;
  const outer = looped(product.over.filter((a) => a !== inner));
  const chunks = range(constantOf(inner.extent)! / LANES).map(int);
  e.open('');
  for (const a of outer) e.loop(a.name, a.extent);
  const left = rows.map((row) =>
    chunks.map((c) => operand(e, product, 'a', new Map([...row, [inner.name, laneIn(c)]]))),
  );
  const passed = outer.length === 0 ? passedOn(e, product, cols, sums) : undefined;
  e.loop('step', dimConst(LANES));
  const stepIn = (c: IntExpr) => iadd(imul(int(LANES), c), ax('step'));
  const right = chunks.map((c, i) => {
    const here = (col: Place): Place => new Map([...col, [inner.name, stepIn(c)]]);
    return passed ? passed[i]![0]! : sums.grouped(cols.map((col) => operand(e, product, 'b', here(col))));
  });
  const from = e.name('u32(step)', e.depth).text;
  // Result by result: each is loaded and stored once for all chunks.
  for (const [i, l] of left.entries())
    for (const [c, value] of l.entries()) sums.addTo(e, i, `subgroupShuffle(${value}, ${from})`, right[c]!);
  for (const steps of passed ?? [])
    for (const [k, next] of steps.slice(1).entries())
      for (const [j, value] of next.entries()) e.line(`${steps[k]![j]} = ${value};`);
  e.close();
  for (const _ of outer) e.close();
  e.close();
}

/**
 * The columns' operand by chunk, step and column, in variables that each step leaves to the one before it: the first is the one
 * at hand. An element of an array at a place that is known when it runs takes a CPU's lanes a load each. undefined where lanes
 * do not keep it, or it is too many.
 */
function passedOn(
  e: Emitter,
  product: ContractionPrim,
  cols: readonly Place[],
  sums: Accumulators,
): readonly (readonly (readonly string[])[])[] | undefined {
  const steps = stepsOf([product]);
  if (steps * cols.length > MAX_PASSED || !isKept(e, product)) return undefined;
  return range(steps / LANES).map((c) =>
    range(LANES).map((k) => {
      const step = digitsOf(product.over, int(c * LANES + k))!;
      const values = cols.map((col) => operand(e, product, 'b', new Map([...col, ...step])));
      return sums.grouped(values).map((value, g) => {
        const name = `right${c * LANES + k}_${g}`;
        e.line(`var ${name} = ${value};`);
        return name;
      });
    }),
  );
}

/** Whether lanes keep all that the columns' operand is computed of. */
function isKept(e: Emitter, product: ContractionPrim): boolean {
  const columns = ownAxis(product, 'b');
  return loadsOf(product.b).every(({ arg, index }) => {
    const { registers } = e.tensors[arg]!;
    if (!(registers instanceof LaneRegisters)) return false;
    return isAlong(index, columns) || (registers.hasTransposed && isAcross(index, columns));
  });
}

/** Whether the last of indices but one is an axis, and no other moves with it. */
export function isAcross(index: readonly IntExpr[], axis: Axis): boolean {
  return index.length > 1 && isAlong([...index.slice(0, -2), index.at(-1)!, index.at(-2)!], axis);
}

/** Whether the last of indices is an axis, and no other moves with it. */
export function isAlong(index: readonly IntExpr[], { name }: Axis): boolean {
  const last = index.at(-1);
  return last?.k === 'axis' && last.name === name && index.slice(0, -1).every((i) => !axesIn(i).has(name));
}
