/**
 * Fuses kernels over the same small blocks into one. In R = (I + Q)(I + 2Q + Q²) with a block-diagonal Q, each block
 * of a result needs only the same block of the others. A workgroup then computes one block by all kernels, one after
 * another, and intermediates stay in its memory. Operands that are costly to compute become loop nests of their own.
 */
import type { FusionCosts } from '../../compiler/devices/index.ts';
import { constantOf, type Dim, equalDim } from '../../compiler/dims/dims.ts';
import { uniteSpans } from '../../compiler/errors/span.ts';
import { keyOf, rangesOf } from '../../compiler/primitives/affine.ts';
import type { Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim, MapPrim, Prim, ReducePrim } from '../../compiler/primitives/prim.ts';
import { simplifyExpr } from '../../compiler/primitives/simplify.ts';
import {
  expressionsOf,
  type Rewrite,
  rewriteExpr,
  rewritePrim,
  substituteAxes,
} from '../../compiler/primitives/substitute.ts';
import { axesIn, loadsOf } from '../../compiler/primitives/visit.ts';
import { remembered } from '../remembered.ts';
import { extents, longest } from './axes.ts';
import { sizeAt, weight } from './cost.ts';
import { expressionsIn, type Kernel, MAX_STORAGE_BINDINGS, RESULT, WORKGROUP_MEMORY } from './kernel.ts';
import { ignore } from './record.ts';

/** The largest number of multiply-adds of a nest for one block. More are better spread over several workgroups. */
const MOST_WORK = 1 << 16;
/** The largest number of terms of a block's reduction, as most maps that read the result have as many elements. */
const MOST_TERMS = 1 << 12;
/**
 * The bounds on the number of results that a product counts as. It counts as at least 16 for the rest of its
 * text. It counts as at most 64, because a thread computes no more at once.
 */
const RESULTS = { least: 16, most: 64 } as const;
/** The least weight of an operand that is computed once and read back, instead of for each row or column. */
const DEAR = 8;

/** The number of invocations of a workgroup on a device without subgroups. Those that share a reduction hold a sum each. */
export const THREADS = 64;

/** The name of the axis along which workgroups take blocks. No nest has it among its own axes. */
export const BLOCK = 'block';

/** A loop nest of a fused kernel: one step of a workgroup's work on its block. */
export interface Nest {
  /** The loops over the axes within a block. The kernel's args are those of the fused blocks. */
  readonly kernel: Member;
  /** The argument by which later nests load the nest's results. */
  readonly arg: number | undefined;
  /** The piece of workgroup memory that holds these results. */
  readonly slot: number | undefined;
  /** The tensor in storage that the nest's results go to, for kernels outside the fused blocks. */
  readonly stored: Prim | undefined;
}

export interface FusedBlocks {
  readonly blocks: Dim;
  /** The tensors and intermediates that nests load. */
  readonly args: readonly Prim[];
  /** The piece of workgroup memory that holds each argument, without the blocks' axis; undefined for one in storage. */
  readonly slotOf: readonly (number | undefined)[];
  readonly nests: readonly Nest[];
  /** The number of f32 elements of each piece of workgroup memory. */
  readonly slots: readonly number[];
  readonly members: readonly Kernel[];
}

/** A kernel of small blocks, which can be a member of fused blocks. */
export type Member = Kernel & { readonly root: MapPrim | ContractionPrim | ReducePrim };

/** The number of elements within a block, which does not depend on `tokens`. */
const elementsIn = (sizes: readonly Dim[]): number => sizeAt(sizes, 0);

/**
 * The reason that a kernel does not compute small blocks along its first axis; undefined where it does. It must be a map
 * or a product in f32, or a reduction with one result for each block. Each operand of a product must have the same blocks.
 * No size may grow with tokens, and a block takes at most MOST_WORK multiply-adds or MOST_TERMS terms.
 */
