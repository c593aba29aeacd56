/**
 * Computes a small product by one subgroup. Each lane (an invocation) has some of the result's columns. It
 * keeps its results in registers, from where the next product loads them. The columns' operand is b, the one
 * that has these columns.
 */
import { constantOf, dimConst } from '../../../../compiler/dims/dims.ts';
import { ax, iadd, imul, int } from '../../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim } from '../../../../compiler/primitives/prim.ts';
import { type Rewrite, rewriteExpr, substituteAxes } from '../../../../compiler/primitives/substitute.ts';
import { axesIn, loadsOf } from '../../../../compiler/primitives/visit.ts';
import { Accumulators, fused } from '../../../families/contraction/accumulators.ts';
import { canonical, exchanged, range } from '../../../families/contraction/root.ts';
import { digitsOf } from '../../../families/family.ts';
import { isMultiple } from '../../../families/vectors.ts';
import { classify, count, innermost, longest, looped } from '../../../fuse/axes.ts';
import { type ContractionKernel, productsOf } from '../../../fuse/kernel.ts';
import type { Emitter } from '../../../wgsl/emitter.ts';
import { vectorOfFloats } from '../../../wgsl/together.ts';
import { PARTS, typeOf, VECTOR, vectorOf } from '../../../wgsl/vectors.ts';
import { fromLane, LANES, laneIn } from '../lanes.ts';
import { LaneRegisters } from '../registers.ts';
import { type Run, runsOf, stepsOf } from '../steps.ts';

/** The largest number of results of a lane. Each is a statement, and many statements compile slowly. */
const MAX_RESULTS = 128;
/** The largest number of values that a lane loads of the columns' operand. Each is a statement too. */
const MAX_RIGHT = 512;

const sizeOf = (axes: readonly Axis[]): number => constantOf(count(axes)) ?? Infinity;

/**
 * The product in canonical form. It is exchanged where the result's innermost axis, along which lanes run, is
 * one of its rows. Undefined where lanes cannot keep the results.
 */
export function keptProduct(kernel: ContractionKernel): ContractionKernel | undefined {
  const written = canonical(kernel);
  const along = innermost(written.root.axes);
  const candidate = along && classify(written.root).n.includes(along) ? written : exchanged(kernel);
  const { batch, m, n } = classify(candidate.root);
  const columns = innermost(candidate.root.axes);
  if (columns === undefined || !n.includes(columns) || !isMultiple(constantOf(columns.extent), LANES))
    return undefined;
  // A lane counts its results row by row, with all columns of each.
  const { axes } = candidate.root;
  const last = axes.slice(axes.findIndex((a) => n.includes(a)));
  if (axes.at(-1) !== columns || !last.every((a) => n.includes(a))) return undefined;
  if (sizeOf(batch) !== 1 || sizeOf(m) * sizeOf(n) > MAX_RESULTS * LANES) return undefined;
  const products = productsOf(candidate);
  if (stepsOf(products) * sizeOf(n) > MAX_RIGHT * LANES) return undefined;
  const sums = products.map((p) => longest(p.over));
  return sums.every((s) => s && isMultiple(constantOf(s.extent), LANES)) ? candidate : undefined;
}

/** The axis of an operand along which each lane loads its own elements. */
export function ownAxis(root: ContractionPrim, which: 'a' | 'b'): Axis {
  return which === 'a' ? longest(root.over)! : innermost(root.axes)!;
}

/**
 * The largest number of multiply-adds in the text of a product that sums all results at once. Larger ones sum row by
 * row.
 */
const AT_ONCE = 64;

/** Whether a `keptProduct` is computed row by row. */
export function isByRow(kernel: ContractionKernel): boolean {
  const { m, n } = classify(kernel.root);
  const chunks = productsOf(kernel).reduce((sum, p) => sum + constantOf(longest(p.over)!.extent)! / LANES, 0);
  return (sizeOf(m) * sizeOf(n) * chunks) / LANES > AT_ONCE;
}

/** Receives an entry of a lane's results: its place, its finished value, and the axes' values at its elements. */
type Sink = (entry: string, value: string, here: readonly Rewrite[]) => void;

/**
 * Emits a `keptProduct` and gives its results to `keep`, `vectorWidth` at a time: a number, or a vector of
 * several.
 */
