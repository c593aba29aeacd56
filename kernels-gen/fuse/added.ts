/**
 * Adds a product to another one before the store: y = x·Wᵀ + h·Bᵀ becomes one kernel, whose threads sum both products
 * in the same registers. The second product is then neither stored nor read back.
 */
import { constantOf } from '../../compiler/dims/dims.ts';
import { divQ, ONE } from '../../compiler/dims/rational.ts';
import { uniteSpans } from '../../compiler/errors/span.ts';
import type { Expr } from '../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim, Prim } from '../../compiler/primitives/prim.ts';
import {
  mergeArgs,
  rewriteExpr,
  rewritePrim,
  simplifyPrim,
  substituteAxes,
  withArgs,
} from '../../compiler/primitives/substitute.ts';
import { axesIn, loadsOf } from '../../compiler/primitives/visit.ts';
import { classify } from './axes.ts';
import { bijection, type Constant, scaledLoad, soleIndex } from './epilogue.ts';
import { type ContractionKernel, type Kernel, MAX_STORAGE_BINDINGS, productsOf, RESULT } from './kernel.ts';
import { ignore, type Refuse, refusing, type Tell } from './record.ts';

const OPERAND = 'its reader multiplies it, and does not add it';

/** Whether one of the products that a kernel computes loads a tensor. */
const isOperand = (kernel: ContractionKernel, tensor: Prim): boolean =>
  productsOf(kernel)
    .flatMap((p) => [p.a, p.b])
    .flatMap(loadsOf)
    .some((l) => kernel.root.args[l.arg] === tensor);

/**
 * Adds `product` to the sums of `kernel`, whose epilogue adds it to the result. The caller knows that nothing
 * else reads the product. Undefined where the epilogue uses the product in another way, or where its rows and
 * columns are not those of the kernel; `refuse` is told which.
 */
function addProduct(
  kernel: ContractionKernel,
  product: ContractionKernel,
  refuse = ignore,
): ContractionKernel | undefined {
  const { root, epilogue } = kernel;
  if (epilogue === null) return refuse('its reader does not add it to the result of its own sum');
  if (product.epilogue !== null || product.added !== undefined)
    return refuse('it is more than a product: it has an epilogue, or another product is added to it');
  const isTerm = (arg: number) => root.args[arg] === product.tensor;
  const loads = (of: readonly Expr[], is: (arg: number) => boolean) =>
    of.flatMap(loadsOf).filter((l) => is(l.arg)).length;
  if (isOperand(kernel, product.tensor)) return refuse(OPERAND);
  if (loads([epilogue], isTerm) !== 1 || loads([epilogue], (arg) => arg === RESULT) !== 1)
    return refuse("its reader's epilogue loads it or the result more than once");
  const index = soleIndex(epilogue, root.args, product.tensor);
  const values = index && bijection(product, index, root.axes);
  const split = extractTerm(epilogue, isTerm, classify(root).batch.length > 0);
  if (values === undefined || split === undefined)
    return refuse("its reader's epilogue does not add it to the result, element by element");

  const args = mergeArgs(
    root.args.filter((a) => a !== product.tensor),
    product.root.args,
  ).args;
  if (args.length >= MAX_STORAGE_BINDINGS)
    return refuse(`the kernel would bind more than ${MAX_STORAGE_BINDINGS} tensors`);
  const placed = rewritePrim(withArgs(product.root, args), substituteAxes(values));
  const scaled = { ...placed, axes: root.axes, a: times(split.scale, placed.a) };
  const added = alongside(root, simplifyPrim(scaled));
  if (added === undefined)
    return refuse('its sum has one step, or its operands do not have the rows and columns of its reader');
  const moved = (e: Expr): Expr =>
    rewriteExpr(e, {
      load: (arg, at) => ({
        k: 'load',
        arg: arg === RESULT ? RESULT : args.indexOf(root.args[arg]!),
        index: at,
      }),
      iload: (arg, at) => ({ k: 'iload', arg: args.indexOf(root.args[arg]!), index: at }),
    });
  const rest = moved(split.rest);
  return {
    ...kernel,
    root: withArgs(root, args),
    epilogue: rest.k === 'load' && rest.arg === RESULT ? null : rest,
    added: [...(kernel.added ?? []).map((p) => withArgs(p, args)), added],
    spans: uniteSpans(kernel.spans, product.spans),
  };
}

