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
import type { Axis, ContractionPrim, MapPrim, Prim } from '../../compiler/primitives/prim.ts';
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
import { extents } from './axes.ts';
import { sizeAt, weight } from './cost.ts';
import { expressionsIn, type Kernel, MAX_STORAGE_BINDINGS, RESULT, WORKGROUP_MEMORY } from './kernel.ts';

/** The largest number of multiply-adds of a nest for one block. More are better spread over several workgroups. */
const MOST_WORK = 1 << 16;
/**
 * The bounds on the number of results that a product counts as. It counts as at least 16 for the rest of its
 * text. It counts as at most 64, because a thread computes no more at once.
 */
const RESULTS = { least: 16, most: 64 } as const;
/** The least weight of an operand that is computed once and read back, instead of for each row or column. */
const DEAR = 8;

/** The name of the axis along which workgroups take blocks. No nest has it among its own axes. */
export const BLOCK = 'block';

/** A loop nest of a fused kernel: one step of a workgroup's work on its block. */
export interface Nest {
  /** The loops over the axes within a block. The kernel's args are those of the fused blocks. */
  readonly kernel: Kernel & { readonly root: MapPrim | ContractionPrim };
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
export type Member = Kernel & { readonly root: MapPrim | ContractionPrim };

/** The number of elements within a block, which does not depend on `tokens`. */
const elementsIn = (sizes: readonly Dim[]): number => sizeAt(sizes, 0);

export const isMember = remembered(isOfBlocks) as (k: Kernel) => k is Member;

/**
 * Whether a kernel computes small blocks along its first axis. It must be a map or a product in f32, and each
 * operand of a product must have the same blocks. No size may grow with tokens, and a block takes at most
 * MOST_WORK multiply-adds.
 */
function isOfBlocks(k: Kernel): boolean {
  const { root, tensor } = k;
  if (root.kind !== 'map' && root.kind !== 'contraction') return false;
  if (tensor.dtype !== 'f32' || tensor.stored) return false;
  const [block, ...within] = root.axes;
  const products = [root, ...(k.added ?? [])].filter((p) => p.kind === 'contraction');
  const over = products.flatMap((p) => p.over);
  if (block === undefined || !equalDim(block.extent, tensor.shape[0]!)) return false;
  // All blocks share an operand without their axis: they are then rows of one product.
  if (products.some((p) => !expressionsOf(p).every((e) => axesIn(e).has(block.name)))) return false;
  if ([block, ...within, ...over].some((a) => constantOf(a.extent) === undefined)) return false;
  // An empty block needs no memory, and an address in an empty array would not compile.
  if (within.some((a) => constantOf(a.extent) === 0)) return false;
  return elementsIn(extents([...within, ...over])) <= MOST_WORK;
}

/** The tensors from which a kernel loads other blocks than the one that it computes. */
export const loadedElsewhere = remembered((k: Member): ReadonlySet<Prim> => {
  const [{ name }] = k.root.axes as [Axis];
  const loads = expressionsIn(k).flatMap(loadsOf);
  const isOwn = ([first]: readonly IntExpr[]) => first?.k === 'axis' && first.name === name;
  return new Set(loads.filter((l) => !isOwn(l.index)).map((l) => k.root.args[l.arg]!));
});

/** The number of a thread's results that the code of a member's products spells out. */
function resultsOf({ root, added = [] }: Member, threads: number): number {
  if (root.kind === 'map') return 0;
  const each = elementsIn(extents(root.axes.slice(1))) / threads;
  return (1 + added.length) * Math.min(RESULTS.most, Math.max(RESULTS.least, each));
}

/** Fuses members into one kernel; undefined where it needs too much memory, too many tensors, or too much text. */
export function fuseBlocks(
  members: readonly Member[],
  stored: ReadonlySet<Prim>,
  { threads, results }: FusionCosts['blocks'],
): FusedBlocks | undefined {
  if (members.reduce((n, m) => n + resultsOf(m, threads), 0) > results) return undefined;
  const last = members.at(-1)!;
  // No member reads the last one's result, so it can be computed at several places. The later the place, the more
  // memory the others have freed, so the latest place is tried first.
  for (let at = members.length - 1; at >= 0; at--) {
    const order = members.toSpliced(-1).toSpliced(at, 0, last);
    const group = inOrder(order, stored);
    if (group === undefined || group.slots.reduce((sum, n) => sum + n, 0) <= WORKGROUP_MEMORY) return group;
    if (at > 0 && last.root.args.includes(members[at - 1]!.tensor)) return undefined;
  }
  return undefined;
}

/** The members as nests in this order, with any amount of memory; undefined where they need too many tensors. */
function inOrder(members: readonly Member[], stored: ReadonlySet<Prim>): FusedBlocks | undefined {
  const args: Prim[] = [];
  const heldBy = new Map<Prim, number | undefined>();
  const computed = new Map<string, number>();
  const nests: { kernel: Member; writes: number | undefined; stored: Prim | undefined }[] = [];
  const argOf = (p: Prim): number => {
    const known = args.indexOf(p);
    return known >= 0 ? known : args.push(p) - 1;
  };
  const hold = (p: Prim, shape: readonly Dim[]): number => args.push({ ...p, shape }) - 1;

  for (const member of members) {
    const [block, ...axes] = member.root.axes as [Axis, ...Axis[]];
    const from = member.root.args;
    const placed: Rewrite = {
      axis: (name) => (name === block.name ? { k: 'axis', name: BLOCK } : undefined),
      load: (arg, index) => {
        if (arg === RESULT) return undefined;
        const held = heldBy.get(from[arg]!);
        return held === undefined
          ? { k: 'load', arg: argOf(from[arg]!), index }
          : { k: 'load', arg: held, index: index.slice(1) };
      },
      iload: (arg, index) => ({ k: 'iload', arg: argOf(from[arg]!), index }),
    };
    const operand = (whole: Expr, all: readonly Axis[]): Expr => {
      const e = whole.k === 'call' ? { ...whole, args: whole.args.map((x) => operand(x, all)) } : whole;
      if (weight(e) < DEAR) return e;
      const { key, body, axes: over, index } = canonicalForm(e, all);
      if (over.length === 0) return e;
      let at = computed.get(key);
      if (at === undefined) {
        const { spans, label } = member.root;
        const shape = extents(over);
        const root: MapPrim = { kind: 'map', axes: over, body, shape, dtype: 'f32', args, spans, label };
        at = hold(root, shape);
        computed.set(key, at);
        nests.push({ kernel: { tensor: root, root, epilogue: null, spans }, writes: at, stored: undefined });
      }
      return { k: 'load', arg: at, index };
    };
    const product = (p: ContractionPrim): ContractionPrim => {
      const { a, b } = rewritePrim(p, placed);
      const all = [...axes, ...p.over];
      return { ...p, axes, args, a: operand(a, all), b: operand(b, all) };
    };
    const root =
      member.root.kind === 'map' ? { ...rewritePrim(member.root, placed), axes, args } : product(member.root);
    const kernel: Member = {
      ...member,
      root,
      ...(member.added ? { added: member.added.map(product) } : {}),
      epilogue: member.epilogue && rewriteExpr(member.epilogue, placed),
    };
    const isRead = members.some((m) => m.root.args.includes(member.tensor));
    const writes = isRead ? hold(member.tensor, member.tensor.shape.slice(1)) : undefined;
    heldBy.set(member.tensor, writes);
    nests.push({ kernel, writes, stored: stored.has(member.tensor) ? member.tensor : undefined });
  }

  const inStorage = args.filter((_, i) => !nests.some((s) => s.writes === i));
  const stores = nests.filter((s) => s.stored !== undefined).length;
  if (inStorage.length + stores > MAX_STORAGE_BINDINGS) return undefined;
  const { slotOf, slots } = share(
    nests.map(({ kernel, writes }) => ({ writes, reads: argsOf(kernel) })),
    (arg) => elementsIn(args[arg]!.shape),
  );
  return {
    blocks: members[0]!.tensor.shape[0]!,
    args,
    slotOf: args.map((_, i) => slotOf.get(i)),
    slots,
    members,
    nests: nests.map(({ kernel, writes, stored }) => ({
      kernel,
      arg: writes,
      slot: slotOf.get(writes),
      stored,
    })),
  };
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

/** Gives each value the smallest free piece of memory that fits, from its writer to its last reader. */
function share(
  nests: readonly { readonly writes: number | undefined; readonly reads: ReadonlySet<number> }[],
  elements: (arg: number) => number,
): { slotOf: ReadonlyMap<number | undefined, number>; slots: readonly number[] } {
  const slotOf = new Map<number | undefined, number>();
  const slots: number[] = [];
  const free = new Set<number>();
  for (const [i, { writes, reads }] of nests.entries()) {
    if (writes !== undefined) {
      const need = elements(writes);
      const bySize = [...free].sort((a, b) => slots[a]! - slots[b]!);
      const slot = bySize.find((s) => slots[s]! >= need) ?? bySize.at(-1) ?? slots.push(need) - 1;
      slots[slot] = Math.max(slots[slot]!, need);
      free.delete(slot);
      slotOf.set(writes, slot);
    }
    for (const r of reads)
      if (slotOf.has(r) && !nests.slice(i + 1).some((s) => s.reads.has(r))) free.add(slotOf.get(r)!);
  }
  return { slotOf, slots };
}

export const spansOf = ({ members }: FusedBlocks) => uniteSpans(...members.map((m) => m.spans));

/** The tensors that fused blocks store, in the order of their bindings. */
export const writesOf = ({ nests }: FusedBlocks): Prim[] => nests.flatMap((s) => s.stored ?? []);
