/** The order in which steps run: after what they read, and in the least memory of some orders. */
import { productDim } from '../../compiler/ir/dims.ts';
import type { Prim } from '../../compiler/primitives/prim.ts';
import { dtypeBytes } from '../../runtime/plan.ts';
import { type Access, type Placement, placeTensors } from '../buffers.ts';
import { sizeAt } from './cost.ts';

/** What a step reads and writes. */
type Traffic = Pick<Access, 'reads' | 'writes'>;

/** Steps in an order, and where their tensors lie. */
export interface Planned<S> extends Placement {
  readonly steps: readonly S[];
}

/** Of the largest temporary's bytes: to store one in the place of another so small is not worth its waiting for readers. */
const LITTLE = 1 / 64;

/**
 * Of orders, the one whose slots are smallest at `tokens`, the first of equals: the one given, which must be a right one,
 * and those that always run next what leaves the fewest bytes of temporaries, at once and one step ahead; and all with what may be overwritten
 * read by all others before.
 */
export function inLittleMemory<S extends Access>(
  steps: readonly S[],
  outputs: ReadonlyMap<Prim, string>,
  tokens: number,
): Planned<S> {
  const sizes = new Map(
    steps
      .flatMap((s) => s.writes)
      .filter((p) => !outputs.has(p))
      .map((p) => [p, dtypeBytes(p.dtype) * sizeAt([productDim(p.shape)], tokens)] as const),
  );
  const bytesOf = (p: Prim) => sizes.get(p) ?? 0;
  const before = dependencies(steps);
  const largest = Math.max(...sizes.values());
  const large = [...sizes].filter(([, bytes]) => bytes > LITTLE * largest).map(([p]) => p);
  const last = overwritingLast(steps, before, new Set(large));
  const orders: S[][] = [];
  for (const b of [before, last]) {
    for (const rank of [() => 0, leaving(bytesOf), leadingOn(bytesOf)]) {
      const order = ordered(steps, b, rank);
      if (!orders.some((o) => o.every((s, i) => s === order[i]))) orders.push(order);
    }
  }
  const ways = orders.map((order): Planned<S> => ({ steps: order, ...placeTensors(order, outputs, tokens) }));
  return ways.reduce((best, p) => (p.bytes < best.bytes ? p : best));
}

const total = (prims: readonly Prim[], bytesOf: (p: Prim) => number) =>
  prims.reduce((sum, p) => sum + bytesOf(p), 0);

/** By step, those that must have run. */
type Before<S> = ReadonlyMap<S, ReadonlySet<S>>;

function dependencies<S extends Traffic>(steps: readonly S[]): Map<S, Set<S>> {
  const writer = new Map(steps.flatMap((s) => s.writes.map((p) => [p, s] as const)));
  return new Map(steps.map((s) => [s, new Set(s.reads.flatMap((p) => writer.get(p) ?? []))]));
}

/** The same, and before a step that may overwrite a temporary all others that read it. */
function overwritingLast<S extends Access>(
  steps: readonly S[],
  before: Before<S>,
  temporaries: ReadonlySet<Prim>,
): Before<S> {
  const last = new Map([...before].map(([s, b]) => [s, new Set(b)]));
  /** Whether one of some steps runs after another. */
  const followed = (some: readonly S[], other: S): boolean => {
    const seen = new Set(some);
    for (const s of seen) {
      if (s === other) return true;
      for (const b of last.get(s)!) seen.add(b);
    }
    return false;
  };
  const readers = new Map<Prim, S[]>();
  for (const s of steps) {
    for (const p of new Set(s.reads)) {
      const all = readers.get(p);
      if (all) all.push(s);
      else readers.set(p, [s]);
    }
  }
  for (const s of steps) {
    for (const p of new Set(s.reads)) {
      if (!temporaries.has(p) || !s.writes.some((w) => s.overwrites?.(p, w))) continue;
      const others = readers.get(p)!.filter((o) => o !== s);
      if (followed(others, s)) continue;
      for (const o of others) last.get(s)!.add(o);
    }
  }
  return last;
}

/** Of the steps that may run the one of the least rank, the first of equals, one after the other. */
function ordered<S extends Traffic>(steps: readonly S[], before: Before<S>, rankOf: Rank<S>): S[] {
  const missing = new Map(steps.map((s) => [s, before.get(s)!.size]));
  const after = new Map<S, S[]>(steps.map((s) => [s, []]));
  for (const s of steps) for (const b of before.get(s)!) after.get(b)!.push(s);
  const readers = new Map<Prim, number>();
  const read = new Map<Traffic, readonly Prim[]>(steps.map((s) => [s, [...new Set(s.reads)]]));
  for (const s of steps) for (const p of read.get(s)!) readers.set(p, (readers.get(p) ?? 0) + 1);
  /** Of the tensors that a step reads, those that no other does after it and `earlier`. */
  const lastRead = (step: Traffic, earlier?: Traffic): Prim[] =>
    read.get(step)!.filter((p) => readers.get(p) === (earlier?.reads.includes(p) ? 2 : 1));
  const order: S[] = [];
  const places = new Map(steps.map((s, i) => [s, i]));
  /** What may run next, in the order of the steps. */
  const ready = steps.filter((s) => missing.get(s) === 0);
  while (ready.length > 0) {
    let next: { readonly step: S; readonly rank: number } | undefined;
    for (const step of ready) {
      const enabled = after.get(step)!.filter((s) => missing.get(s) === 1);
      const rank = rankOf(step, enabled, lastRead);
      if (next === undefined || rank < next.rank) next = { step, rank };
    }
    const { step } = next!;
    order.push(step);
    ready.splice(ready.indexOf(step), 1);
    for (const s of after.get(step)!) {
      missing.set(s, missing.get(s)! - 1);
      if (missing.get(s)! > 0) continue;
      const later = ready.findIndex((r) => places.get(r)! > places.get(s)!);
      ready.splice(later < 0 ? ready.length : later, 0, s);
    }
    for (const p of read.get(step)!) readers.set(p, readers.get(p)! - 1);
  }
  return order;
}

/** How soon a step should run, the least first, given the steps that it makes ready and which tensors are read for the last time. */
type Rank<S> = (
  step: S,
  enabled: readonly S[],
  lastRead: (step: Traffic, earlier?: Traffic) => readonly Prim[],
) => number;

type Bytes = (p: Prim) => number;

const change = (step: Traffic, gone: readonly Prim[], bytesOf: Bytes): number =>
  total(step.writes, bytesOf) - total(gone, bytesOf);

/** What leaves the fewest bytes of temporaries. */
const leaving =
  (bytesOf: Bytes): Rank<Traffic> =>
  (step, _, lastRead) =>
    change(step, lastRead(step), bytesOf);

/** First what leaves no more of them than before, then what does so with a step that it makes ready. */
const leadingOn =
  (bytesOf: Bytes): Rank<Traffic> =>
  (step, enabled, lastRead) => {
    const own = change(step, lastRead(step), bytesOf);
    if (own <= 0) return own - Number.MAX_SAFE_INTEGER;
    if (enabled.length === 0) return Infinity;
    return own + Math.min(0, ...enabled.map((s) => change(s, lastRead(s, step), bytesOf)));
  };