type Terms = readonly Expr[];

const summands = (e: Expr): Terms => (e.k === 'call' && e.fn === 'add' ? e.args.flatMap(summands) : [e]);

/**
 * The expression without the one term that it adds to the result, and the term's factor over the result's factor. In
 * products of blocks the result must have no factor: such kernels share a launch later, where registers are scarce.
 */
function extractTerm(
  e: Expr,
  isTerm: (arg: number) => boolean,
  ofBlocks: boolean,
): { readonly rest: Expr; readonly scale: Expr | null } | undefined {
  if (e.k !== 'call') return undefined;
  const terms = summands(e);
  const scaled = terms.map((t) => scaledLoad(t, isTerm));
  const at = scaled.findIndex((t) => t !== undefined);
  const result = terms.map((t) => scaledLoad(t, (arg) => arg === RESULT)).find((t) => t !== undefined);
  if (at >= 0 && result && !(ofBlocks && result.scale)) {
    const others = terms.filter((_, i) => i !== at);
    const rest = others.slice(1).reduce((a, b): Expr => ({ k: 'call', fn: 'add', args: [a, b] }), others[0]!);
    return { rest, scale: quotient(scaled[at]!.scale, result.scale) };
  }
  for (const [i, arg] of e.args.entries()) {
    const found = extractTerm(arg, isTerm, ofBlocks);
    if (found) return { ...found, rest: { ...e, args: e.args.with(i, found.rest) } };
  }
  return undefined;
}

/** The quotient of two constants, of which null is 1. */
function quotient(a: Constant | null, b: Constant | null): Constant | null {
  return b === null ? a : { k: 'const', value: divQ(a?.value ?? ONE, b.value) };
}

const times = (scale: Expr | null, e: Expr): Expr =>
  scale === null ? e : { k: 'call', fn: 'mul', args: [scale, e] };

/**
 * Orders the product's operands so that each uses only axes of the root's operand on its side. Undefined if
 * neither order does.
 */
function alongside(root: ContractionPrim, product: ContractionPrim): ContractionPrim | undefined {
  // Schedules divide the steps of a sum, which a single step does not allow.
  if (product.over.every((k) => (constantOf(k.extent) ?? Infinity) <= 1)) return undefined;
  if (product.over.some((k) => [...root.axes, ...root.over].some((a) => a.name === k.name))) return undefined;
  const of = (e: Expr, axes: readonly Axis[]) => axes.filter((a) => axesIn(e).has(a.name));
  const within = (e: Expr, side: Expr) => of(e, root.axes).every((a) => axesIn(side).has(a.name));
  if (within(product.a, root.a) && within(product.b, root.b)) return product;
  const swapped = { ...product, a: product.b, b: product.a };
  return within(swapped.a, root.a) && within(swapped.b, root.b) ? swapped : undefined;
}

/** Computes products in the kernels that add them, wherever `onlyHere` tells of no other reader. */
export function addProducts(
  kernels: Map<Prim, Kernel>,
  onlyHere: (tensor: Prim, refuse?: Refuse) => boolean,
  tell: Tell = () => {},
): void {
  for (const [tensor, first] of kernels) {
    if (first.root.kind !== 'contraction') continue;
    let kernel: ContractionKernel = { ...first, root: first.root };
    const by = (source: Prim) => ({ rule: 'added', tensor: source, reader: tensor }) as const;
    const isTerm = (source: Prim, refuse: Refuse) =>
      isOperand(kernel, source) ? refuse(OPERAND) : onlyHere(source, refuse);
    const sources = first.root.args.filter(
      (a) => kernels.get(a)?.root.kind === 'contraction' && isTerm(a, refusing(tell, by(a))),
    );
    for (const source of sources) {
      const product = kernels.get(source);
      if (product?.root.kind !== 'contraction') continue;
      const fused = addProduct(kernel, { ...product, root: product.root }, refusing(tell, by(source)));
      if (fused === undefined) continue;
      tell(by(source));
      kernel = fused;
      kernels.set(tensor, kernel);
      kernels.delete(source);
    }
  }
}
