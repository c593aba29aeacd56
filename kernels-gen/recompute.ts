/**
 * Tensors that are computed again where they are read late, instead of being kept until then. What kernels make of
 * parameters alone, and is little work beside the rest, is repeated for later launches: of OFT's backward, Q² and R
 * from the packed triangles, whose blocks would wait through both products with W.
 *
 * Every such tensor is first computed anew for each launch that reads it; then each repetition is given up without which
 * the plan takes no more memory, and the dearest until what is left is worth its time.
 */
import { constantOf } from '../compiler/ir/dims.ts';
import type { Prim } from '../compiler/primitives/prim.ts';
import { loopAxes } from '../compiler/primitives/substitute.ts';
import { DEFAULT_PROFILE } from '../compiler/rewrite/cost.ts';
import { TRAINING_TOLERANCE } from '../compiler/rewrite/select.ts';
import { dtypeBytes, evalExtent } from '../runtime/plan.ts';
import type { Access } from './buffers.ts';
import { flopsOfMember, writesOf } from './families/blocks.ts';
import { overwriting } from './families/overwrite.ts';
import { type Group, groupBlocks } from './fuse/blocks.ts';
import { sizeAt } from './fuse/cost.ts';
import { topological } from './fuse/graph.ts';
import type { Kernel } from './fuse/kernel.ts';
import { inLittleMemory } from './fuse/order.ts';

const { flops, bandwidth, launch } = DEFAULT_PROFILE;
/** The share of a plan's operations, and of its time, that may be added. */
const MOST = { operations: 0.01, time: TRAINING_TOLERANCE } as const;

/** A tensor computed again for kernels of one launch. */
interface Repetition {
  readonly tensor: Prim;
  readonly readers: ReadonlySet<Prim>;
  readonly launch: Kernel | Group;
  /** What computing it takes. */
  readonly operations: number;
}

interface Estimate {
  readonly launches: readonly (Kernel | Group)[];
  /** Those of maps and products. */
  readonly operations: number;
  /** By the rates that kernels are fused for. */
  readonly seconds: number;
  /** Of temporaries. */
  readonly bytes: number;
}

/**
 * The launches of kernels that are in an order to run in, with what is cheaper to compute again than to keep repeated.
 * `outputs` are written for others than these kernels.
 */
export function launched(
  kernels: readonly Kernel[],
  outputs: ReadonlyMap<Prim, string>,
  tokens: number,
): readonly (Kernel | Group)[] {
  const access = accessOf(new Map());
  const estimate = (repeated: readonly Repetition[]): Estimate => {
    const launches = groupBlocks(withRepetitions(kernels, repeated), new Set(outputs.keys()));
    const { bytes } = inLittleMemory(launches.map(access), outputs, tokens);
    const operations = sum(launches, (l) => operationsOf(l, tokens));
    const moved = sum(launches, (l) => movedBy(l, tokens));
    const seconds = operations / flops + moved / bandwidth + launches.length * launch;
    return { launches, operations, seconds, bytes };
  };
  const once = estimate([]);
  const all = repetitionsOf(kernels, once, outputs, tokens).sort((a, b) => b.operations - a.operations);
  const allocated = once.bytes + sum([...outputs.keys()], (p) => bytesOf(p, tokens));
  const isWorthIt = (e: Estimate): boolean => {
    const time = e.seconds / once.seconds - 1;
    const saved = (once.bytes - e.bytes) / allocated;
    const operations = e.operations / once.operations - 1;
    return operations <= MOST.operations && time <= MOST.time && time <= saved;
  };
  let repeated: readonly Repetition[] = all;
  let best = all.length > 0 ? estimate(all) : once;
  if (best.bytes >= once.bytes) return once.launches;
  const without = (r: Repetition) => {
    const fewer = repeated.filter((o) => o !== r);
    return { fewer, plan: estimate(fewer) };
  };
  for (const r of all) {
    const { fewer, plan } = without(r);
    if (plan.bytes <= best.bytes) [repeated, best] = [fewer, plan];
  }
  while (!isWorthIt(best)) {
    const { fewer, plan } = repeated.map(without).reduce((a, b) => (b.plan.bytes < a.plan.bytes ? b : a));
    [repeated, best] = [fewer, plan];
  }
  return best.launches;
}

const sum = <T>(list: readonly T[], of: (t: T) => number): number => list.reduce((n, t) => n + of(t), 0);

const bytesOf = (p: Prim, tokens: number): number => dtypeBytes(p.dtype) * sizeAt(p.shape, tokens);

const membersOf = (l: Kernel | Group): readonly Kernel[] => ('members' in l ? l.members : [l]);

