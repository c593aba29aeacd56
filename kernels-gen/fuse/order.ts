/** The order in which steps run: after what they read, and with the fewer bytes of temporaries at once of two orders. */
import { productDim } from '../../compiler/ir/dims.ts';
import type { Prim } from '../../compiler/primitives/prim.ts';
import { dtypeBytes } from '../../runtime/plan.ts';
import { sizeAt } from './cost.ts';

/** What a step reads and writes. */
export interface Traffic {
  readonly reads: readonly Prim[];
  readonly writes: readonly Prim[];
}

/**
 * Of the order given, which must be a right one, and the one that always runs next what leaves the fewest bytes: the
 * one whose peak is lower at `tokens`, the given one of equals. `isTemporary` tells what takes memory.
 */
export function inLittleMemory<S extends Traffic>(
  steps: readonly S[],
  isTemporary: (p: Prim) => boolean,
  tokens: number,
): readonly S[] {
  const bytesOf = (p: Prim) =>
    isTemporary(p) ? dtypeBytes(p.dtype) * sizeAt([productDim(p.shape)], tokens) : 0;
  const greedy = greedyOrder(steps, bytesOf);
  return peak(greedy, bytesOf) < peak(steps, bytesOf) ? greedy : steps;
}

const total = (prims: readonly Prim[], bytesOf: (p: Prim) => number) =>
  prims.reduce((sum, p) => sum + bytesOf(p), 0);

/** Of the tensors that a step reads, those that no step of `later` does. */
const lastRead = <S extends Traffic>({ reads }: S, later: readonly S[]): Prim[] =>
  [...new Set(reads)].filter((p) => !later.some((s) => s.reads.includes(p)));

function peak(order: readonly Traffic[], bytesOf: (p: Prim) => number): number {
  let [live, most] = [0, 0];
  for (const [i, step] of order.entries()) {
    live += total(step.writes, bytesOf);
    most = Math.max(most, live);
    live -= total(lastRead(step, order.slice(i + 1)), bytesOf);
  }
  return most;
}

function greedyOrder<S extends Traffic>(steps: readonly S[], bytesOf: (p: Prim) => number): S[] {
  const writer = new Map(steps.flatMap((s) => s.writes.map((p) => [p, s] as const)));
  const done = new Set<S>();
  const order: S[] = [];
  let waiting = [...steps];
  while (waiting.length > 0) {
    const ready = waiting.filter((s) => s.reads.every((p) => !writer.has(p) || done.has(writer.get(p)!)));
    const change = (s: S) =>
      total(s.writes, bytesOf) -
      total(
        lastRead(
          s,
          waiting.filter((w) => w !== s),
        ),
        bytesOf,
      );
    const next = ready.reduce((best, s) => (change(s) < change(best) ? s : best));
    done.add(next);
    order.push(next);
    waiting = waiting.filter((s) => s !== next);
  }
  return order;
}
