/** The naive loops of primitives: one loop for each axis, in order, all of them serial. */

import { dimConst } from '../../compiler/dims/dims.ts';
import { fromNumber } from '../../compiler/dims/rational.ts';
import { ax, call, extentOf, iadd, ilt, imul, int } from '../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type {
  Axis,
  ContractionPrim,
  MapPrim,
  ReducePrim,
  ScatterPrim,
} from '../../compiler/primitives/prim.ts';
import { rewriteExpr, substituteAxes } from '../../compiler/primitives/substitute.ts';
import { axisRefs, extents, longest } from '../fuse/axes.ts';
import { type Kernel, RESULT } from '../fuse/kernel.ts';
import { checked } from './spec.ts';
import { type Body, type For, type LoopKernel, loop, type Memory, type Statement, trips } from './type.ts';

const zero: Expr = { k: 'const', value: fromNumber(0) };

/** The loops of a map: out[axes] = body. */
export function naiveMap(kernel: Kernel, root: MapPrim): LoopKernel {
  const out = root.args.length;
  return naive(
    kernel,
    root.axes,
    [],
    [{ k: 'store', to: out, index: axisRefs(root.axes), value: root.body }],
  );
}

/** The loops of a reduction: acc = 0, or the first term of a maximum; acc += body over `over`; out[axes] = epilogue. */
export function naiveReduce(kernel: Kernel, root: ReducePrim): LoopKernel {
  const { args, axes } = root;
  const store = (value: Expr): Body => [{ k: 'store', to: args.length, index: axisRefs(axes), value }];
  return naive(kernel, axes, [accumulator], reduced(kernel, root, args.length + 1, store));
}

/** The statements of a reduction for one result, which a register combines. `store` stores it. */
export function reduced(
  kernel: Kernel,
  { over, combine, body }: ReducePrim,
  acc: number,
  store: (value: Expr) => Body,
): Body {
  const first = new Map(over.map((a): [string, IntExpr] => [a.name, { k: 'int', value: 0 }]));
  const start = combine === 'sum' ? zero : rewriteExpr(body, substituteAxes(first));
  return [
    { k: 'store', to: acc, index: [], value: start },
    ...nest(over, [{ k: 'accumulate', to: acc, index: [], combine, value: body }]),
    ...store(finished(kernel, acc)),
  ];
}

/** The loops of a contraction: acc = 0; acc += a·b over each product's sum; out[axes] = epilogue. */
export function naiveContraction(kernel: Kernel, products: readonly ContractionPrim[]): LoopKernel {
  const [{ args, axes }] = products as [ContractionPrim];
  const store = (value: Expr): Body => [{ k: 'store', to: args.length, index: axisRefs(axes), value }];
  return naive(kernel, axes, [accumulator], summed(kernel, products, args.length + 1, store));
}

/** The statements of a contraction for one result, which a register sums up. `store` stores it. */
export const summed = (
  kernel: Kernel,
  products: readonly ContractionPrim[],
  acc: number,
  store: (value: Expr) => Body,
): Body => [
  { k: 'store', to: acc, index: [], value: zero },
  ...products.flatMap(({ over, a, b }) =>
    nest(over, [{ k: 'accumulate', to: acc, index: [], combine: 'sum', value: call('mul', a, b) }]),
  ),
  ...store(finished(kernel, acc)),
];

/**
 * The loops of a contraction whose sums are stored in parts: out[part, axes] is the sum over every `parts`-th block of
 * `depth` steps along the longest axis of the sum.
 */
