/**
 * Where tensors lie. A temporary holds its buffer from the step that writes it to the last that reads it: a slot, which
 * is as large as the largest tensor that ever holds it, whatever `tokens` is; or that of an output not written yet. What
 * the last read is for may be stored in its place where the step can.
 */
import { type Dim, dimConst, equalDim, evalReal, mulDim, productDim, subDim } from '../compiler/ir/dims.ts';
import type { Prim } from '../compiler/primitives/prim.ts';
import { dtypeBytes, type Extent, type PlanRef } from '../runtime/plan.ts';
import { ceildivExtent, extentOf, maxExtent, mulExtent } from './wgsl/size.ts';

/** What one step reads and writes; `scratch` is a number of f32 elements it works in. */
export interface Access {
  readonly reads: readonly Prim[];
  readonly writes: readonly Prim[];
  readonly scratch: Dim | null;
  /** Whether one that it writes may lie where another does that it reads; absent where none ever may. */
  readonly overwrites?: (tensor: Prim, by: Prim) => boolean;
}

/** A tensor whose place another has. */
export interface Replaced {
  readonly tensor: Prim;
  readonly by: Prim;
}

export interface Placement {
  /** Bytes of each slot. */
  readonly slots: readonly Extent[];
  /** Of all that steps write. */
  readonly placeOf: ReadonlyMap<Prim, PlanRef>;
  /** By step; null where the step needs none. */
  readonly scratchOf: readonly (PlanRef | null)[];
  /** By step: the tensors in whose place the step has results. */
  readonly overwritten: readonly (readonly Replaced[])[];
  /** Of all slots, at the count that was planned for. */
  readonly bytes: number;
}

/** What needs memory from one step to another, both included. */
interface Tenant {
  /** null for what a step works in. */
  readonly tensor: Prim | null;
  readonly size: Dim;
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
}

interface Buffer {
  /** That of an output; undefined for a slot. */
  readonly output?: string;
  /** The one that came first is the largest at the count that is planned for. */
  readonly tenants: Tenant[];
  /** The same in the order of their times, which meet at most where one replaces another. */
  readonly inTime: Tenant[];
}

