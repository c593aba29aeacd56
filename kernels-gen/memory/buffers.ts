/**
 * Places tensors in buffers. A temporary has a buffer from the step that writes it to the last step that
 * reads it. That is a slot, or the buffer of an output that is written later. A slot is as large as its
 * largest tensor, whatever `tokens` is. A step that reads a temporary last may store its result over it,
 * where its kernel can.
 */
import { constantOf, type Dim, equalDim, subDim } from '../../compiler/dims/dims.ts';
import { isNegativeQ } from '../../compiler/dims/rational.ts';
import type { Prim } from '../../compiler/primitives/prim.ts';
import type { Extent, PlanRef } from '../../runtime/plan.ts';
import { ceildivExtent, extentOf, maxExtent, mulExtent } from '../wgsl/size.ts';
import type { Access, Traffic } from './traffic.ts';

/** A tensor, and the result that a step stores in its place. */
export interface Replaced {
  readonly tensor: Prim;
  readonly by: Prim;
}

export interface Placement {
  /** Bytes of each slot. */
  readonly slots: readonly Extent[];
  /** The place of every tensor that steps write. */
  readonly placeOf: ReadonlyMap<Prim, PlanRef>;
  /** The scratch memory of each step; null where a step needs none. */
  readonly scratchOf: readonly (PlanRef | null)[];
  /** For each step, the tensors that it overwrites with results. */
  readonly overwritten: readonly (readonly Replaced[])[];
  /** The bytes of all slots at the token count that is planned for. */
  readonly bytes: number;
}

interface Buffer {
  /** The output that the buffer belongs to; undefined for a slot. */
  readonly output?: string;
  /** The buffer's tensors, as indices. The first is the largest at the token count that is planned for. */
  readonly tensors: number[];
  readonly capacity: number;
  /** The lifetimes of these tensors, in order. Two share a step only where one tensor replaces the other. */
  readonly lifetimes: Lifetime[];
}

/** The first and the last step of an order at which a tensor or scratch memory, by its index, needs memory. */
interface Lifetime {
  readonly memory: number;
  readonly from: number;
  readonly to: number;
}

