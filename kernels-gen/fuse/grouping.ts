/** Decides which kernels over the same small blocks (blocks.ts) become one launch. */
import type { DeviceClass, FusionCosts } from '../../compiler/devices/index.ts';
import { constantOf, equalDim } from '../../compiler/dims/dims.ts';
import { getOrMake } from '../../compiler/keyed.ts';
import type { Prim } from '../../compiler/primitives/prim.ts';
import {
  type FusedBlocks,
  fuseBlocks,
  isMember,
  loadedElsewhere,
  type Member,
  whyNoMember,
} from './blocks.ts';
import { topological } from './graph.ts';
import type { Kernel } from './kernel.ts';
import type { Refuse } from './record.ts';

/** A cache of fused blocks by their members and by which of them are stored. */
export class GroupTable {
  readonly #numbers = new Map<Kernel, number>();
  readonly #groups = new Map<string, FusedBlocks | undefined>();
  readonly #costs: FusionCosts['blocks'];

  constructor({ fusion }: DeviceClass) {
    this.#costs = fusion.blocks;
  }

  /** The fused blocks of these members; undefined where they cannot be fused. */
  of(members: readonly Member[], isStored: (t: Prim) => boolean): FusedBlocks | undefined {
    const stored = members.map((m) => isStored(m.tensor));
    const key = members.map((m, i) => 2 * this.#numberOf(m) + (stored[i] ? 1 : 0)).join();
    if (!this.#groups.has(key)) {
      const tensors = members.flatMap((m, i) => (stored[i] ? [m.tensor] : []));
      this.#groups.set(key, fuseBlocks(members, new Set(tensors), this.#costs));
    }
    return this.#groups.get(key);
  }

  /** Tells why these members cannot be fused, if they cannot. */
  tryAgain(members: readonly Member[], refuse: Refuse): FusedBlocks | undefined {
    return fuseBlocks(members, new Set(), this.#costs, refuse);
  }

  #numberOf(k: Kernel): number {
    return getOrMake(this.#numbers, k, () => this.#numbers.size);
  }
}

/**
 * The launches of these kernels, each after those that it reads. Each kernel joins the parts that it reads where
 * - `join` allows it,
 * - no other part that the kernel reads depends on this part: it would have to run in the middle of the launch,
 * - no other reader of the part has to wait for another part that the kernel reads and whose sizes grow with tokens,
 * - and the blocks fit into one workgroup (fuseBlocks).
 * Tensors in `kept` are also needed elsewhere.
 */
export function groupBlocks(
  kernels: readonly Kernel[],
  kept: ReadonlySet<Prim>,
  groups: GroupTable,
): (Kernel | FusedBlocks)[] {
  const partition = new Partition(kernels);
  for (const [place, k] of kernels.entries()) {
    if (!isMember(k)) continue;
    for (const part of partition.partsRead(partition.partOf[place]!)) {
      const own = partition.partOf[place]!;
      const members = [...part.kernels, ...own.kernels];
      if (!joinOneByOne(members, part.kernels.length)) continue;
      const others = partition.partsRead(own).filter((p) => p !== part && p !== own);
      if (partition.runsBetween(part, others) || partition.delaysReaders(part, own, others)) continue;
      const isStored = (t: Prim) => kept.has(t) || partition.isReadOutside(t, [part, own]);
      const group = groups.of(members, isStored);
      if (group === undefined) continue;
      partition.unite(part, own, group);
    }
  }
  return topological(partition.partOf, partition.partsRead).map((part) => part.group ?? part.kernels[0]!);
}

/** Kernels that are launched together: a single one, or fused blocks. */
interface Part {
  readonly kernels: readonly Kernel[];
  /** The positions of these kernels among all kernels. */
  readonly places: readonly number[];
  readonly group?: FusedBlocks;
  /** The number of the last search that visited this part. */
  search: number;
}

/** Kernels in parts that are launched together. Each kernel is first a part of its own. */
class Partition {
  /** The part of each kernel, by the kernel's position. */
  readonly partOf: Part[];
  readonly #places: ReadonlyMap<Prim, number>;
  /** The positions of the kernels that each kernel reads, that read it, and that must run before it. */
  readonly #reads: readonly (readonly number[])[];
  readonly #readers: readonly (readonly number[])[];
  readonly #before: readonly (readonly number[])[];
  /** Whether a size of each kernel, or of one that it needs, grows with tokens. */
  readonly #grows: readonly boolean[];
  #searches = 0;

  constructor(kernels: readonly Kernel[]) {
    this.partOf = kernels.map((k, place) => ({ kernels: [k], places: [place], search: 0 }));
    this.#places = new Map(kernels.map((k, place) => [k.tensor, place]));
    const reads = kernels.map((k) => this.#placesOf(k.root.args));
    const readers = kernels.map((): number[] => []);
    for (const [place, read] of reads.entries()) for (const r of read) readers[r]!.push(place);
    const grows: boolean[] = [];
    for (const [place, kernel] of kernels.entries())
      grows.push(growsWithTokens(kernel) || reads[place]!.some((r) => grows[r]));
    this.#grows = grows;
    this.#reads = reads;
    this.#readers = readers;
    this.#before = kernels.map(({ follows }, place) =>
      follows ? [...reads[place]!, ...this.#placesOf(follows)] : reads[place]!,
    );
  }

  #placesOf(tensors: readonly Prim[]): number[] {
    const found: number[] = [];
    for (const t of tensors) {
      const place = this.#places.get(t);
      if (place !== undefined) found.push(place);
    }
    return found;
  }

  readonly partsRead = ({ places }: Part): Part[] => {
    const parts = new Set<Part>();
    for (const place of places) for (const r of this.#reads[place]!) parts.add(this.partOf[r]!);
    return [...parts];
  };

  /** Whether one of `others` must run after `part`. A kernel that reads both can then not join `part`. */
  runsBetween(part: Part, others: readonly Part[]): boolean {
    return others.some((p) => this.#reaches(p, part));
  }

  /**
   * Whether readers of `part` would wait for one of `others` whose sizes grow with tokens if `own` joined `part`. What they
   * load would take memory for longer.
   */
  delaysReaders(part: Part, own: Part, others: readonly Part[]): boolean {
    const long = others.filter((p) => p.places.some((place) => this.#grows[place]));
    if (long.length === 0) return false;
    const readers = part.places.flatMap((m) => this.#readers[m]!.map((r) => this.partOf[r]!));
    return long.some((p) => readers.some((r) => r !== part && r !== own && !this.#reaches(r, p)));
  }

  /** Whether a kernel outside these parts reads the tensor. */
  isReadOutside(tensor: Prim, parts: readonly Part[]): boolean {
    return this.#readers[this.#places.get(tensor)!]!.some((r) => !parts.includes(this.partOf[r]!));
  }

  /** Makes one part of two. */
  unite(first: Part, second: Part, group: FusedBlocks): void {
    const places = [...first.places, ...second.places];
    const united = { kernels: [...first.kernels, ...second.kernels], places, group, search: 0 };
    for (const place of places) this.partOf[place] = united;
  }

  /** Whether `from` must run after `to`, another part. */
  #reaches(from: Part, to: Part): boolean {
    const search = ++this.#searches;
    const open = [from];
    for (let part = open.pop(); part; part = open.pop()) {
      for (const place of part.places) {
        for (const b of this.#before[place]!) {
          const next = this.partOf[b]!;
          if (next === to) return true;
          if (next.search === search) continue;
          next.search = search;
          open.push(next);
        }
      }
    }
    return false;
  }
}

/** Whether the size of a kernel's result, or of a tensor that it reads, depends on `tokens`. */
const growsWithTokens = ({ tensor, root }: Kernel): boolean =>
  [tensor, ...root.args].some((t) => t.shape.some((d) => constantOf(d) === undefined));

/** Whether the last kernel fits into a launch with the others, whatever else reads them. */
export const fits = (kernels: readonly Kernel[], groups: GroupTable): boolean =>
  join(kernels) && groups.of(kernels, () => false) !== undefined;

/**
 * Whether the last kernel may be fused with the others, which are one launch so far. All of them compute equally many
 * small blocks. A product or a reduction is among them. To compute a block, the last kernel loads only the same block of
 * the others.
 */
const join = (kernels: readonly Kernel[]): kernels is readonly Member[] =>
  whyNotJoined(kernels) === undefined;

/** Whether the kernels from the given place on may be fused, one after another, with all before them. */
const joinOneByOne = (kernels: readonly Kernel[], from: number): kernels is readonly Member[] =>
  kernels.every((_, i) => i < from || join(kernels.slice(0, i + 1)));

function whyNotJoined(kernels: readonly Kernel[]): string | undefined {
  const [first, last] = [kernels[0]!, kernels.at(-1)!];
  // The first alone is checked: a part of several kernels has members only.
  const why = whyNoMember(first);
  if (why !== undefined) return `it ${why}`;
  if (!isMember(last)) return `its reader ${whyNoMember(last)}`;
  if (!equalDim(last.root.axes[0]!.extent, first.tensor.shape[0]!))
    return 'its reader has another number of blocks';
  if (!kernels.some((m) => m.root.kind !== 'map')) return 'no product or reduction is among the kernels';
  const elsewhere = loadedElsewhere(last);
  return kernels.some((m) => m !== last && elsewhere.has(m.tensor))
    ? 'its reader needs more of it than its own block'
    : undefined;
}

/** Tells why the launch of `kernels` and `reader`, a kernel of another launch, are not one. */
export function whyApart(kernels: readonly Kernel[], reader: Kernel, groups: GroupTable): string {
  const members = [...kernels, reader];
  let why = whyNotJoined(members);
  if (join(members))
    groups.tryAgain(members, (reason) => {
      why = reason;
      return undefined;
    });
  return why ?? 'its reader, or another reader of the launch, waits for other kernels';
}
