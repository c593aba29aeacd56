/**
 * Computes some tensors again for launches that read them late, so that they take no memory until then. These tensors
 * depend on parameters alone, and computing them is little work. In OFT's backward, Q² and R are computed again from
 * the packed triangles. Otherwise their blocks would stay in memory during both products with W.
 *
 * 1. Each such tensor is computed again for every launch but the first that reads it.
 * 2. A repetition is given up where the plan takes no more memory without it. The costliest is tried first.
 * 3. A repetition moves into another launch where all that the tensor is computed from is computed again there, as R
 *    beside its gradient.
 * 4. More repetitions are given up until those left are worth their time.
 */
import { TRAINING_TOLERANCE } from '../../compiler/associate/select.ts';
import type { DeviceClass, DeviceProfile } from '../../compiler/devices/index.ts';
import { constantOf } from '../../compiler/dims/dims.ts';
import { byKey } from '../../compiler/keyed.ts';
import type { Prim } from '../../compiler/primitives/prim.ts';
import { loopAxes } from '../../compiler/primitives/substitute.ts';
import { dtypeBytes, evalExtent } from '../../runtime/plan.ts';
import { flopsOfMember } from '../flops.ts';
import { type FusedBlocks, writesOf } from '../fuse/blocks.ts';
import { sizeAt } from '../fuse/cost.ts';
import { topological } from '../fuse/graph.ts';
import { fits, GroupTable, groupBlocks } from '../fuse/grouping.ts';
import type { Kernel } from '../fuse/kernel.ts';
import { remembered } from '../remembered.ts';
import { leastBytes } from './order.ts';
import { groupOverwrites, overwriting } from './overwrite.ts';
import type { Access } from './traffic.ts';

/** The least share of all allocated bytes to save. A smaller one is not worth the search. */
const LEAST_SAVED = 1e-4;
/** The shares of a plan's operations and of its time that repetitions may add. */
const MOST = { operations: 0.01, time: TRAINING_TOLERANCE } as const;

/**
 * The largest number of repetitions that are tried one by one, because each try takes a millisecond. Where there are
 * more, those of the smallest tensors are first given up untried, although some of them might save more memory than
 * others that stay.
 */
const MANY = 32;
/**
 * The largest number of launches of a program for which MANY repetitions are tried. The time of a try grows with the
 * square of the launches. For longer programs, fewer are tried: those of the largest tensors. Beyond 336
 * launches there is time for none.
 */
const LONG = 100;
/** The plans that are made beside the tries: with no repetition, and with all. */
const BESIDE = 2;

/** A tensor that is computed again for kernels of one launch. */
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

interface Estimate {
  readonly launches: readonly (Kernel | FusedBlocks)[];
  /** The bytes of temporaries. */
  readonly bytes: number;
}

interface Work {
  /** The operations of maps and products. */
  readonly operations: number;
  /** The modelled time, by the rates `chosenBy` of the class. */
  readonly seconds: number;
}

/**
 * The launches of `kernels`, which come in a valid order, with tensors computed again where that pays. `outputs` are
 * needed after the last launch. `untried` is told how many repetitions the limits MANY and LONG leave out.
 */
export function launched(
  kernels: readonly Kernel[],
  outputs: ReadonlyMap<Prim, string>,
  tokens: number,
  device: DeviceClass,
  groups = new GroupTable(device),
  untried: (count: number) => void = () => {},
): readonly (Kernel | FusedBlocks)[] {
  const kept = new Set(outputs.keys());
  const launchesOf = (repeated: readonly Repetition[]) =>
    groupBlocks(withRepetitions(kernels, repeated), kept, groups);
  /** The bytes of temporaries; infinite where they are no fewer than `below`. */
  const bytesIn = (launches: Estimate['launches'], below?: number) =>
    leastBytes(launches.map(accessOf), outputs, tokens, below);
  const estimate = (repeated: readonly Repetition[], below?: number): Estimate => {
    const launches = launchesOf(repeated);
    return { launches, bytes: bytesIn(launches, below) };
  };
  const first = launchesOf([]);
  const least = workOf(first, tokens, device.chosenBy);
  const most = MOST.operations * least.operations;
  const all = repetitionsOf(kernels, first, outputs, tokens, most);
  const tried = largest(all, first.length, tokens);
  if (tried.length === 0) {
    untried(all.length);
    return first;
  }
  const once: Estimate = { launches: first, bytes: bytesIn(first) };
  /** The estimate with some repetitions. Its bytes are infinite where they are no fewer than `below`. */
  const planned = (some: readonly Repetition[], below?: number): Estimate =>
    some.length === 0 ? once : estimate(some, below);
  const isLittle = (launches: Estimate['launches']): boolean => {
    const work = workOf(launches, tokens, device.chosenBy);
    return work.operations - least.operations <= most && work.seconds <= (1 + MOST.time) * least.seconds;
  };
  let repeated = all.length <= MANY ? tried : affordable(tried, tokens, (some) => isLittle(launchesOf(some)));
  untried(all.length - repeated.length);
  let best = planned(repeated, once.bytes);
  if (best.bytes >= once.bytes) return once.launches;
  for (const r of repeated) {
    const fewer = repeated.filter((o) => o !== r);
    const plan = planned(fewer, best.bytes + 1);
    if (plan.bytes <= best.bytes) [repeated, best] = [fewer, plan];
  }
  const allocated = once.bytes + sum([...outputs.keys()], (p) => bytesOf(p, tokens));
  if (once.bytes - best.bytes < LEAST_SAVED * allocated) return once.launches;
  for (const [r, moved] of moves(repeated, kernels)) {
    const together = repeated.map((o) => (o === r ? moved : o));
    // The move saves a launch only where that launch computes nothing but the repetition.
    const own = best.launches.find((l) => membersOf(l).includes(r.again.at(-1)!));
    if (!own || !membersOf(own).every((k) => r.again.includes(k))) continue;
    const other = best.launches.find((l) => membersOf(l).some((k) => moved.launch.includes(k.tensor)));
    if (!other || !fits([...membersOf(other), moved.again.at(-1)!], groups)) continue;
    const launches = launchesOf(together);
    if (launches.length >= best.launches.length) continue;
    const bytes = bytesIn(launches, best.bytes + 1);
    if (bytes <= best.bytes) [repeated, best] = [together, { launches, bytes }];
  }
  const isWorthIt = ({ launches, bytes }: Estimate): boolean => {
    const { seconds } = workOf(launches, tokens, device.chosenBy);
    return isLittle(launches) && seconds <= (1 + (once.bytes - bytes) / allocated) * least.seconds;
  };
  const inTurn = leastSavingFirst(repeated, tokens);
  for (let given = 0; !isWorthIt(best); given++) best = planned(inTurn.slice(given + 1));
  return best.launches;
}

