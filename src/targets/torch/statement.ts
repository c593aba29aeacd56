/** Prints each primitive as the Python statements that compute it. */
import {
  constantOf,
  type Dim,
  equalDim,
  isPositive,
  ofTokens,
  productDim,
} from '../../../compiler/dims/dims.ts';
import { sameShape } from '../../../compiler/ir/build.ts';
import type { Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import type {
  Axis,
  ContractionPrim,
  MapPrim,
  Prim,
  ReducePrim,
  ScatterPrim,
  SolvePrim,
} from '../../../compiler/primitives/prim.ts';
import { axesIn } from '../../../compiler/primitives/visit.ts';
import { extents } from '../../../kernels-gen/fuse/axes.ts';
import { attentionText } from './attention.ts';
import { BINDS, Body, type Text, within } from './body.ts';
import { dimText, factorText } from './dims.ts';
import { aligned, lettersOf, transposed, type View, viewOf } from './views.ts';

/** The names of tensors, and the lines of the function that is being printed. */
export interface Frame {
  /** The Python text of a tensor that was computed or passed before. */
  name(prim: Prim): string;
  /** The text of a tensor whose dtype and device new tensors take. */
  readonly like: string;
  /** The name of a tensor with the numbers from 0 to below `extent`, followed by `after` dimensions of size 1. */
  range(extent: Dim, after: number): string;
}

/** The Python expression of a primitive. */
export function expressionOf(p: Exclude<Prim, { kind: 'input' }>, frame: Frame): string {
  // Nothing is computed for no elements, and a load of one element may have none to load.
  const over = p.kind === 'contraction' ? p.over : [];
  if ([...p.shape, ...over.map((a) => a.extent)].some((d) => constantOf(d) === 0))
    return `${frame.like}.new_zeros(${tuple(p.shape.map(dimText))})`;
  switch (p.kind) {
    case 'map':
      return shaped(mapText(p, frame), p.axes, p.shape);
    case 'contraction':
      return blocksText(p, frame) ?? shaped(contractionText(p, frame), p.axes, p.shape);
    case 'reduce':
      return shaped(reduceText(p, frame), p.axes, p.shape);
    case 'solve':
      return `oftc_torch.solve(${solveOperands(p, frame).join(', ')})`;
    case 'scatter':
      return scatterText(p, frame);
    case 'attention':
      return attentionText(
        p,
        p.args.map((a) => frame.name(a)),
      );
    default:
      throw new TypeError(`unknown primitive ${p satisfies never}`);
  }
}

const bodyOf = (args: readonly Prim[], axes: readonly Axis[], { name, like, range }: Frame): Body =>
  new Body({
    axes,
    args: args.map((a) => ({ text: name(a), shape: a.shape })),
    like,
    range: (a, after) => range(a.extent, after),
  });

/** A text that is no operand yet: whether it is a number makes no difference. */
type Printed = Pick<Text, 'text' | 'binds'>;

const primary = (t: Printed): string => within(t, BINDS.atom);
const sizes = (axes: readonly Axis[]): string => tuple(axes.map((a) => dimText(a.extent)));
const tuple = (all: readonly string[]): string => `(${all.join(', ')}${all.length === 1 ? ',' : ''})`;

/** The text with the dimensions of `shape` in place of one for each axis. */
function shaped(t: Printed, axes: readonly Axis[], shape: readonly Dim[]): string {
  const isSame = axes.length === shape.length && axes.every((a, d) => equalDim(a.extent, shape[d]!));
  return isSame ? t.text : `${primary(t)}.reshape(${shape.map(dimText).join(', ')})`;
}

/** A body's tensor with all the axes of a scope. What does not depend on an axis is repeated along it. */
function full(e: Expr, args: readonly Prim[], axes: readonly Axis[], frame: Frame): Printed {
  if (axes.some((a) => constantOf(a.extent) === 0)) return atom(`${frame.like}.new_zeros(${sizes(axes)})`);
  const text = bodyOf(args, axes, frame).print(e);
  if (text.isScalar) return atom(`${frame.like}.new_full(${sizes(axes)}, ${text.text})`);
  const used = axesIn(e);
  const unused = axes.filter((a) => !used.has(a.name));
  if (unused.some((a) => constantOf(a.extent) !== 1)) return atom(`${primary(text)}.expand(${sizes(axes)})`);
  // A text has dimensions from the first axis that it uses on.
  const first = axes.findIndex((a) => used.has(a.name));
  const lead = first < 0 ? axes.length : first;
  return lead > 0 ? atom(`${primary(text)}[${'None, '.repeat(lead).slice(0, -2)}]`) : text;
}

const atom = (text: string): Printed => ({ text, binds: BINDS.atom });

const mapText = (p: MapPrim, frame: Frame): Printed =>
  addcmulText(p, frame) ?? full(p.body, p.args, p.axes, frame);

/** The sum of a tensor and a product in one call, which spares the product's own tensor; undefined for other maps. */
function addcmulText({ body, args, axes, shape }: MapPrim, frame: Frame): Printed | undefined {
  if (body.k !== 'call' || body.fn !== 'add' || !shape.some(ofTokens)) return undefined;
  const isProduct = (e: Expr): e is Expr & { readonly k: 'call' } => e.k === 'call' && e.fn === 'mul';
  const [own, other] = body.args as [Expr, Expr];
  const [to, product] = isProduct(other) ? [own, other] : [other, own];
  if (!isProduct(product)) return undefined;
  // Each part broadcasts to the whole, as operands of an infix operator do.
  const scope = bodyOf(args, axes, frame);
  const [sum, a, b] = [to, ...product.args].map((e) => scope.print(e)) as [Text, Text, Text];
  if ([sum, a, b].some((t) => t.isScalar)) return undefined;
  const covers = (e: Expr) => axes.every((x) => axesIn(e).has(x.name));
  return covers(to) ? atom(`torch.addcmul(${sum.text}, ${a.text}, ${b.text})`) : undefined;
}

/** The tensors A and B of a solve, with all of its batch axes. */
const solveOperands = ({ a, b, args, axes, over }: SolvePrim, frame: Frame): readonly string[] =>
  [
    { e: a, own: [...axes.slice(0, -1), ...over] },
    { e: b, own: axes },
  ].map(({ e, own }) => {
    const whole = wholeTensor(e, args, own);
    return whole ? frame.name(whole) : full(e, args, own, frame).text;
  });

/** The tensor that an expression loads over all of its elements, in their order; undefined for any other expression. */
export function wholeTensor(e: Expr, args: readonly Prim[], axes: readonly Axis[]): Prim | undefined {
  if (e.k !== 'load') return undefined;
  const tensor = args[e.arg]!;
  const isNext = (i: IntExpr, n: number) => i.k === 'axis' && i.name === axes[n]?.name;
  return e.index.every(isNext) && sameShape(tensor.shape, extents(axes)) ? tensor : undefined;
}

function reduceText(p: ReducePrim, frame: Frame): Printed {
  if (p.over.length === 0) return full(p.body, p.args, p.axes, frame);
  const of = (axes: readonly Axis[]) => ({ axes, body: full(p.body, p.args, axes, frame) });
  const [only, more] = p.over;
  const last = p.axes.at(-1);
  // A dimension of size 1 that nothing counts through is the one that was summed.
  const keeps = more === undefined && last && constantOf(last.extent) === 1 && !axesIn(p.body).has(last.name);
  // The order of the axes that the operand has is the shorter text.
  const { axes, body } = keeps
    ? of([...p.axes.slice(0, -1), only!])
    : [of([...p.axes, ...p.over]), of([...p.over, ...p.axes])].reduce((a, b) =>
        b.body.text.length < a.body.text.length ? b : a,
      );
  const first = axes.indexOf(only!);
  const dims = p.over.map((_, i) => (first === 0 && axes.length > p.over.length ? i : i - p.over.length));
  const over = dims.length === 1 ? `${dims[0]}` : tuple(dims.map(String));
  const kept = `${over}${keeps ? ', keepdim=True' : ''}`;
  if (p.combine === 'max' && !p.over.every((a) => isPositive(a.extent)))
    return atom(`oftc_torch.amax(${body.text}, ${kept})`);
  return atom(`${primary(body)}.${p.combine === 'sum' ? 'sum' : 'amax'}(${kept})`);
}

/** An operand of a contraction, with one dimension for each axis that it uses. */
function operandOf(e: Expr, p: ContractionPrim, frame: Frame): View {
  const axes = [...p.axes, ...p.over];
  if (e.k === 'load') {
    const arg = p.args[e.arg]!;
    const gather = (i: IntExpr) => gatherOf(i, p, frame);
    const view = viewOf({ text: frame.name(arg), shape: arg.shape }, e.index, axes, gather);
    if (view) return view;
  }
  const names = axesIn(e);
  const used = axes.filter((a) => names.has(a.name));
  return { text: primary(full(e, p.args, used, frame)), axes: used };
}

/** A tensor of indices over the axes that an expression of a contraction uses. */
function gatherOf(e: IntExpr, p: ContractionPrim, frame: Frame): View | undefined {
  const used = axesIn(e);
  if (used.size === 0) return undefined;
  const axes = [...p.axes, ...p.over].filter((a) => used.has(a.name));
  return { text: bodyOf(p.args, axes, frame).index(e).text, axes };
}

function contractionText(p: ContractionPrim, frame: Frame): Printed {
  const [a, b] = [operandOf(p.a, p, frame), operandOf(p.b, p, frame)];
  const used = new Set([...a.axes, ...b.axes].map((x) => x.name));
  const result = p.axes.filter((x) => used.has(x.name));
  const factors = factorsOf(a, b, result, p.over);
  const product: Printed = factors
    ? { text: factors.join(' @ '), binds: BINDS.product }
    : einsumText(a, b, result);
  // A sum over an axis that neither operand uses repeats its terms.
  const unused = p.over.filter((k) => !used.has(k.name)).map((k) => k.extent);
  const times = constantOf(productDim(unused)) === 1 ? '' : ` * ${factorText(productDim(unused))}`;
  const summed: Printed = times
    ? { ...product, text: `${primary(product)}${times}`, binds: BINDS.product }
    : product;
  if (result.length === p.axes.length) return summed;
  return atom(`${aligned({ text: primary(summed), axes: result }, p.axes)}.expand(${sizes(p.axes)})`);
}

/**
 * The product of rows with the blocks of a block-diagonal matrix, (T, r, b) · (r, b, c), as one tensor (T, r·c); undefined
 * for any other product. The library's function spares the copy that einsum makes to put the blocks side by side.
 */
function blocksText(p: ContractionPrim, frame: Frame): string | undefined {
  if (p.axes.length !== 3 || p.over.length !== 1 || p.shape.length !== 2) return undefined;
  const [t, k, j] = p.axes as [Axis, Axis, Axis];
  const [i] = p.over as [Axis];
  if (!equalDim(t.extent, p.shape[0]!)) return undefined;
  const views = [operandOf(p.a, p, frame), operandOf(p.b, p, frame)];
  for (const [rows, blocks] of [views, views.toReversed()]) {
    const matrices = matrixText(blocks!, [k], i, j);
    if (
      matrices &&
      blocks!.axes.length === 3 &&
      rows!.axes.map((x) => x.name).join() === [t, k, i].map((x) => x.name).join()
    )
      return `oftc_torch.block_matmul(${rows!.text}, ${matrices})`;
  }
  return undefined;
}

/** The factors of a product a @ b of matrices, or of batches of them; undefined for other contractions. */
function factorsOf(
  a: View,
  b: View,
  result: readonly Axis[],
  over: readonly Axis[],
): readonly [string, string] | undefined {
  const [k, another] = over;
  if (!k || another || result.length < 2) return undefined;
  const [m, n] = result.slice(-2) as [Axis, Axis];
  const batch = result.slice(0, -2);
  const joined = (rows: View, cols: View) => {
    const [left, right] = [matrixText(rows, batch, m, k), matrixText(cols, batch, k, n)];
    return left && right ? ([left, right] as const) : undefined;
  };
  return joined(a, b) ?? joined(b, a);
}

/** The factors of a product of two matrices; undefined for any other contraction. */
export function matrixFactors(p: ContractionPrim, frame: Frame): readonly [string, string] | undefined {
  if (p.axes.length !== 2 || p.shape.length !== 2) return undefined;
  return factorsOf(operandOf(p.a, p, frame), operandOf(p.b, p, frame), p.axes, p.over);
}

/** A product of matrices that is added, `alpha` times, to a matrix of the same shape. */
export interface Added {
  readonly to: Prim;
  readonly product: ContractionPrim;
  readonly alpha: number;
}

/** The sum in one call, which spares the product's own tensor. */
export function addmmText({ to, product, alpha }: Added, frame: Frame): string {
  const factors = matrixFactors(product, frame)!;
  const scale = alpha === 1 ? [] : [`alpha=${alpha}`];
  return `torch.addmm(${[frame.name(to), ...factors, ...scale].join(', ')})`;
}

/** An operand as matrices of rows and columns, batch dimensions first; undefined where it has others. */
function matrixText(v: View, batch: readonly Axis[], rows: Axis, cols: Axis): string | undefined {
  const names = v.axes.map((x) => x.name).join();
  const own = batch.map((x) => x.name);
  for (const lead of [own, []]) {
    if (names === [...lead, rows.name, cols.name].join()) return v.text;
    if (names === [...lead, cols.name, rows.name].join()) return `${v.text}${transposed(v.axes.length)}`;
  }
  return undefined;
}

function einsumText(a: View, b: View, result: readonly Axis[]): Printed {
  const letters = lettersOf([...result, ...a.axes, ...b.axes]);
  const of = (axes: readonly Axis[]) => axes.map((x) => letters.get(x.name)!).join('');
  return atom(`torch.einsum("${of(a.axes)},${of(b.axes)}->${of(result)}", ${a.text}, ${b.text})`);
}

function scatterText(p: ScatterPrim, frame: Frame): string {
  const body = bodyOf(p.args, p.axes, frame);
  const index = p.at.map((e) => body.index(e).text);
  const value = full(p.body, p.args, p.axes, frame);
  return `oftc_torch.scatter_add(${tuple(p.shape.map(dimText))}, ${tuple(index)}, ${value.text})`;
}