export function naiveParts(
  kernel: Kernel,
  products: readonly ContractionPrim[],
  { parts, depth }: { readonly parts: number; readonly depth: number },
): LoopKernel {
  const [root] = products as [ContractionPrim];
  const [out, acc] = [root.args.length, root.args.length + 1];
  const part: Axis = { name: 'part', extent: dimConst(parts) };
  const axes = [part, ...root.axes];
  const sum = ({ over, a, b }: ContractionPrim): Body => {
    const inner = longest(over)!;
    const [block, step] = [`${inner.name}_block`, `${inner.name}_step`];
    const at = iadd(imul(ax(block), int(depth)), ax(step));
    const add: Statement = { k: 'accumulate', to: acc, index: [], combine: 'sum', value: call('mul', a, b) };
    const named: Body = [{ k: 'let', name: inner.name, value: at, extent: inner.extent }, add];
    const steps = loop(step, depth, 'serial', [
      { k: 'if', cond: ilt(at, extentOf(inner.extent)), body: named },
    ]);
    const blocks: For = {
      ...{ k: 'for', axis: block, trips: trips(inner.extent, depth), how: 'serial', body: [steps] },
      from: { value: ax(part.name), step: parts },
    };
    return nest(
      over.filter((x) => x !== inner),
      [blocks],
    );
  };
  return naive(
    kernel,
    axes,
    [accumulator],
    [
      { k: 'store', to: acc, index: [], value: zero },
      ...products.flatMap(sum),
      { k: 'store', to: out, index: axisRefs(axes), value: { k: 'load', arg: acc, index: [] } },
    ],
  );
}

/** The value to store: the epilogue of a result that a register has, or that result. */
function finished({ epilogue }: Kernel, acc: number): Expr {
  const result: Expr = { k: 'load', arg: acc, index: [] };
  return epilogue ? rewriteExpr(epilogue, { load: (arg) => (arg === RESULT ? result : undefined) }) : result;
}

/** The loops of a scatter, by output elements: each adds up the iterations that go to it. */
export function naiveScatter(kernel: Kernel, root: ScatterPrim): LoopKernel {
  const [out, acc] = [root.args.length, root.args.length + 1];
  const places = kernel.tensor.shape.map((extent, d): Axis => ({ name: `o${d}`, extent }));
  const goesHere = root.at.map((a, d) => ({ k: 'ieq', a, b: { k: 'axis', name: `o${d}` } }) as const);
  const add: Body = [{ k: 'accumulate', to: acc, index: [], combine: 'sum', value: root.body }];
  const chosen = goesHere.reduceRight<Body>((body, cond) => [{ k: 'if', cond, body }], add);
  return naive(
    kernel,
    places,
    [accumulator],
    [
      { k: 'store', to: acc, index: [], value: zero },
      ...nest(root.axes, chosen),
      { k: 'store', to: out, index: axisRefs(places), value: { k: 'load', arg: acc, index: [] } },
    ],
  );
}

export const accumulator: Memory = { name: 'acc', space: 'register', shape: [], dtype: 'f32' };

/** A kernel of one invocation: its arguments, its result over `axes`, and other memories, in this order. */
function naive(kernel: Kernel, axes: readonly Axis[], others: readonly Memory[], body: Body): LoopKernel {
  const output: Memory = { name: 'out', space: 'output', shape: extents(axes), dtype: kernel.tensor.dtype };
  return checked({
    memories: [...inputsOf(kernel), output, ...others],
    threads: 1,
    body: nest(axes, body),
  });
}

/** The arguments of a kernel as memories. The one that the result overwrites lies in the result's buffer, which is next. */
export const inputsOf = ({
  root,
  overwrites,
}: {
  readonly root: Pick<Kernel['root'], 'args'>;
  readonly overwrites?: Kernel['overwrites'];
}): readonly Memory[] =>
  root.args.map((p, i) => ({
    ...{ name: `arg${i}`, space: 'input', shape: p.shape, dtype: p.dtype },
    ...(p.kind === 'input' && p.storage ? { storage: p.storage } : {}),
    ...(p === overwrites?.tensor ? { alias: root.args.length } : {}),
  }));

/** Statements in a loop for each axis. */
export const nest = (axes: readonly Axis[], body: Body): Body =>
  axes.reduceRight<Body>(
    (inner, a) => [{ k: 'for', axis: a.name, trips: trips(a.extent), how: 'serial', body: inner }],
    body,
  );