export const whyNoMember = remembered((k: Kernel): string | undefined => {
  const { root, tensor } = k;
  if (root.kind !== 'map' && root.kind !== 'contraction' && root.kind !== 'reduce')
    return 'is neither a map nor a product nor a reduction';
  if (tensor.dtype !== 'f32') return 'is not in f32';
  if (tensor.stored) return 'is always stored';
  const [block, ...within] = root.axes;
  const products = [root, ...(k.added ?? [])].filter((p) => p.kind === 'contraction');
  const over = [...products.flatMap((p) => p.over), ...(root.kind === 'reduce' ? root.over : [])];
  if (block === undefined || !equalDim(block.extent, tensor.shape[0]!))
    return 'does not go through blocks first';
  if ([block, ...within, ...over].some((a) => constantOf(a.extent) === undefined))
    return 'has a size, or sums over one, that grows with tokens';
  if (root.axes.length !== tensor.shape.length) return 'has other axes than its result has dimensions';
  // All blocks share an operand without their axis: they are then rows of one product.
  if (products.some((p) => !expressionsOf(p).every((e) => axesIn(e).has(block.name))))
    return 'has an operand that all blocks share';
  // An empty block needs no memory, and an address in an empty array would not compile.
  if (within.some((a) => constantOf(a.extent) === 0)) return 'has empty blocks';
  const work = elementsIn(extents([...within, ...over]));
  if (root.kind !== 'reduce')
    return work > MOST_WORK ? `takes more than ${MOST_WORK} multiply-adds a block` : undefined;
  // The invocations of a workgroup share one sum.
  if (elementsIn(extents(within)) !== 1) return 'reduces a block to several results';
  if (longest(over) === undefined) return 'reduces one term a block';
  return work > MOST_TERMS ? `reduces more than ${MOST_TERMS} terms a block` : undefined;
});

export const isMember = (k: Kernel): k is Member => whyNoMember(k) === undefined;

/** The tensors from which a kernel loads other blocks than the one that it computes. */
export const loadedElsewhere = remembered((k: Member): ReadonlySet<Prim> => {
  const [{ name }] = k.root.axes as [Axis];
  const loads = expressionsIn(k).flatMap(loadsOf);
  const isOwn = ([first]: readonly IntExpr[]) => first?.k === 'axis' && first.name === name;
  return new Set(loads.filter((l) => !isOwn(l.index)).map((l) => k.root.args[l.arg]!));
});

/** The number of a thread's results that the code of a member's products spells out. */
function resultsOf({ root, added = [] }: Member, threads: number): number {
  if (root.kind !== 'contraction') return 0;
  const each = elementsIn(extents(root.axes.slice(1))) / threads;
  return (1 + added.length) * Math.min(RESULTS.most, Math.max(RESULTS.least, each));
}

/**
 * Fuses members into one kernel; undefined where it needs too much memory, too many tensors, or too much text. `refuse`
 * is told which.
 */
export function fuseBlocks(
  members: readonly Member[],
  stored: ReadonlySet<Prim>,
  { threads, results }: FusionCosts['blocks'],
  refuse = ignore,
): FusedBlocks | undefined {
  const text = members.reduce((n, m) => n + resultsOf(m, threads), 0);
  if (text > results)
    return refuse(`the code would spell out ${text} results of a thread, and ${results} are the most`);
  const sums = THREADS * members.filter((m) => m.root.kind === 'reduce').length;
  const last = members.at(-1)!;
  // No member reads the last one's result, so it can be computed at several places. The later the place, the more
  // memory the others have freed, so the latest place is tried first.
  for (let at = members.length - 1; at >= 0; at--) {
    const order = members.toSpliced(-1).toSpliced(at, 0, last);
    const group = inOrder(order, stored);
    if (group === undefined) return refuse(`the kernel would bind more than ${MAX_STORAGE_BINDINGS} tensors`);
    if (group.slots.reduce((sum, n) => sum + n, sums) <= WORKGROUP_MEMORY) return group;
    if (at > 0 && last.root.args.includes(members[at - 1]!.tensor)) break;
  }
  return refuse(
    `the blocks that it would hold do not fit into ${4 * WORKGROUP_MEMORY} bytes of workgroup memory`,
  );
}

