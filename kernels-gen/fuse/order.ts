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
 * and the one that always runs next what leaves the fewest bytes of temporaries; and both with what may be overwritten
 * read by all others before.
 */
export function inLittleMemory<S extends Access>(
  steps: readonly S[],
  outputs: ReadonlyMap<Prim, string>,
  tokens: number,
): Planned<S> {
  const temporaries = new Set(steps.flatMap((s) => s.writes).filter((p) => !outputs.has(p)));
  const bytesOf = (prims: readonly Prim[]) =>
    prims
      .filter((p) => temporaries.has(p))
      .reduce((sum, p) => sum + dtypeBytes(p.dtype) * sizeAt([productDim(p.shape)], tokens), 0);
  /** Bytes of temporaries more after a step than before. */
  const leaving = (step: Traffic, waiting: readonly Traffic[]) =>
    bytesOf(step.writes) - bytesOf(lastRead(step, waiting));
  const planned = (order: readonly S[]): Planned<S> => ({
    steps: order,
    ...placeTensors(order, outputs, tokens),
  });
  const before = dependencies(steps);
  const ways = [before, overwritingLast(steps, before, temporaries)].flatMap((b) => [
    planned(ordered(steps, b, () => 0)),
    planned(ordered(steps, b, leaving)),
  ]);
  return ways.reduce((best, p) => (p.bytes < best.bytes ? p : best));
}

/** Of the tensors that a step reads, those that no other of `waiting` does. */
const lastRead = (step: Traffic, waiting: readonly Traffic[]): Prim[] =>
  [...new Set(step.reads)].filter((p) => !waiting.some((s) => s !== step && s.reads.includes(p)));

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
  const follows = (s: S, other: S, seen = new Set<S>()): boolean => {
    if (s === other) return true;
    if (seen.has(s)) return false;
    seen.add(s);
    return [...last.get(s)!].some((b) => follows(b, other, seen));
  };
  for (const s of steps) {
    for (const p of new Set(s.reads)) {
      const others = steps.filter((o) => o !== s && o.reads.includes(p));
      if (!temporaries.has(p) || !s.overwrites?.(p)) continue;
      if (others.some((o) => follows(o, s))) continue;
      for (const o of others) last.get(s)!.add(o);
    }
  }
  return last;
}

/** Of the steps that may run the one of the least `change`, the first of equals, one after the other. */
function ordered<S>(
  steps: readonly S[],
  before: Before<S>,
  change: (s: S, waiting: readonly S[]) => number,
): S[] {
  const order: S[] = [];
  const done = new Set<S>();
  let waiting = [...steps];
  while (waiting.length > 0) {
    let next: { readonly step: S; readonly by: number } | undefined;
    for (const step of waiting) {
      if (![...before.get(step)!].every((b) => done.has(b))) continue;
      const by = change(step, waiting);
      if (next === undefined || by < next.by) next = { step, by };
    }
    const { step } = next!;
    done.add(step);
    order.push(step);
    waiting = waiting.filter((w) => w !== step);
  }
  return order;
}