export function emitKept(e: Emitter, kernel: ContractionKernel, vectorWidth: number, keep: Sink): void {
  const { root, epilogue } = kernel;
  const { m, n } = classify(root);
  const cols = range(sizeOf(n) / LANES).map((j) => digitsOf(n, laneIn(int(j)))!);
  const products = productsOf(kernel);
  const rows = sizeOf(m);
  const entries = cols.length / vectorWidth;
  const keepRow = (row: IntExpr, accOf: (j: number) => string) => {
    for (const g of range(entries)) {
      const all = range(vectorWidth).map((part) => g * vectorWidth + part);
      const here = all.map((j) => substituteAxes(new Map([...digitsOf(m, row)!, ...cols[j]!])));
      const accs = all.map(accOf);
      const finished = () =>
        vectorOfFloats(
          e,
          here.map((h) => rewriteExpr(epilogue!, h)),
          accs,
        );
      const value = epilogue ? finished() : vectorOf(accs, typeOf('f32', vectorWidth));
      keep(e.int(iadd(imul(int(entries), row), int(g))), value, here);
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
    // The operands of each product have names of their own.
    e.open('');
    addRow(e, p, digitsOf(m, ax('row'))!, right[i]!, sums);
    e.close();
  }
  keepRow(ax('row'), (j) => sums.at(0, j));
  e.close();
}

type Position = ReadonlyMap<string, IntExpr>;

/** The columns' operand at every step: the name of an array of vectors, or texts by groups of columns. */
type Right = string | readonly (readonly string[])[];

const operand = (e: Emitter, product: ContractionPrim, which: 'a' | 'b', place: Position): string =>
  e.floatName(rewriteExpr(product[which], substituteAxes(place)));

/**
 * Loads the columns' operand at every step of the sum. Where lanes do not keep it, a loop loads it: the text
 * of so many loads would be slow to compile.
 */
function rightOf(
  e: Emitter,
  product: ContractionPrim,
  cols: readonly Position[],
  name: string,
  sums: Accumulators,
): Right {
  const { over } = product;
  const steps = range(sizeOf(over));
  const values = (step: IntExpr): string[] => {
    const all = cols.map((col) =>
      rewriteExpr(product.b, substituteAxes(new Map([...col, ...digitsOf(over, step)!]))),
    );
    const each = cols.length / sums.variables;
    return range(sums.variables).map((g) => vectorOfFloats(e, all.slice(g * each, (g + 1) * each)));
  };
  if (isKept(e, product)) {
    e.unnamed = true;
    const kept = steps.map((k) => values(int(k)));
    e.unnamed = false;
    const isInOrder = runsOf(product).length === 1;
    if (isInOrder && sums.variables === 1) {
      e.line(`let ${name} = array(${kept.join(', ')});`);
      return name;
    }
    return kept.map((k) => k.map((v) => e.name(v, e.depth, 'v').text));
  }
  const groups = sums.variables;
  e.line(`var ${name}: array<${sums.type}, ${steps.length * groups}>;`);
  e.loop('step', dimConst(steps.length));
  for (const [g, value] of values(ax('step')).entries())
    e.line(`${name}[step * ${groups} + ${g}] = ${value};`);
  e.close();
  return steps.map((k) => range(groups).map((g) => `${name}[${k * groups + g}]`));
}

/** Emits the additions of a product to one row's sums. */
function addRow(e: Emitter, product: ContractionPrim, row: Position, right: Right, sums: Accumulators): void {
  if (typeof right === 'string') {
    const [{ inner, others }] = runsOf(product) as [Run];
    const chunks = range(constantOf(inner.extent)! / LANES).map(int);
    const places = chunks.map((c) => new Map([...row, ...others, [inner.name, laneIn(c)]]));
    const left = places.map((at) => rewriteExpr(product.a, substituteAxes(at)));
    const [sum] = sums.ofRow(0);
    e.line(
      `${sum} = ${rowTimes(e, left.length, sums.type)}(${[sum, ...grouped(e, left), right].join(', ')});`,
    );
    return;
  }
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

/** A lane's values of a row as arguments of `rowTimes`: vectors where their number is a multiple of VECTOR. */
const grouped = (e: Emitter, left: readonly Expr[]): string[] => {
  const each = isMultiple(left.length) ? VECTOR : 1;
  return range(left.length / each).map((g) => vectorOfFloats(e, left.slice(g * each, (g + 1) * each)));
};

/**
 * The name of a WGSL function that adds a row times a matrix to a sum. Each lane has `chunks` values of the
 * row, and its columns of the matrix. Products of one size share the function. Drivers inline a copy of it at
 * each call.
 */
function rowTimes(e: Emitter, chunks: number, type: string): string {
  const name = `row_times_${chunks}_${type}`;
  const vectorWidth = isMultiple(chunks) ? VECTOR : 1;
  const of = (c: number) =>
    vectorWidth === 1 ? `left${c}` : `left${Math.floor(c / vectorWidth)}.${PARTS[c % vectorWidth]}`;
  const left = range(chunks / vectorWidth).map((g) => `left${g}: ${typeOf('f32', vectorWidth)}`);
  e.functions.set(name, [
    `fn ${name}(sum: ${type}, ${left.join(', ')}, right: array<${type}, ${chunks * LANES}>) -> ${type} {`,
    ' var acc = sum;',
    ...range(chunks * LANES).map((k) => {
      const one = fromLane(of(Math.floor(k / LANES)), k % LANES);
      return ` acc = ${fused('acc', one, `right[${k}]`, type)};`;
    }),
    ' return acc;',
    '}',
  ]);
  return name;
}

/** The largest number of values of a shift register for the columns' operand. */
const MAX_SHIFTED = 32;

/**
 * Emits the additions of a product to all rows' sums. The sum's axis is cut into chunks of LANES; step k of the loop
 * adds element k of every chunk.
 */
function addSteps(
  e: Emitter,
  product: ContractionPrim,
  rows: readonly Position[],
  cols: readonly Position[],
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
  const shifted = outer.length === 0 ? shiftRegister(e, product, cols, sums) : undefined;
  e.loop('step', dimConst(LANES));
  const stepIn = (c: IntExpr) => iadd(imul(int(LANES), c), ax('step'));
  const right = chunks.map((c, i) => {
    const here = (col: Position): Position => new Map([...col, [inner.name, stepIn(c)]]);
    return shifted ? shifted[i]![0]! : sums.grouped(cols.map((col) => operand(e, product, 'b', here(col))));
  });
  const from = e.name('u32(step)', e.depth).text;
  // Each result is loaded and stored once for all chunks.
  for (const [i, l] of left.entries())
    for (const [c, value] of l.entries()) sums.addTo(e, i, `subgroupShuffle(${value}, ${from})`, right[c]!);
  for (const steps of shifted ?? [])
    for (const [k, next] of steps.slice(1).entries())
      for (const [j, value] of next.entries()) e.line(`${steps[k]![j]} = ${value};`);
  e.close();
  for (const _ of outer) e.close();
  e.close();
}

/**
 * Declares a shift register for each chunk of the sum. It has a variable for each step and group of columns,
 * with the columns' operand. The variables shift after each step: the first ones have the current step. A
 * load from an array at a variable index would take a CPU one load for each lane. Undefined where lanes do
 * not keep the operand, or it has too many values.
 */
function shiftRegister(
  e: Emitter,
  product: ContractionPrim,
  cols: readonly Position[],
  sums: Accumulators,
): readonly (readonly (readonly string[])[])[] | undefined {
  const steps = stepsOf([product]);
  if (steps * cols.length > MAX_SHIFTED || !isKept(e, product)) return undefined;
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

/** Whether lanes keep all that the columns' operand loads. */
function isKept(e: Emitter, product: ContractionPrim): boolean {
  const columns = ownAxis(product, 'b');
  return loadsOf(product.b).every(({ arg, index }) => {
    const { registers } = e.tensors[arg]!;
    if (!(registers instanceof LaneRegisters)) return false;
    return isAlong(index, columns) || (registers.hasTransposed && isAcross(index, columns));
  });
}

/** Whether the last index but one is the axis, and no other index depends on it. */
export function isAcross(index: readonly IntExpr[], axis: Axis): boolean {
  return index.length > 1 && isAlong([...index.slice(0, -2), index.at(-1)!, index.at(-2)!], axis);
}

/** Whether the last index is the axis, and no other index depends on it. */
export function isAlong(index: readonly IntExpr[], { name }: Axis): boolean {
  const last = index.at(-1);
  return last?.k === 'axis' && last.name === name && index.slice(0, -1).every((i) => !axesIn(i).has(name));
}
