import { tileOf } from '../../../families/blocks/schedule.ts';
import { emitTile, tileCount } from '../../../families/contraction/emit.ts';
import type { Schedule } from '../../../families/contraction/frame.ts';
import { range } from '../../../families/contraction/root.ts';
import type { Emitted } from '../../../families/family.ts';
import { numbered } from '../../../families/map/schedule.ts';
import { isOfVectors } from '../../../families/vectors.ts';
import { BLOCK, type FusedBlocks, writesOf } from '../../../fuse/blocks.ts';
import type { ContractionKernel } from '../../../fuse/kernel.ts';
import type { Replaced } from '../../../memory/buffers.ts';
import { Emitter } from '../../../wgsl/emitter.ts';
import { assemble } from '../../../wgsl/module.ts';
import { extentOf } from '../../../wgsl/size.ts';
import { sumDirectly } from '../direct.ts';
import { between, heldName, inStorage, mapNest, targetsOf } from './nests.ts';

/** The schedule in which all threads of a workgroup compute one contraction, each a tile of it. */
export const directly = (kernel: ContractionKernel, threads: number): Schedule => ({
  kernel,
  tile: tileOf(kernel, threads),
  sum: sumDirectly,
});

/** The threads of a workgroup, and how they compute the nests. */
export interface Workers {
  readonly threads: number;
  readonly barriers: boolean;
  /** Whether drivers are kept from unrolling loops. */
  readonly rolled: boolean;
  readonly scheduleOf: (k: ContractionKernel) => Schedule;
}

export function emitBlocks(
  group: FusedBlocks,
  { threads, barriers, rolled, scheduleOf }: Workers,
  over: readonly Replaced[],
): Emitted {
  const schedules = group.nests.map(({ kernel: { root, ...kernel } }) =>
    root.kind === 'map' ? undefined : scheduleOf({ ...kernel, root }),
  );
  const vectors = declaredOf(group, schedules);
  const writes = writesOf(group);
  const tensors = inStorage(group, over).map((t, i) => {
    const slot = group.slotOf[i];
    const place = over.find((o) => o.tensor === group.args[i]);
    const stored = place ? vectors.outs.has(writes.indexOf(place.by)) : vectors.args.has(i);
    const declared = slot === undefined ? stored : vectors.slots.has(slot);
    return {
      ...t,
      ...(slot === undefined ? {} : { held: heldName(slot) }),
      ...(declared ? { vectors: true } : {}),
    };
  });
  const e = new Emitter(tensors);
  e.rolled = rolled;
  e.workgroups(e.size(group.blocks));
  e.define(BLOCK, 'group', group.blocks);
  for (const [i, { kernel }] of group.nests.entries()) {
    if (barriers) between(e, group, i, over);
    const { root } = kernel;
    const targets = (axes: typeof root.axes) => targetsOf(group, i, axes, vectors);
    e.open('');
    if (root.kind === 'map') {
      const renamed = numbered(root);
      mapNest(e, renamed, threads, targets(renamed.axes));
    } else {
      const schedule = schedules[i]!;
      const tiles = tileCount(schedule);
      if (tiles > 1) e.open(`for (var tile = 0; tile < ${e.end(`${tiles}`)}; tile += 1)`);
      emitTile(e, schedule, tiles > 1 ? 'tile' : '0', targets(schedule.kernel.root.axes));
      if (tiles > 1) e.close();
    }
    e.close();
  }
  const { module, reads } = assemble(e, {
    tensors,
    out: writes.map((p) => p.dtype),
    vectors: vectors.outs,
    workgroup: threads,
    memories: group.slots.map((elements, i) => ({
      name: heldName(i),
      elements,
      vectors: vectors.slots.has(i),
    })),
  });
  return { module, reads, workgroups: extentOf(group.blocks) };
}

/** The arguments in storage, workgroup memories and stored tensors that are declared as arrays of vec4. */
interface Declared {
  readonly args: ReadonlySet<number>;
  readonly slots: ReadonlySet<number>;
  readonly outs: ReadonlySet<number>;
}

/**
 * Finds the arrays to declare as vec4. Nests load or store vectors in them, and each row of their tensors is
 * a number of whole vectors.
 */
function declaredOf(group: FusedBlocks, schedules: readonly (Schedule | undefined)[]): Declared {
  const args = new Set(schedules.flatMap((s) => [...(s?.vectors?.args ?? [])]));
  const used = group.nests.flatMap(({ slot }, i) => (schedules[i]?.vectors?.out ? [slot] : []));
  const inSlot = (slot: number) => range(group.args.length).filter((i) => group.slotOf[i] === slot);
  const slots = range(group.slots.length).filter((slot) => {
    const held = inSlot(slot);
    return (
      held.every((i) => isOfVectors(group.args[i]!)) && (used.includes(slot) || held.some((i) => args.has(i)))
    );
  });
  const writes = writesOf(group);
  // Maps store packed triangles one element at a time: by four, they would be slow to print.
  const outs = group.nests.flatMap(({ stored: out }, i) =>
    out && schedules[i]?.vectors?.out ? [writes.indexOf(out)] : [],
  );
  return { args, slots: new Set(slots), outs: new Set(outs) };
}
