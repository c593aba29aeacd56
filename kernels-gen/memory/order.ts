/** Orders steps so that each runs after those whose results it reads, and chooses the order with the least memory. */
import type { Prim } from '../../compiler/primitives/prim.ts';
import { dtypeBytes } from '../../runtime/plan.ts';
import { buffersFor, type Placed, type Placement, placementOf } from './buffers.ts';
import { type Access, Traffic } from './traffic.ts';

/** Steps in order, and the buffers of their tensors. */
export interface Planned<S> extends Placement {
  readonly steps: readonly S[];
}

/** An order of steps, and the buffers that it takes. */
interface Ordered {
  readonly order: readonly number[];
  readonly placed: Placed;
}

/**
 * A step waits until it may overwrite a temporary only if the temporary has more than this share of the
 * largest one's bytes.
 */
const LITTLE = 1 / 64;

/**
 * The steps in the order whose slots take the fewest bytes at `tokens`; among equals, the first. Four orders
 * are tried:
 * - the given one, which must be valid,
 * - a greedy one, which runs next the step that leaves the fewest bytes of temporaries,
 * - one that looks one step further,
 * - and one that runs next the last of the steps that may run, so that outputs are computed from the last on.
 * Each is tried again where a step that may overwrite a tensor waits for all other readers of the tensor.
 */
export function inLittleMemory<S extends Access>(
  steps: readonly S[],
  outputs: ReadonlyMap<Prim, string>,
  tokens: number,
): Planned<S> {
  const traffic = new Traffic(steps, outputs, tokens);
  const { order, placed } = least(traffic, Infinity)!;
  return { steps: order.map((n) => steps[n]!), ...placementOf(traffic, order, placed) };
}

/** The bytes of all slots in the best order; Infinity where no order takes fewer than `below`. */
export const leastBytes = (
  steps: readonly Access[],
  outputs: ReadonlyMap<Prim, string>,
  tokens: number,
  below = Infinity,
): number => least(new Traffic(steps, outputs, tokens), below)?.placed.bytes ?? Infinity;

/** The best order; undefined where none takes fewer than `below` bytes. */
function least(traffic: Traffic<Access>, below: number): Ordered | undefined {
  const bytes = traffic.memories.map(({ tensor, bytes, output }) =>
    // An empty tensor counts as one element, so that orders still differ where there are no tokens.
    output === undefined && tensor !== null ? Math.max(dtypeBytes(tensor.dtype), bytes) : 0,
  );
  const before = traffic.reads.map((read) => new Set(read.map((h) => traffic.memories[h]!.writer)));
  const last = overwritingLast(traffic, before, bytes);
  const orders: (readonly number[])[] = [];
  let best: Ordered | undefined;
  for (const b of last ? [before, last] : [before]) {
    for (const rank of [FIRST, leaving, leadingOn, LAST]) {
      const order = ordered(traffic, b, bytes, rank);
      if (orders.some((o) => o.every((step, i) => step === order[i]))) continue;
      orders.push(order);
      const placed = buffersFor(traffic, order, best?.placed.bytes ?? below);
      if (placed) best = { order, placed };
    }
  }
  return best;
}

/** The steps that must run before each step. */
type Before = readonly ReadonlySet<number>[];

/**
 * Adds to `before` that a step which may overwrite a large temporary runs after all other readers of the
 * temporary. Undefined if that adds nothing.
 */
function overwritingLast(
  traffic: Traffic<Access>,
  before: Before,
  bytes: readonly number[],
): Before | undefined {
  const { memories, reads, writes } = traffic;
  const large = LITTLE * bytes.reduce((most, b) => Math.max(most, b), 0);
  const last = before.map((b) => new Set(b));
  /** Whether one of `some` must run after `other`. */
  const followed = (some: readonly number[], other: number): boolean => {
    const seen = new Set(some);
    for (const s of seen) {
      if (s === other) return true;
      for (const b of last[s]!) seen.add(b);
    }
    return false;
  };
  for (const [step, read] of reads.entries()) {
    for (const h of read) {
      if (!(bytes[h]! > large) || !writes[step]!.some((w) => traffic.overwrites(h, w))) continue;
      const others = memories[h]!.readers.filter((o) => o !== step);
      if (followed(others, step)) continue;
      for (const o of others) last[step]!.add(o);
    }
  }
  return last.some((l, step) => l.size > before[step]!.size) ? last : undefined;
}

/** Orders steps: of those that may run, the one of least rank runs next, and the first among equals. */
function ordered(
  { steps, memories, reads, writes }: Traffic<Access>,
  before: Before,
  bytes: readonly number[],
  rankOf: Rank,
): readonly number[] {
  const missing = before.map((b) => b.size);
  const after = steps.map((): number[] => []);
  for (const [step, earlier] of before.entries()) for (const b of earlier) after[b]!.push(step);
  const readers = memories.map((h) => h.readers.length);
  const state: State = {
    enabledBy: (step) => after[step]!.filter((s) => missing[s] === 1),
    change: (step, earlier) => {
      let change = 0;
      for (const w of writes[step]!) change += bytes[w]!;
      for (const h of reads[step]!) {
        const left = earlier !== undefined && reads[earlier]!.includes(h) ? 2 : 1;
        if (readers[h] === left) change -= bytes[h]!;
      }
      return change;
    },
  };
  const order: number[] = [];
  /** The steps that may run next, in their given order. */
  const ready = [...steps.keys()].filter((step) => missing[step] === 0);
  while (ready.length > 0) {
    let [next, least] = [0, Infinity];
    // Without a rank the first step runs.
    for (let at = 0; at < ready.length && ready.length > 1; at++) {
      const rank = rankOf(ready[at]!, state);
      if (rank < least) [next, least] = [at, rank];
    }
    const [step] = ready.splice(next, 1) as [number];
    order.push(step);
    for (const s of after[step]!) {
      missing[s]!--;
      if (missing[s]! > 0) continue;
      const later = ready.findIndex((r) => r > s);
      ready.splice(later < 0 ? ready.length : later, 0, s);
    }
    for (const h of reads[step]!) readers[h]!--;
  }
  return order;
}

interface State {
  /** The steps that may run once a step has. */
  readonly enabledBy: (step: number) => readonly number[];
  /** The bytes of temporaries that a step writes, less those that it reads last, once `earlier` has run. */
  readonly change: (step: number, earlier?: number) => number;
}

/** Ranks steps: that of the least rank runs first. */
type Rank = (step: number, state: State) => number;

const FIRST: Rank = () => 0;

const LAST: Rank = (step) => -step;

/** Prefers the step that leaves the fewest bytes of temporaries. */
const leaving: Rank = (step, { change }) => change(step);

/** Prefers steps that leave no more bytes than before, then those that do so together with a possible next step. */
const leadingOn: Rank = (step, { change, enabledBy }) => {
  const own = change(step);
  if (own <= 0) return own - Number.MAX_SAFE_INTEGER;
  const enabled = enabledBy(step);
  if (enabled.length === 0) return Infinity;
  return own + Math.min(0, ...enabled.map((s) => change(s, step)));
};