/** Repetitions of the smallest tensors come first: they save the least memory. */
const leastSavingFirst = (some: readonly Repetition[], tokens: number): Repetition[] =>
  [...some].sort((a, b) => bytesOf(a.tensor, tokens) - bytesOf(b.tensor, tokens));

/** The repetitions of the largest tensors: as many as a program of so many launches has time to try. */
function largest(all: readonly Repetition[], launches: number, tokens: number): readonly Repetition[] {
  if (launches <= LONG) return all;
  const tries = Math.floor((MANY + BESIDE) * (LONG / launches) ** 2) - BESIDE;
  const kept = new Set(tries <= 0 ? [] : leastSavingFirst(all, tokens).slice(-tries));
  return all.filter((r) => kept.has(r));
}

/** Drops the repetitions that save the least memory, as few as possible, until the rest is little work. */
function affordable(
  all: readonly Repetition[],
  tokens: number,
  isLittle: (some: readonly Repetition[]) => boolean,
): readonly Repetition[] {
  const inTurn = leastSavingFirst(all, tokens);
  let [few, enough] = [-1, inTurn.length];
  while (enough - few > 1) {
    const given = (few + enough) >> 1;
    if (isLittle(inTurn.slice(given))) enough = given;
    else few = given;
  }
  const left = new Set(inTurn.slice(enough));
  return all.filter((r) => left.has(r));
}

/** Pairs of a repetition and its replacement in another launch, which computes again all that it depends on. */
function* moves(
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

function workOf(
  launches: Estimate['launches'],
  tokens: number,
  { flops, bandwidth, launch }: DeviceProfile,
): Work {
  const operations = sum(launches, (l) => operationsOf(l, tokens));
  const moved = sum(launches, (l) => movedBy(l, tokens));
  return { operations, seconds: operations / flops + moved / bandwidth + launches.length * launch };
}

const sum = <T>(list: readonly T[], of: (t: T) => number): number => list.reduce((n, t) => n + of(t), 0);

const bytesOf = (p: Prim, tokens: number): number => dtypeBytes(p.dtype) * sizeAt(p.shape, tokens);

const membersOf = (l: Kernel | FusedBlocks): readonly Kernel[] => ('members' in l ? l.members : [l]);

const accessOf = remembered((l: Kernel | FusedBlocks): Access => {
  const reads = readsOf(l);
  if (!('members' in l)) {
    const may = remembered((p: Prim) => overwriting(l, p) !== undefined);
    return { reads, writes: [l.tensor], scratch: null, overwrites: (tensor) => may(tensor) };
  }
  const may = remembered((tensor: Prim) => remembered((by: Prim) => groupOverwrites(l, { tensor, by })));
  return { reads, writes: writesOf(l), scratch: null, overwrites: (tensor, by) => may(tensor)(by) };
});

/** The tensors that a launch loads from storage. */
const readsOf = (l: Kernel | FusedBlocks): readonly Prim[] =>
  'members' in l ? l.args.filter((_, i) => l.slotOf[i] === undefined) : l.root.args;

/** The bytes that a launch loads and stores. */
function movedBy(l: Kernel | FusedBlocks, tokens: number): number {
  const writes = 'members' in l ? writesOf(l) : [l.tensor];
  return sum([...new Set(readsOf(l)), ...writes], (p) => bytesOf(p, tokens));
}

const operationsOf = (l: Kernel | FusedBlocks, tokens: number): number =>
  sum(membersOf(l), (k) => evalExtent(operationsOfKernel(k), tokens));

const operationsOfKernel = remembered(({ root, ...k }: Kernel) =>
  root.kind === 'map' || root.kind === 'contraction' ? flopsOfMember({ ...k, root }) : 0,
);

/**
 * The repetitions of at most `most` operations, costliest first. Each is for a launch that reads the tensor, other than
 * the first such launch.
 */
function repetitionsOf(
  kernels: readonly Kernel[],
  launches: Estimate['launches'],
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

/** Copies of the kernels, with tensors of their own. Existing copies are used again, new ones added to `copies`. */
function copied(chain: readonly Kernel[], copies: Map<Prim, Kernel>): Kernel[] {
  return chain.map((k): Kernel => {
    const instead = new Map([...copies].map(([p, { tensor }]) => [p, tensor]));
    const copy = copies.get(k.tensor) ?? { ...reading(k, instead), tensor: { ...k.tensor } };
    copies.set(k.tensor, copy);
    return copy;
  });
}

/** The kernels and repetitions in a valid order: a repetition runs after what it follows, before its first reader. */
function withRepetitions(kernels: readonly Kernel[], repeated: readonly Repetition[]): Kernel[] {
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