/** How many of a buffer's tenants end before a step. */
function endedBefore({ inTime }: Buffer, step: number): number {
  let [low, high] = [0, inTime.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (inTime[middle]!.to < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Those that are there at the same time as another. */
function beside(b: Buffer, { from, to }: Tenant): Tenant[] {
  const found: Tenant[] = [];
  for (let i = endedBefore(b, from); i < b.inTime.length && b.inTime[i]!.from <= to; i++)
    found.push(b.inTime[i]!);
  return found;
}

function moveIn(b: Buffer, t: Tenant): void {
  b.tenants.push(t);
  const after = b.inTime.findLastIndex((o) => o.from < t.from || (o.from === t.from && o.to <= t.to));
  b.inTime.splice(after + 1, 0, t);
}

/**
 * Every temporary in a buffer that is free for all its life, the largest first: in the smallest output that it fits
 * whatever `tokens` is, else in the smallest slot, else where a step overwrites it or has it overwrite, else in a new
 * slot. Greedy by size, as in arXiv 2001.03288.
 */
export function placeTensors(
  steps: readonly Access[],
  outputs: ReadonlyMap<Prim, string>,
  tokens: number,
): Placement {
  const tenants = tenantsOf(steps, tokens);
  // An output's buffer is free up to a step, so that a chain of equals takes turns with it from its end on.
  const backwards = placed(steps, outputs, tenants, true);
  const forwards = placed(steps, outputs, tenants, false);
  const { slots, bufferOf, bytes } = forwards.bytes < backwards.bytes ? forwards : backwards;
  const numbers = new Map(slots.map((b, slot) => [b, slot]));
  const placeOf = new Map<Prim, PlanRef>();
  const holding = new Map<Prim, Buffer>();
  const scratchOf: (PlanRef | null)[] = steps.map(() => null);
  for (const [{ tensor, from }, buffer] of bufferOf) {
    const { output } = buffer;
    const at = output === undefined ? { slot: numbers.get(buffer)! } : { output };
    if (tensor === null) {
      scratchOf[from] = at;
    } else {
      placeOf.set(tensor, at);
      holding.set(tensor, buffer);
    }
  }
  return {
    slots: slots.map(bytesOfSlot),
    placeOf,
    scratchOf,
    overwritten: steps.map(({ reads, writes }) =>
      writes.flatMap((by) => {
        const tensor = reads.find((r) => holding.get(r) === holding.get(by));
        return tensor ? [{ tensor, by }] : [];
      }),
    ),
    bytes,
  };
}

/** What steps write and work in, in their order. */
function tenantsOf(steps: readonly Access[], tokens: number): Tenant[] {
  const lastUse = new Map<Prim, number>();
  for (const [i, s] of steps.entries()) for (const p of [...s.writes, ...s.reads]) lastUse.set(p, i);
  const tenant = (tensor: Prim | null, size: Dim, from: number, to: number): Tenant => ({
    tensor,
    size,
    bytes: evalReal(size, { tokens }),
    from,
    to,
  });
  return steps.flatMap(({ writes, scratch }, i) => [
    ...writes.map((p) => tenant(p, bytesOf(p), i, lastUse.get(p)!)),
    ...(scratch === null ? [] : [tenant(null, mulDim(scratch, dimConst(4)), i, i)]),
  ]);
}

interface Placed {
  readonly slots: readonly Buffer[];
  readonly bufferOf: ReadonlyMap<Tenant, Buffer>;
  readonly bytes: number;
}

/** Of equal sizes the first first, or the last. */
function placed(
  steps: readonly Access[],
  outputs: ReadonlyMap<Prim, string>,
  tenants: readonly Tenant[],
  backwards: boolean,
): Placed {
  const bufferOf = new Map<Tenant, Buffer>();
  const waiting: Tenant[] = [];
  for (const t of tenants) {
    const output = t.tensor === null ? undefined : outputs.get(t.tensor);
    if (output === undefined) waiting.push(t);
    else {
      const whole = { ...t, to: Infinity };
      bufferOf.set(t, { output, tenants: [whole], inTime: [whole] });
    }
  }
  const written = [...bufferOf.values()];
  const slots: Buffer[] = [];
  const capacity = (b: Buffer) => b.tenants[0]!.bytes;
  const smallest = (among: readonly Buffer[]) =>
    among.reduce<Buffer | undefined>((m, b) => (m && capacity(m) <= capacity(b) ? m : b), undefined);
  /** Whether the step that last reads one has the other in its place. */
  const replaces = (old: Tenant, next: Tenant): boolean =>
    old.to === next.from &&
    next.tensor !== null &&
    old.tensor !== null &&
    !!steps[next.from]!.overwrites?.(old.tensor, next.tensor);
  const inTime = backwards ? waiting.toReversed() : waiting;
  for (const t of inTime.toSorted((a, b) => b.bytes - a.bytes)) {
    const fits = (b: Buffer) => t.bytes <= capacity(b) && neverLarger(t.size, b.tenants[0]!.size);
    const isFree = (b: Buffer) => beside(b, t).length === 0;
    const isShared = (b: Buffer) => beside(b, t).every((o) => replaces(o, t) || replaces(t, o));
    const buffer =
      smallest(written.filter((b) => isFree(b) && fits(b))) ??
      smallest(slots.filter(isFree)) ??
      smallest([...written.filter((b) => isShared(b) && fits(b)), ...slots.filter(isShared)]);
    if (buffer) moveIn(buffer, t);
    else slots.push({ tenants: [t], inTime: [t] });
    bufferOf.set(t, buffer ?? slots.at(-1)!);
  }
  return { slots, bufferOf, bytes: slots.reduce((sum, b) => sum + 4 * Math.ceil(capacity(b) / 4), 0) };
}

const known = new WeakMap<Prim, Dim>();

function bytesOf(p: Prim): Dim {
  const bytes = known.get(p) ?? mulDim(productDim(p.shape), dimConst(dtypeBytes(p.dtype)));
  known.set(p, bytes);
  return bytes;
}

/** Whether a size is at most another at every count: no power of `tokens` has less of the other. */
const neverLarger = (a: Dim, b: Dim): boolean => subDim(b, a).terms.every((t) => t.coef.num > 0n);

function bytesOfSlot({ tenants }: Buffer): Extent {
  const sizes = tenants.map((t) => t.size).filter((s, i, all) => all.findIndex((o) => equalDim(o, s)) === i);
  return sizes.map((d) => mulExtent(ceildivExtent(extentOf(d), 4), 4)).reduce(maxExtent);
}
