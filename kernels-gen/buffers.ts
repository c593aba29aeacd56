/**
 * Where tensors lie. A temporary holds its buffer from the step that writes it to the last that reads it: a slot, which
 * is as large as the largest tensor that ever holds it, whatever `tokens` is; or that of an output not written yet.
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
}

export interface Placement {
  /** Bytes of each slot. */
  readonly slots: readonly Extent[];
  /** Of all that steps write. */
  readonly placeOf: ReadonlyMap<Prim, PlanRef>;
  /** By step; null where the step needs none. */
  readonly scratchOf: readonly (PlanRef | null)[];
  /** Of all slots, at the count that was planned for. */
  readonly bytes: number;
}

/** What needs memory from one step to another, both included. */
interface Tenant {
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
}

/**
 * Every temporary in a buffer that is free for all its life, the largest first: in the smallest output that it fits
 * whatever `tokens` is, else in the smallest slot, else in a new one. Greedy by size, as in arXiv 2001.03288.
 */
export function placeTensors(
  steps: readonly Access[],
  outputs: ReadonlyMap<Prim, string>,
  tokens: number,
): Placement {
  const tenant = (size: Dim, from: number, to: number): Tenant => ({
    size,
    bytes: evalReal(size, { tokens }),
    from,
    to,
  });
  const lastUse = new Map<Prim, number>();
  for (const [i, s] of steps.entries()) for (const p of [...s.writes, ...s.reads]) lastUse.set(p, i);
  const buffers: Buffer[] = [];
  const placeOf = new Map<Prim, PlanRef>();
  const scratchOf: (PlanRef | null)[] = steps.map(() => null);
  const waiting: { readonly tenant: Tenant; readonly placed: (at: PlanRef) => void }[] = [];
  for (const [i, { writes, scratch }] of steps.entries()) {
    for (const p of writes) {
      const output = outputs.get(p);
      if (output === undefined) {
        waiting.push({ tenant: tenant(bytesOf(p), i, lastUse.get(p)!), placed: (at) => placeOf.set(p, at) });
      } else {
        buffers.push({ output, tenants: [tenant(bytesOf(p), i, Infinity)] });
        placeOf.set(p, { output });
      }
    }
    if (scratch !== null) {
      const size = mulDim(scratch, dimConst(4));
      waiting.push({
        tenant: tenant(size, i, i),
        placed: (at) => {
          scratchOf[i] = at;
        },
      });
    }
  }

  const slots: Buffer[] = [];
  const capacity = (b: Buffer) => b.tenants[0]!.bytes;
  for (const { tenant: t, placed } of waiting.sort((a, b) => b.tenant.bytes - a.tenant.bytes)) {
    const free = [...buffers, ...slots].filter((b) => b.tenants.every((o) => o.to < t.from || t.to < o.from));
    const smallest = (among: readonly Buffer[]) =>
      among.reduce<Buffer | undefined>((m, b) => (m && capacity(m) <= capacity(b) ? m : b), undefined);
    const given = free.filter((b) => b.output !== undefined && neverLarger(t.size, b.tenants[0]!.size));
    const buffer = smallest(given) ?? smallest(free.filter((b) => b.output === undefined));
    if (buffer) buffer.tenants.push(t);
    else slots.push({ tenants: [t] });
    const held = buffer ?? slots.at(-1)!;
    placed(held.output === undefined ? { slot: slots.indexOf(held) } : { output: held.output });
  }
  return {
    slots: slots.map(bytesOfSlot),
    placeOf,
    scratchOf,
    bytes: slots.reduce((sum, s) => sum + capacity(s), 0),
  };
}

const bytesOf = (p: Prim): Dim => mulDim(productDim(p.shape), dimConst(dtypeBytes(p.dtype)));

/** Whether a size is at most another at every count: no power of `tokens` has less of the other. */
const neverLarger = (a: Dim, b: Dim): boolean => subDim(b, a).terms.every((t) => t.coef.num > 0n);

function bytesOfSlot({ tenants }: Buffer): Extent {
  const sizes = tenants.map((t) => t.size).filter((s, i, all) => all.findIndex((o) => equalDim(o, s)) === i);
  return sizes.map((d) => mulExtent(ceildivExtent(extentOf(d), 4), 4)).reduce(maxExtent);
}