/** The members as nests in this order, with any amount of memory; undefined where they need too many tensors. */
function inOrder(members: readonly Member[], stored: ReadonlySet<Prim>): FusedBlocks | undefined {
  const read = new Set(members.flatMap((m) => m.root.args));
  const builder = new NestBuilder();
  for (const m of members) builder.add(m, read.has(m.tensor), stored.has(m.tensor));
  const { args, nests } = builder;
  const inStorage = args.filter((_, i) => !nests.some((n) => n.arg === i));
  const stores = nests.filter((n) => n.stored !== undefined).length;
  if (inStorage.length + stores > MAX_STORAGE_BINDINGS) return undefined;
  const { slotOf, slots } = share(nests, args);
  return {
    blocks: members[0]!.tensor.shape[0]!,
    args,
    slotOf: args.map((_, i) => slotOf.get(i)),
    slots,
    members,
    nests: nests.map((n) => ({ ...n, slot: slotOf.get(n.arg) })),
  };
}

/** A nest whose results have no memory yet. */
type Unplaced = Omit<Nest, 'slot'>;

/** Turns members into nests, one after another. A costly operand becomes a nest before the first that reads it. */
class NestBuilder {
  /** The tensors that nests load: those in storage, and results of a block's earlier nests without the blocks' axis. */
  readonly args: Prim[] = [];
  readonly nests: Unplaced[] = [];
  /** The arguments that are results of members. */
  readonly #results = new Map<Prim, number>();
  /** The arguments that are costly operands, by the keys of their forms. */
  readonly #operands = new Map<string, number>();

