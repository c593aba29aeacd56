/** The order in which steps run: after what they read, and in the least memory of two orders. */
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
 * Of the order given, which must be a right one, and the one that always runs next what leaves the fewest bytes of
 * temporaries: the one whose slots are smaller at `tokens`, the given one of equals.
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
  const [given, greedy] = [planned(steps), planned(greedyOrder(steps, bytesOf))];
  return greedy.bytes < given.bytes ? greedy : given;
}

const total = (prims: readonly Prim[], bytesOf: (p: Prim) => number) =>
  prims.reduce((sum, p) => sum + bytesOf(p), 0);

/** Of the tensors that a step reads, those that no step of `later` does. */
const lastRead = <S extends Traffic>({ reads }: S, later: readonly S[]): Prim[] =>
  [...new Set(reads)].filter((p) => !later.some((s) => s.reads.includes(p)));

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