/** The number of a buffer's lifetimes that end before a step, by binary search, because they are sorted. */
function endedBefore({ lifetimes }: Buffer, step: number): number {
  let [low, high] = [0, lifetimes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lifetimes[middle]!.to < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether `isGood` holds for all of a buffer's lifetimes that overlap another one. */
function besideAll(b: Buffer, { from, to }: Lifetime, isGood: (beside: Lifetime) => boolean): boolean {
  for (let i = endedBefore(b, from); i < b.lifetimes.length && b.lifetimes[i]!.from <= to; i++)
    if (!isGood(b.lifetimes[i]!)) return false;
  return true;
}

const NONE = () => false;

function moveIn(b: Buffer, t: Lifetime): void {
  b.tensors.push(t.memory);
  // A step never writes two tensors to one buffer, so no two lifetimes of a buffer begin at one step.
  const after = b.lifetimes.findLastIndex((o) => o.from < t.from);
  b.lifetimes.splice(after + 1, 0, t);
}

/** The buffers of all temporaries, outputs and scratch memories. */
export interface Placed {
  readonly slots: readonly Buffer[];
  /** The buffer of each tensor or scratch memory, by its index. */
  readonly bufferOf: readonly Buffer[];
  /** The bytes of all slots at the token count that they are planned for. */
  readonly bytes: number;
}

/**
 * Gives each temporary a buffer, the largest temporary first. It tries, in this order: the smallest output
 * that is free all its life and large enough whatever `tokens` is; the smallest free slot; the smallest
 * buffer where the temporary overwrites another, or another overwrites it; a new slot. This is greedy by size,
 * as in arXiv 2001.03288. Undefined where slots take no fewer bytes than `below`.
 */
export function buffersFor(
  traffic: Traffic<Access>,
  order: readonly number[],
  below: number,
): Placed | undefined {
  const lifetimes = lifetimesOf(traffic, order);
  // The buffer of an output is free until the output is written. A series of equal temporaries then uses it best when
  // the last of them is placed first.
  const backwards = placed(traffic, order, lifetimes, true, below);
  return placed(traffic, order, lifetimes, false, backwards?.bytes ?? below) ?? backwards;
}

/** The places of all tensors that steps write. */
export function placementOf(
  { steps, memories }: Traffic<Access>,
  order: readonly number[],
  { slots, bufferOf, bytes }: Placed,
): Placement {
  const slotOf = new Map(slots.map((b, slot) => [b, slot]));
  const placeOf = new Map<Prim, PlanRef>();
  const holding = new Map<Prim, Buffer>();
  const scratchOf: (PlanRef | null)[] = steps.map(() => null);
  for (const [index, { tensor, writer }] of memories.entries()) {
    const buffer = bufferOf[index]!;
    const { output } = buffer;
    const at = output === undefined ? { slot: slotOf.get(buffer)! } : { output };
    if (tensor === null) {
      scratchOf[order.indexOf(writer)] = at;
    } else {
      placeOf.set(tensor, at);
      holding.set(tensor, buffer);
    }
  }
  return {
    slots: slots.map((b) => bytesOfSlot(b.tensors.map((t) => memories[t]!.size))),
    placeOf,
    scratchOf,
    overwritten: order.map((step) => {
      const { reads, writes } = steps[step]!;
      return writes.flatMap((by) => {
        const tensor = reads.find((r) => holding.get(r) === holding.get(by));
        return tensor ? [{ tensor, by }] : [];
      });
    }),
    bytes,
  };
}

/** The lifetimes of all tensors and scratch memories, in the order of their writers. Outputs live to the end. */
function lifetimesOf({ memories }: Traffic<Access>, order: readonly number[]): Lifetime[] {
  const places = new Array<number>(order.length);
  for (const [place, step] of order.entries()) places[step] = place;
  const lifetimes = memories.map(({ writer, readers, output }, memory): Lifetime => {
    const from = places[writer]!;
    let to = output === undefined ? from : Infinity;
    for (const r of readers) to = Math.max(to, places[r]!);
    return { memory, from, to };
  });
  return lifetimes.sort((a, b) => a.from - b.from);
}

/** The smallest buffer for which `isGood` holds; among equals, the first. */
function smallest(among: readonly Buffer[], isGood: (b: Buffer) => boolean): Buffer | undefined {
  let found: Buffer | undefined;
  for (const b of among) if (!(found && found.capacity <= b.capacity) && isGood(b)) found = b;
  return found;
}

/** Places the largest tensors first. Of equally large ones, the first written comes first, or last if `backwards`. */
function placed(
  traffic: Traffic<Access>,
  order: readonly number[],
  lifetimes: readonly Lifetime[],
  backwards: boolean,
  below: number,
): Placed | undefined {
  const { memories } = traffic;
  const bufferOf = new Array<Buffer>(memories.length);
  const written: Buffer[] = [];
  for (const t of lifetimes) {
    const { output, bytes } = memories[t.memory]!;
    if (output === undefined) continue;
    const buffer = { output, tensors: [t.memory], capacity: bytes, lifetimes: [t] };
    written.push(buffer);
    bufferOf[t.memory] = buffer;
  }
  const slots: Buffer[] = [];
  let bytes = 0;
  /** Whether the step that reads `old` last may store `next` in its place. */
  const replaces = (old: Lifetime, next: Lifetime): boolean =>
    old.to === next.from && traffic.overwrites(old.memory, next.memory);
  /**
   * The buffers that the first step of a lifetime accesses, and those that the last step writes, in order.
   */
  const meeting = ({ memory, to }: Lifetime): Buffer[] => {
    const { writer } = memories[memory]!;
    const met = [...traffic.reads[writer]!, ...traffic.writes[writer]!, ...traffic.writes[order[to]!]!];
    const theirs = new Set(met.map((m) => bufferOf[m]));
    return [...written, ...slots].filter((b) => theirs.has(b));
  };
  const waiting = lifetimes.filter((t) => memories[t.memory]!.output === undefined);
  if (backwards) waiting.reverse();
  for (const t of waiting.sort((a, b) => memories[b.memory]!.bytes - memories[a.memory]!.bytes)) {
    const own = memories[t.memory]!;
    const fits = ({ output, capacity, tensors: [first] }: Buffer) =>
      output === undefined || (own.bytes <= capacity && neverLarger(own.size, memories[first!]!.size));
    const isFree = (b: Buffer) => besideAll(b, t, NONE) && fits(b);
    const isShared = (b: Buffer) => besideAll(b, t, (o) => replaces(o, t) || replaces(t, o)) && fits(b);
    const buffer = smallest(written, isFree) ?? smallest(slots, isFree) ?? smallest(meeting(t), isShared);
    if (buffer) {
      moveIn(buffer, t);
      bufferOf[t.memory] = buffer;
      continue;
    }
    bytes += 4 * Math.ceil(own.bytes / 4);
    if (bytes >= below) return undefined;
    const slot = { tensors: [t.memory], capacity: own.bytes, lifetimes: [t] };
    slots.push(slot);
    bufferOf[t.memory] = slot;
  }
  return bytes < below ? { slots, bufferOf, bytes } : undefined;
}

/** Whether a ≤ b at every token count: no power of `tokens` has a larger coefficient in a. */
function neverLarger(a: Dim, b: Dim): boolean {
  const [m, n] = [constantOf(a), constantOf(b)];
  return m !== undefined && n !== undefined ? m <= n : subDim(b, a).terms.every((t) => !isNegativeQ(t.coef));
}

function bytesOfSlot(all: readonly Dim[]): Extent {
  const sizes = all.filter((s, i) => all.findIndex((o) => equalDim(o, s)) === i);
  return sizes.map((d) => mulExtent(ceildivExtent(extentOf(d), 4), 4)).reduce(maxExtent);
}
