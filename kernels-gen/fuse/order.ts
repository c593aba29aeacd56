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

/**
 * Of orders, the one whose slots are smallest at `tokens`, the first of equals: the one given, which must be a right one,
 * and the one that always runs next what leaves the fewest bytes of temporaries, one step ahead; and both with what may be overwritten
 * read by all others before.
 */
export function inLittleMemory<S extends Access>(
  steps: readonly S[],
  outputs: ReadonlyMap<Prim, string>,
  tokens: number,
): Planned<S> {
  const temporaries = new Set(steps.flatMap((s) => s.writes).filter((p) => !outputs.has(p)));
  const bytesOf = (p: Prim) =>
    temporaries.has(p) ? dtypeBytes(p.dtype) * sizeAt([productDim(p.shape)], tokens) : 0;
  const planned = (order: readonly S[]): Planned<S> => ({
    steps: order,
    ...placeTensors(order, outputs, tokens),
  });
  const before = dependencies(steps);
  const last = overwritingLast(steps, before, temporaries);
  const ways = [before, ...(last ? [last] : [])].flatMap((b) => [
    planned(ordered(steps, b, () => 0)),
    planned(ordered(steps, b, leaving(bytesOf))),
  ]);
  return ways.reduce((best, p) => (p.bytes < best.bytes ? p : best));
}

const total = (prims: readonly Prim[], bytesOf: (p: Prim) => number) =>
  prims.reduce((sum, p) => sum + bytesOf(p), 0);

/** Of the tensors that a step reads, those that no other of `waiting` does. */
const lastRead = (step: Traffic, waiting: readonly Traffic[]): Prim[] =>
  [...new Set(step.reads)].filter((p) => !waiting.some((s) => s !== step && s.reads.includes(p)));

/** By step, those that must have run. */
type Before<S> = ReadonlyMap<S, ReadonlySet<S>>;

function dependencies<S extends Traffic>(steps: readonly S[]): Map<S, Set<S>> {
  const writer = new Map(steps.flatMap((s) => s.writes.map((p) => [p, s] as const)));
  return new Map(steps.map((s) => [s, new Set(s.reads.flatMap((p) => writer.get(p) ?? []))]));
}

/** The same, and before a step that may overwrite a temporary all others that read it; undefined where that is nothing more. */
function overwritingLast<S extends Access>(
  steps: readonly S[],
  before: Before<S>,
  temporaries: ReadonlySet<Prim>,
): Before<S> | undefined {
  const last = new Map([...before].map(([s, b]) => [s, new Set(b)]));
  const follows = (s: S, other: S, seen = new Set<S>()): boolean => {
    if (s === other) return true;
    if (seen.has(s)) return false;
    seen.add(s);
    return [...last.get(s)!].some((b) => follows(b, other, seen));
  };
  let found = false;
  for (const s of steps) {
    for (const p of new Set(s.reads)) {
      const others = steps.filter((o) => o !== s && o.reads.includes(p));
      if (!temporaries.has(p) || others.length === 0 || !s.overwrites?.(p)) continue;
      if (others.some((o) => follows(o, s))) continue;
      for (const o of others) last.get(s)!.add(o);
      found = true;
    }
  }
  return found ? last : undefined;
}

/** Of the steps that may run the one of the least rank, the first of equals, one after the other. */
function ordered<S extends Traffic>(steps: readonly S[], before: Before<S>, rank: Rank<S>): S[] {
  const order: S[] = [];
  const done = new Set<S>();
  const isReady = (s: S) => [...before.get(s)!].every((b) => done.has(b));
  let waiting = [...steps];
  while (waiting.length > 0) {
    let next: { readonly step: S; readonly by: number } | undefined;
    for (const step of waiting) {
      if (!isReady(step)) continue;
      const rest = waiting.filter((w) => w !== step);
      done.add(step);
      const by = rank(step, waiting, () => rest.filter((w) => before.get(w)!.has(step) && isReady(w)));
      done.delete(step);
      if (next === undefined || by < next.by) next = { step, by };
    }
    const { step } = next!;
    done.add(step);
    order.push(step);
    waiting = waiting.filter((w) => w !== step);
  }
  return order;
}

/** How soon a step should run among those waiting, the least first, given which it makes ready. */
type Rank<S> = (step: S, waiting: readonly S[], enabled: () => readonly S[]) => number;

/** First what leaves no more bytes of temporaries than before, then what does so with a step that it makes ready. */
const leaving = (bytesOf: (p: Prim) => number): Rank<Traffic> => {
  const change = (step: Traffic, waiting: readonly Traffic[]): number =>
    total(step.writes, bytesOf) - total(lastRead(step, waiting), bytesOf);
  return (step, waiting, enabled) => {
    const own = change(step, waiting);
    if (own <= 0) return own - Number.MAX_SAFE_INTEGER;
    const rest = waiting.filter((w) => w !== step);
    const next = enabled().map((s) => change(s, rest));
    return next.length > 0 ? own + Math.min(0, ...next) : Infinity;
  };
};
