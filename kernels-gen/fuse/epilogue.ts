/**
 * Fuses an element-wise reader into the kernel whose result it reads, as an epilogue before the store. Fuses
 * a sum over a contraction's result into the contraction, which then sums over more axes.
 *
 * A reader becomes an epilogue where
 * - nothing else reads the result,
 * - the reader reads each element once,
 * - its body is within the limit for bodies,
 * - and the kernel's tensors are within the limit on storage bindings.
 */
import type { FusionCosts } from '../../compiler/devices/index.ts';
import { constantOf, equalDim } from '../../compiler/dims/dims.ts';
import { isZeroQ } from '../../compiler/dims/rational.ts';
import { uniteSpans } from '../../compiler/errors/span.ts';
import { equalPoly, keyOf, type Poly, rangesOf } from '../../compiler/primitives/affine.ts';
import type { Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim, MapPrim, Prim, ReducePrim } from '../../compiler/primitives/prim.ts';
import { polyOf, simplifyExpr } from '../../compiler/primitives/simplify.ts';
import {
  axisValues,
  mergeArgs,
  mixedRadix,
  rewriteExpr,
  rewritePrim,
  rowMajor,
  simplifyPrim,
  substituteAxes,
  withArgs,
} from '../../compiler/primitives/substitute.ts';
import { loadsOf } from '../../compiler/primitives/visit.ts';
import { axisRefs, count, extents } from './axes.ts';
import { nodesOf } from './cost.ts';
import { type Kernel, MAX_STORAGE_BINDINGS, RESULT } from './kernel.ts';
import { ignore } from './record.ts';
import { splitAxes } from './split.ts';

type Fusible = Kernel & { readonly root: ReducePrim | ContractionPrim };

/** The index at which a body loads `tensor`; undefined where there are several, or none. */
export function soleIndex(body: Expr, args: readonly Prim[], tensor: Prim): readonly IntExpr[] | undefined {
  const loads = loadsOf(body).filter((l) => args[l.arg] === tensor);
  const [first] = loads;
  if (first === undefined || loads.some((l) => l.integer)) return undefined;
  const key = (index: readonly IntExpr[]) => index.map(keyOf).join();
  return loads.every((l) => key(l.index) === key(first.index)) ? first.index : undefined;
}

export type Constant = Extract<Expr, { readonly k: 'const' }>;

/**
 * The constant, not 0, that multiplies a load of an argument that `is` accepts, and the load's index. Null is no
 * constant; undefined any other expression.
 */
export function scaledLoad(
  e: Expr,
  is: (arg: number) => boolean,
): { readonly scale: Constant | null; readonly index: readonly IntExpr[] } | undefined {
  if (e.k === 'load') return is(e.arg) ? { scale: null, index: e.index } : undefined;
  if (e.k !== 'call' || e.fn !== 'mul') return undefined;
  const [x, y] = e.args as [Expr, Expr];
  for (const [scale, load] of [
    [x, y],
    [y, x],
  ] as const)
    if (scale.k === 'const' && !isZeroQ(scale.value) && load.k === 'load' && is(load.arg))
      return { scale, index: load.index };
  return undefined;
}

/**
 * The values of the root's axes in terms of `axes`, where an index visits each element of the root exactly
 * once; otherwise undefined. Each root axis must be a mixed-radix number whose digits are axes of its own.
 * Together the root's axes must use all of `axes`.
 */
export function bijection(
  root: Kernel & { root: { axes: readonly Axis[] } },
  index: readonly IntExpr[],
  axes: readonly Axis[],
) {
  const values = axisValues(root.root.axes, root.tensor.shape, index, axes);
  if (values === undefined) return undefined;
  const ranges = rangesOf(axes);
  const used: Axis[] = [];
  for (const a of root.root.axes) {
    const digits = mixedRadix(polyOf(values.get(a.name)!, ranges), axes);
    if (digits === undefined || !equalDim(count(digits), a.extent)) return undefined;
    used.push(...digits);
  }
  const unused = axes.filter((a) => !used.includes(a));
  const distinct = new Set(used).size === used.length;
  return distinct && unused.every((a) => constantOf(a.extent) === 1) ? values : undefined;
}

