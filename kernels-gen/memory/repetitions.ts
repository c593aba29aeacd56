/** Finds the tensors that can be computed again for launches that read them late, and puts the kernels for it in order. */
import { constantOf } from '../../compiler/dims/dims.ts';
import { byKey, getOrMake } from '../../compiler/keyed.ts';
import type { Prim } from '../../compiler/primitives/prim.ts';
import { loopAxes } from '../../compiler/primitives/substitute.ts';
import { topological } from '../fuse/graph.ts';
import type { Kernel } from '../fuse/kernel.ts';
import { remembered } from '../remembered.ts';
import { type Launch, membersOf, operationsOf, sum } from './launch.ts';

export /** A tensor that is computed again for kernels of one launch. */
interface Repetition {
  readonly tensor: Prim;
  readonly readers: ReadonlySet<Prim>;
  /** The kernels that compute the tensor the first time, in order. */
  readonly chain: readonly Kernel[];
  /**
   * The kernels that compute the tensor again, in order. The last one stores it. Two tensors of one launch may have
   * some of these kernels in common.
   */
  readonly again: readonly Kernel[];
  /** All kernels that compute tensors again for the launch, by the tensor that each repeats. */
  readonly copies: Map<Prim, Kernel>;
  /** The tensors that the launch computes. */
  readonly launch: readonly Prim[];
  /** The operations of the kernels in `chain`. */
  readonly operations: number;
}

/**
 * The repetitions of at most `most` operations, costliest first. Each is for a launch that reads the tensor, other than
 * the first such launch.
 */
export function repetitionsOf(
  kernels: readonly Kernel[],
  launches: readonly Launch[],
  outputs: ReadonlyMap<Prim, string>,
  tokens: number,
  most: number,
): Repetition[] {
  const copiesIn = new Map(launches.map((l) => [l, new Map<Prim, Kernel>()]));
  const reads = launches.flatMap((l) =>
    membersOf(l).flatMap((m) => [...new Set(m.root.args)].map((read) => [read, [l, m] as const] as const)),
  );
  const readingOf = byKey(reads);
  const all = [...chainsOf(kernels, tokens, most)].flatMap(
    ([tensor, { chain, operations }]): Repetition[] => {
      if (outputs.has(tensor) || tensor.stored) return [];
      const readersIn = byKey(readingOf.get(tensor) ?? []);
      return [...readersIn].slice(1).map(([l, members]) => {
        const readers = new Set(members.map((m) => m.tensor));
        const copies = copiesIn.get(l)!;
        const launch = membersOf(l).map((m) => m.tensor);
        return { tensor, readers, chain, again: copied(chain, copies), copies, launch, operations };
      });
    },
  );
  return all.sort((a, b) => b.operations - a.operations);
}

/**
 * For each tensor that may be computed again in at most `most` operations, the kernels that compute it, in order. Such
 * a tensor depends on parameters alone, by maps and products whose work does not grow with the tokens.
 */
function chainsOf(
  kernels: readonly Kernel[],
  tokens: number,
  most: number,
): ReadonlyMap<Prim, Pick<Repetition, 'chain' | 'operations'>> {
  const producer = new Map(kernels.map((k) => [k.tensor, k]));
  const repeats = ({ root }: Kernel) =>
    (root.kind === 'map' || root.kind === 'contraction') &&
    loopAxes(root).every((a) => constantOf(a.extent) !== undefined);
  const chains = new Map<Prim, Pick<Repetition, 'chain' | 'operations'>>();
  for (const k of kernels) {
    if (!repeats(k) || k.root.args.some((a) => producer.has(a) && !chains.has(a))) continue;
    const below = topological([k.tensor], (t) => producer.get(t)?.root.args ?? []);
    const chain = below.flatMap((t) => producer.get(t) ?? []);
    const operations = sum(chain, (c) => operationsOf(c, tokens));
    if (operations <= most) chains.set(k.tensor, { chain, operations });
  }
  return chains;
}

/** Pairs of a repetition and its replacement in another launch, which computes again all that it depends on. */
export function* moves(
  repeated: readonly Repetition[],
  kernels: readonly Kernel[],
): Generator<readonly [Repetition, Repetition]> {
  const producer = new Map(kernels.map((k) => [k.tensor, k]));
  const needs = (launch: readonly Prim[]) => topological(launch, (t) => producer.get(t)?.root.args ?? []);
  for (const r of repeated) {
    for (const [copies, within] of new Map(repeated.map((o) => [o.copies, o.launch]))) {
      // All kernels of `chain` but the last must be computed again in the other launch.
      if (copies.has(r.tensor) || !r.chain.slice(0, -1).every((k) => copies.has(k.tensor))) continue;
      if (needs(within).some((t) => r.readers.has(t))) continue;
      const again = copied(r.chain, new Map(copies));
      const last = { ...again.at(-1)!, follows: within };
      yield [r, { ...r, again: [...again.slice(0, -1), last], launch: within }];
    }
  }
}

const originals = new WeakMap<Prim, Prim>();

/** The tensor that another one computes again; the tensor itself where it computes none again. */
export const originalOf = (tensor: Prim): Prim => originals.get(tensor) ?? tensor;

/** Copies of the kernels, with tensors of their own. Existing copies are used again, new ones added to `copies`. */
function copied(chain: readonly Kernel[], copies: Map<Prim, Kernel>): Kernel[] {
  return chain.map((k): Kernel => {
    const instead = new Map([...copies].map(([p, { tensor }]) => [p, tensor]));
    const copy = getOrMake(copies, k.tensor, () => ({ ...reading(k, instead), tensor: { ...k.tensor } }));
    originals.set(copy.tensor, k.tensor);
    return copy;
  });
}

/** The kernels and repetitions in a valid order: a repetition runs after what it follows, before its first reader. */
export function withRepetitions(kernels: readonly Kernel[], repeated: readonly Repetition[]): Kernel[] {
  const repeatedFor = byKey(repeated.flatMap((r) => [...r.readers].map((reader) => [reader, r] as const)));
  const order = kernels.flatMap((k) => {
    const own = repeatedFor.get(k.tensor) ?? [];
    return [...own.flatMap((r) => r.again), own.reduce((reader, r) => readerOf(r)(reader), k)];
  });
  const all = [...new Set(order)];
  if (!all.some((k) => k.follows)) return all;
  const producer = new Map(all.map((k) => [k.tensor, k]));
  return topological(all, (k) =>
    [...k.root.args, ...(k.follows ?? [])].flatMap((t) => producer.get(t) ?? []),
  );
}

/** A kernel that reads a repeated tensor. It is the same object each time, so that caches keyed by kernels find it. */
const readerOf = remembered(({ tensor, again }: Repetition) =>
  remembered((k: Kernel) => reading(k, new Map([[tensor, again.at(-1)!.tensor]]))),
);

/** The kernel with some of the tensors that it reads replaced by others. */
function reading(k: Kernel, instead: ReadonlyMap<Prim, Prim>): Kernel {
  const other = <P extends Kernel['root']>(p: P): P => ({
    ...p,
    args: p.args.map((a) => instead.get(a) ?? a),
  });
  return { ...k, root: other(k.root), ...(k.added ? { added: k.added.map(other) } : {}) };
}
