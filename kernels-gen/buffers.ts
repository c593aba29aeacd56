/**
 * Slots for temporaries. A tensor holds its slot from the step that writes it to the last that reads it; a
 * slot is as large as the largest tensor that ever holds it, whatever `tokens` is.
 */
import { type Dim, dimConst, equalDim, evalReal, mulDim, productDim } from '../compiler/ir/dims.ts';
import type { Prim } from '../compiler/primitives/prim.ts';
import { dtypeBytes, type Extent } from '../runtime/plan.ts';
import { ceildivExtent, extentOf, maxExtent, mulExtent } from './wgsl/size.ts';

/** What one step reads and writes; `scratch` is a number of f32 elements it works in. */
export interface Access {
  readonly reads: readonly Prim[];
  readonly writes: readonly Prim[];
  readonly scratch: Dim | null;
}

export interface Slots {
  /** Bytes of each slot. */
  readonly slots: readonly Extent[];
  readonly slotOf: ReadonlyMap<Prim, number>;
  /** By step; null where the step needs none. */
  readonly scratchOf: readonly (number | null)[];
}

interface Slot {
  /** Sizes in bytes of all that held it; equal ones once. */
  readonly sizes: Dim[];
  free: boolean;
}

/**
 * Greedy in execution order: of the free slots, the smallest that is large enough at `tokens`, else the
 * largest, which grows; a new one when none is free. `stored` marks tensors that need a slot.
 */
export function assignSlots(steps: readonly Access[], stored: (p: Prim) => boolean, tokens: number): Slots {
  const lastRead = new Map<Prim, number>();
  for (const [i, s] of steps.entries()) for (const r of [...s.writes, ...s.reads]) lastRead.set(r, i);
  const slots: Slot[] = [];
  const bytesAt = (d: Dim) => evalReal(d, { tokens });
  const capacity = (s: Slot) => Math.max(...s.sizes.map(bytesAt));
  const take = (bytes: Dim): number => {
    const need = bytesAt(bytes);
    const free = slots.filter((s) => s.free).sort((a, b) => capacity(a) - capacity(b));
    let slot = free.find((s) => capacity(s) >= need) ?? free.at(-1);
    if (slot === undefined) {
      slot = { sizes: [], free: false };
      slots.push(slot);
    }
    slot.free = false;
    if (!slot.sizes.some((s) => equalDim(s, bytes))) slot.sizes.push(bytes);
    return slots.indexOf(slot);
  };

  const slotOf = new Map<Prim, number>();
  const scratchOf = steps.map((step, i) => {
    for (const p of step.writes) if (stored(p)) slotOf.set(p, take(bytesOf(p)));
    const scratch = step.scratch && take(mulDim(step.scratch, dimConst(4)));
    for (const p of new Set([...step.writes, ...step.reads])) {
      const held = slotOf.get(p);
      if (held !== undefined && lastRead.get(p) === i) slots[held]!.free = true;
    }
    if (scratch !== null) slots[scratch]!.free = true;
    return scratch;
  });
  const words = (s: Slot) =>
    s.sizes.map((d) => mulExtent(ceildivExtent(extentOf(d), 4), 4)).reduce(maxExtent);
  return { slots: slots.map(words), slotOf, scratchOf };
}

const bytesOf = (p: Prim): Dim => mulDim(productDim(p.shape), dimConst(dtypeBytes(p.dtype)));