  add(member: Member, isRead: boolean, isStored: boolean): void {
    const { root, added, epilogue, tensor } = member;
    const placed = this.#placed(root);
    const product = (p: ContractionPrim) => this.#product(p, root, placed);
    const kernel: Member = {
      ...member,
      root:
        root.kind === 'contraction' ? product(root) : { ...rewritePrim(root, placed), ...this.#loops(root) },
      ...(added ? { added: added.map(product) } : {}),
      epilogue: epilogue && rewriteExpr(epilogue, placed),
    };
    const arg = isRead ? this.#hold(tensor, tensor.shape.slice(1)) : undefined;
    if (arg !== undefined) this.#results.set(tensor, arg);
    this.nests.push({ kernel, arg, stored: isStored ? tensor : undefined });
  }

  /** Loads of the member's expressions as loads of the nests' arguments, within the block. */
  #placed({ axes, args }: Member['root']): Rewrite {
    const [block] = axes as [Axis, ...Axis[]];
    return {
      axis: (name) => (name === block.name ? { k: 'axis', name: BLOCK } : undefined),
      load: (arg, index) => {
        if (arg === RESULT) return undefined;
        const result = this.#results.get(args[arg]!);
        return result === undefined
          ? { k: 'load', arg: this.#stored(args[arg]!), index }
          : { k: 'load', arg: result, index: index.slice(1) };
      },
      iload: (arg, index) => ({ k: 'iload', arg: this.#stored(args[arg]!), index }),
    };
  }

  #loops({ axes }: Member['root']) {
    return { axes: axes.slice(1), args: this.args };
  }

  #product(p: ContractionPrim, root: Member['root'], placed: Rewrite): ContractionPrim {
    const { a, b } = rewritePrim(p, placed);
    const all = [...root.axes.slice(1), ...p.over];
    return { ...p, ...this.#loops(root), a: this.#operand(a, all, root), b: this.#operand(b, all, root) };
  }

  /** The operand of a product, with its costly parts loaded from nests of their own. */
  #operand(whole: Expr, all: readonly Axis[], of: Member['root']): Expr {
    const e =
      whole.k === 'call' ? { ...whole, args: whole.args.map((x) => this.#operand(x, all, of)) } : whole;
    if (weight(e) < DEAR) return e;
    const { key, body, axes, index } = canonicalForm(e, all);
    if (axes.length === 0) return e;
    const known = this.#operands.get(key);
    if (known !== undefined) return { k: 'load', arg: known, index };
    const { spans, label } = of;
    const shape = extents(axes);
    const root: MapPrim = { kind: 'map', axes, body, shape, dtype: 'f32', args: this.args, spans, label };
    const arg = this.#hold(root, shape);
    this.#operands.set(key, arg);
    this.nests.push({ kernel: { tensor: root, root, epilogue: null, spans }, arg, stored: undefined });
    return { k: 'load', arg, index };
  }

  #stored(p: Prim): number {
    const known = this.args.indexOf(p);
    return known >= 0 ? known : this.args.push(p) - 1;
  }

  #hold(p: Prim, shape: readonly Dim[]): number {
    return this.args.push({ ...p, shape }) - 1;
  }
}

/** An expression as a function of axes x0, x1, …, and the index it is used at: f(i, k) and f(k, j) have one form. */
interface Form {
  readonly key: string;
  readonly body: Expr;
  readonly axes: readonly Axis[];
  readonly index: readonly IntExpr[];
}

function canonicalForm(e: Expr, all: readonly Axis[]): Form {
  const used = axesIn(e);
  const within = all.filter((a) => used.has(a.name));
  const forms = orders(within).map((order): Form => {
    const axes = order.map((a, i) => ({ name: `x${i}`, extent: a.extent }));
    const by = new Map(order.map((a, i): [string, IntExpr] => [a.name, { k: 'axis', name: `x${i}` }]));
    const body = simplifyExpr(rewriteExpr(e, substituteAxes(by)), rangesOf(axes));
    const key = [keyOf(body), ...axes.map((a) => constantOf(a.extent))].join();
    return { key, body, axes, index: order.map((a) => ({ k: 'axis', name: a.name })) };
  });
  return forms.reduce((first, f) => (f.key < first.key ? f : first));
}

/** Both orders of two axes. Any other number of axes keeps its order. */
const orders = (axes: readonly Axis[]): (readonly Axis[])[] =>
  axes.length === 2 ? [axes, axes.toReversed()] : [axes];

const argsOf = (k: Kernel): Set<number> =>
  new Set(
    expressionsIn(k)
      .flatMap(loadsOf)
      .map((l) => l.arg),
  );

/** Gives the results of each nest the smallest free piece of memory that fits, until their last reader has run. */
function share(
  nests: readonly Unplaced[],
  args: readonly Prim[],
): { slotOf: ReadonlyMap<number | undefined, number>; slots: readonly number[] } {
  const slotOf = new Map<number | undefined, number>();
  const slots: number[] = [];
  const free = new Set<number>();
  const reads = nests.map((n) => argsOf(n.kernel));
  for (const [i, { arg }] of nests.entries()) {
    if (arg !== undefined) {
      const need = elementsIn(args[arg]!.shape);
      const bySize = [...free].sort((a, b) => slots[a]! - slots[b]!);
      const slot = bySize.find((s) => slots[s]! >= need) ?? bySize.at(-1) ?? slots.push(need) - 1;
      slots[slot] = Math.max(slots[slot]!, need);
      free.delete(slot);
      slotOf.set(arg, slot);
    }
    for (const r of reads[i]!)
      if (slotOf.has(r) && !reads.slice(i + 1).some((later) => later.has(r))) free.add(slotOf.get(r)!);
  }
  return { slotOf, slots };
}

export const spansOf = ({ members }: FusedBlocks) => uniteSpans(...members.map((m) => m.spans));

/** The tensors that fused blocks store, in the order of their bindings. */
export const writesOf = ({ nests }: FusedBlocks): Prim[] => nests.flatMap((s) => s.stored ?? []);