/** Fuses `reader` into `source`, whose tensor it reads, as an epilogue. Where that is impossible, it tells `refuse`. */
export function fuseEpilogue(
  source: Fusible,
  reader: MapPrim,
  tensor: Prim,
  { tiledNodes, bodyNodes }: FusionCosts,
  refuse = ignore,
): Kernel | undefined {
  const map = splitAxes(reader, (m) => {
    const at = soleIndex(m.body, m.args, source.tensor);
    return (at && axisValues(source.root.axes, source.tensor.shape, at, m.axes)?.values()) ?? [];
  });
  const index = soleIndex(map.body, map.args, source.tensor);
  if (index === undefined) return refuse('its reader loads other elements beside the one in its own place');
  const { args } = mergeArgs(
    source.root.args,
    map.args.filter((a) => a !== source.tensor),
  );
  const spans = uniteSpans(source.spans, map.spans);
  if (args.length >= MAX_STORAGE_BINDINGS)
    return refuse(`the kernel would bind more than ${MAX_STORAGE_BINDINGS} tensors`);
  const oldEpilogue = source.epilogue ?? { k: 'load', arg: RESULT, index: [] };
  const limit = source.root.kind === 'contraction' ? tiledNodes : bodyNodes;
  if (nodesOf(map.body) + nodesOf(oldEpilogue) > limit)
    return refuse(`the epilogue would have more than ${limit} nodes`);

  const into = (e: Expr, from: readonly Prim[], result: Expr): Expr =>
    rewriteExpr(e, {
      load: (arg, at) => {
        if (arg === RESULT || from[arg] === source.tensor) return result;
        return { k: 'load', arg: args.indexOf(from[arg]!), index: at };
      },
      iload: (arg, at) => ({ k: 'iload', arg: args.indexOf(from[arg]!), index: at }),
    });
  const finish = (root: ReducePrim | ContractionPrim, epilogue: Expr): Kernel => ({
    tensor,
    root,
    epilogue: simplifyExpr(epilogue, rangesOf(root.axes)),
    spans,
  });
  const moved = { ...withArgs(source.root, args), spans };
  const result: Expr = into(oldEpilogue, source.root.args, { k: 'load', arg: RESULT, index: [] });

  // The root can compute its results in the reader's order.
  const values = bijection(source, index, map.axes);
  if (values !== undefined) {
    const by = substituteAxes(values);
    const root = simplifyPrim({ ...rewritePrim(moved, by), axes: map.axes });
    return finish(root, into(map.body, map.args, rewriteExpr(result, by)));
  }
  const backward = inRootOrder(source, index, map.axes);
  if (backward === undefined) return refuse('its reader does not load each element once');
  const body = rewriteExpr(
    into(map.body, map.args, { k: 'load', arg: RESULT, index: [] }),
    substituteAxes(backward),
  );
  return finish(moved, rewriteExpr(body, { load: (arg) => (arg === RESULT ? result : undefined) }));
}

/** A reader's axes from those of a root with the same row-major order; undefined where the orders differ. */
function inRootOrder({ root, tensor }: Fusible, index: readonly IntExpr[], own: readonly Axis[]) {
  const ranges = rangesOf(own);
  const polys = (es: readonly IntExpr[]): Poly[] => es.map((e) => polyOf(e, ranges));
  const read = rowMajor(tensor.shape, polys(index));
  const stored = rowMajor(extents(own), polys(axisRefs(own)));
  if (!equalPoly(read, stored) || !equalDim(count(own), count(root.axes))) return undefined;
  return axisValues(own, extents(root.axes), axisRefs(root.axes), root.axes);
}

/**
 * Turns a sum over output axes of a contraction into a contraction that sums over these axes too. A constant factor of
 * the elements becomes one of the sum. Undefined where the contraction has an epilogue, or where the sum does not take
 * each of its elements once; `refuse` is told which.
 */
export function mergeSum(
  source: Kernel & { root: ContractionPrim },
  sum: ReducePrim,
  tensor: Prim,
  refuse = ignore,
): Kernel | undefined {
  const element = scaledLoad(sum.body, (arg) => sum.args[arg] === source.tensor);
  if (source.epilogue !== null) return refuse('the product has an epilogue');
  if (sum.combine !== 'sum' || element === undefined)
    return refuse('its reader is no sum of its elements alone');
  const values = bijection(source, element.index, [...sum.axes, ...sum.over]);
  if (values === undefined) return refuse('its reader does not load each element once');
  const result: Expr = { k: 'load', arg: RESULT, index: [] };
  const epilogue: Expr | null = element.scale && { k: 'call', fn: 'mul', args: [element.scale, result] };
  const spans = uniteSpans(source.spans, sum.spans);
  const over = [...sum.over, ...source.root.over];
  const root = { ...rewritePrim(source.root, substituteAxes(values)), axes: sum.axes, over, spans };
  return { tensor, root: simplifyPrim(root), epilogue, spans };
}