/** Of a launch, by what it may overwrite of kernels looked at before. */
const accessOf =
  (known: Map<Kernel, Map<Prim, boolean>>) =>
  (l: Kernel | Group): Access => {
    const traffic = { reads: readsOf(l), writes: 'members' in l ? writesOf(l) : [l.tensor], scratch: null };
    if ('members' in l) return traffic;
    const over = known.get(l) ?? new Map<Prim, boolean>();
    known.set(l, over);
    const overwrites = (p: Prim): boolean => {
      const may = over.get(p) ?? overwriting(l, p) !== undefined;
      over.set(p, may);
      return may;
    };
    return { ...traffic, overwrites };
  };

/** What a launch loads from storage. */
const readsOf = (l: Kernel | Group): readonly Prim[] =>
  'members' in l ? l.args.filter((_, i) => l.slotOf[i] === undefined) : l.root.args;

/** Bytes of what a launch loads and stores. */
function movedBy(l: Kernel | Group, tokens: number): number {
  const writes = 'members' in l ? writesOf(l) : [l.tensor];
  return sum([...new Set(readsOf(l)), ...writes], (p) => bytesOf(p, tokens));
}

const operationsOf = (l: Kernel | Group, tokens: number): number =>
  sum(membersOf(l), ({ root, ...k }) =>
    root.kind === 'map' || root.kind === 'contraction'
      ? evalExtent(flopsOfMember({ ...k, root }), tokens)
      : 0,
  );

/** Every cheap tensor again for each launch but the first that reads it. */
function repetitionsOf(
  kernels: readonly Kernel[],
  { launches, operations }: Estimate,
  outputs: ReadonlyMap<Prim, string>,
  tokens: number,
): Repetition[] {
  const producer = new Map(kernels.map((k) => [k.tensor, k]));
  return kernels.flatMap(({ tensor }) => {
    if (outputs.has(tensor) || tensor.stored) return [];
    const readers = launches
      .map((launch) => ({ launch, by: membersOf(launch).filter((m) => m.root.args.includes(tensor)) }))
      .filter(({ by }) => by.length > 0);
    if (readers.length < 2) return [];
    const chain = chainOf(tensor, producer);
    if (chain === undefined) return [];
    const again = sum(chain, (k) => operationsOf(k, tokens));
    if (again > MOST.operations * operations) return [];
    return readers.slice(1).map(({ launch, by }) => ({
      tensor,
      readers: new Set(by.map((m) => m.tensor)),
      launch,
      operations: again,
    }));
  });
}

/**
 * The kernels that compute a tensor from parameters alone, in order; undefined where one is neither a map nor a product, or
 * computes more the more tokens there are.
 */
function chainOf(tensor: Prim, producer: ReadonlyMap<Prim, Kernel>): Kernel[] | undefined {
  const chain = topological([tensor], (t) => producer.get(t)?.root.args ?? []).flatMap(
    (t) => producer.get(t) ?? [],
  );
  const repeats = ({ root }: Kernel) =>
    (root.kind === 'map' || root.kind === 'contraction') &&
    loopAxes(root).every((a) => constantOf(a.extent) !== undefined);
  return chain.every(repeats) ? chain : undefined;
}

/** In an order to run in: what is repeated before the first kernel that reads it, once for all of one launch. */
function withRepetitions(kernels: readonly Kernel[], repeated: readonly Repetition[]): readonly Kernel[] {
  if (repeated.length === 0) return kernels;
  const producer = new Map(kernels.map((k) => [k.tensor, k]));
  const copiesIn = new Map(repeated.map((r) => [r.launch, new Map<Prim, Prim>()]));
  return kernels.flatMap((k) => {
    const own = repeated.filter((r) => r.readers.has(k.tensor));
    const before = own.flatMap(({ tensor, launch }) => {
      const copies = copiesIn.get(launch)!;
      return chainOf(tensor, producer)!.flatMap((again): Kernel[] => {
        if (copies.has(again.tensor)) return [];
        const copy = reading(again, copies);
        copies.set(again.tensor, { ...again.tensor });
        return [{ ...copy, tensor: copies.get(again.tensor)! }];
      });
    });
    const instead = new Map(own.map((r) => [r.tensor, copiesIn.get(r.launch)!.get(r.tensor)!]));
    return [...before, reading(k, instead)];
  });
}

/** A kernel that reads other tensors in the place of some. */
function reading(k: Kernel, instead: ReadonlyMap<Prim, Prim>): Kernel {
  const other = <P extends Kernel['root']>(p: P): P => ({
    ...p,
    args: p.args.map((a) => instead.get(a) ?? a),
  });
  if (instead.size === 0) return k;
  return { ...k, root: other(k.root), ...(k.added ? { added: k.added.map(other) } : {}) };
}
