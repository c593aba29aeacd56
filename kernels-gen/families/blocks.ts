/** A group of kernels over the same blocks: one workgroup takes a block through its stages. */
import { constantOf, printDim } from '../../compiler/ir/dims.ts';
import { keyOf } from '../../compiler/primitives/affine.ts';
import { ax } from '../../compiler/primitives/build.ts';
import type { MapPrim, Prim } from '../../compiler/primitives/prim.ts';
import { rewriteExpr } from '../../compiler/primitives/substitute.ts';
import { dtypeBytes, type Extent } from '../../runtime/plan.ts';
import { BLOCK, type Group, type Stage } from '../fuse/blocks.ts';
import { flopsOf } from '../fuse/cost.ts';
import { renameAxes } from '../fuse/graph.ts';
import type { Kernel } from '../fuse/kernel.ts';
import { Emitter } from '../wgsl/emitter.ts';
import { assemble } from '../wgsl/module.ts';
import { addExtent, extentOf, mulExtent, productExtent } from '../wgsl/size.ts';
import { VECTOR } from '../wgsl/vectors.ts';
import { sumDirectly } from './contraction/direct.ts';
import { emitTile, type Schedule, tileCount } from './contraction/emit.ts';
import { flops } from './contraction/index.ts';
import { soleLaneSchedule } from './contraction/lanes.ts';
import {
  type ContractionKernel,
  canonical,
  classify,
  keyOfAxes,
  keyOfSums,
  keysOfArgs,
  range,
} from './contraction/root.ts';
import { storeNeighbours, type Target } from './contraction/store.ts';
import {
  alternativesOf,
  count,
  digitsOf,
  type Emitted,
  type Generated,
  LANES,
  type Printed,
  type ScheduleOptions,
  tensorsOf,
} from './family.ts';
import { groupsOf, isOfVectors, partsOf } from './vectors.ts';

const WORKGROUP = 64;
/** Rows and columns of a thread's tile, at most. */
const EACH = 4;

export function generateBlocks(group: Group, options: ScheduleOptions): Generated {
  const key = keyOfGroup(group);
  const code = options.printed.get(key) ?? print(group, options);
  options.printed.set(key, code);
  const reads = code.reads.map((r): Prim => group.args[r]!);
  const ofBlocks = (e: Extent) => mulExtent(extentOf(group.blocks), e);
  return {
    ...code,
    family: 'blocks',
    reads,
    scratch: null,
    flops: group.stages.map((s) => ofBlocks(flopsOfMember(s.kernel))).reduce(addExtent),
    bytes: [...reads, ...writesOf(group)]
      .map((p) => mulExtent(productExtent(p.shape.map(extentOf)), dtypeBytes(p.dtype)))
      .reduce(addExtent),
  };
}

/** Groups with equal keys have the same code. */
function keyOfGroup(group: Group): string {
  const stages = group.stages.map(({ kernel, slot, stored: out }) =>
    [keyOfStage(kernel), slot, out?.dtype].join(' to '),
  );
  const { blocks, args, slotOf, slots } = group;
  return ['blocks', printDim(blocks), ...keysOfArgs(args), slotOf.join(), slots.join(), ...stages].join('; ');
}

function keyOfStage({ root, ...kernel }: Stage['kernel']): string {
  if (root.kind === 'contraction') return keyOfSums(canonical({ ...kernel, root }));
  const { axes, body } = numbered(root);
  return `${keyOfAxes(axes)} ${keyOf(body)}`;
}

/** Under canonical axis names, so that equal maps print equally. */
function numbered(root: MapPrim): MapPrim {
  const names = new Map(root.axes.map((a, d) => [a.name, `i${d}`]));
  return renameAxes(root, (n) => names.get(n)!);
}

function print(group: Group, options: ScheduleOptions): Printed {
  const code = emitBlocks(group, {
    threads: WORKGROUP,
    barriers: true,
    rolled: false,
    scheduleOf: soleSchedule,
  });
  const inLanes: Workers = {
    threads: LANES,
    // A CPU's vector is done with a store before the next load; barriers would make a coroutine of the kernel there.
    barriers: options.strategy !== undefined,
    rolled: true,
    scheduleOf: (k) => soleLaneSchedule(k) ?? directly(canonical(k), LANES),
  };
  const alternatives = alternativesOf(options, code, [
    { strategy: 'lanes', emit: () => emitBlocks(group, inLanes) },
  ]);
  return { ...code, alternatives };
}

/** The tensors that a group stores, in the order of its bindings. */
export const writesOf = ({ stages }: Group): Prim[] => stages.flatMap((s) => s.stored ?? []);

/** Of a map or a product, over all of its axes. */
export function flopsOfMember(kernel: Stage['kernel']): Extent {
  const { root } = kernel;
  if (root.kind === 'contraction') return flops({ ...kernel, root });
  return mulExtent(extentOf(count(root.axes)), flopsOf(root.body));
}

/** A thread's tile where all threads of the workgroup are at one contraction. */
const soleSchedule = (kernel: ContractionKernel): Schedule => directly(canonical(kernel), WORKGROUP);

function directly(kernel: ContractionKernel, threads: number): Schedule {
  const groups = classify(kernel.root);
  const size = (axes: typeof groups.m) => constantOf(count(axes))!;
  const rowThreads = Math.min(8, threads, 2 ** Math.ceil(Math.log2(size(groups.m))));
  const colThreads = threads / rowThreads;
  const each = (n: number, across: number) => Math.min(EACH, Math.ceil(n / across));
  const rows = each(size(groups.m), rowThreads);
  const cols = each(size(groups.n), colThreads);
  return { kernel, tile: { rows, cols, batchThreads: 1, rowThreads, colThreads }, sum: sumDirectly };
}

/** How a workgroup goes through the stages. */
interface Workers {
  readonly threads: number;
  readonly barriers: boolean;
  /** Loops stay loops. */
  readonly rolled: boolean;
  readonly scheduleOf: (k: ContractionKernel) => Schedule;
}

function emitBlocks(group: Group, { threads, barriers, rolled, scheduleOf }: Workers): Emitted {
  const schedules = group.stages.map(({ kernel: { root, ...kernel } }) =>
    root.kind === 'map' ? undefined : scheduleOf({ ...kernel, root }),
  );
  const vectors = declaredOf(group, schedules);
  const held = (slot: number) => `held${slot}`;
  const tensors = tensorsOf(group.args).map((t, i) => {
    const slot = group.slotOf[i];
    const declared = slot === undefined ? vectors.args.has(i) : vectors.slots.has(slot);
    return {
      ...t,
      ...(slot === undefined ? {} : { held: held(slot) }),
      ...(declared ? { vectors: true } : {}),
    };
  });
  const e = new Emitter(tensors);
  e.rolled = rolled;
  e.workgroups(e.size(group.blocks));
  e.define(BLOCK, 'group', group.blocks);
  const writes = writesOf(group);
  for (const [i, { kernel, slot, stored: out }] of group.stages.entries()) {
    if (i > 0 && barriers) e.line('workgroupBarrier();');
    const targetsOf = ({ root }: Kernel & { root: Stage['kernel']['root'] }): Target[] => [
      ...(slot === undefined
        ? []
        : [{ name: held(slot), axes: root.axes, dtype: 'f32', vectors: vectors.slots.has(slot) } as const]),
      ...(out === undefined
        ? []
        : [
            {
              name: `out${writes.indexOf(out)}`,
              axes: [{ name: BLOCK, extent: group.blocks }, ...root.axes],
              dtype: out.dtype,
              vectors: vectors.outs.has(writes.indexOf(out)),
            },
          ]),
    ];
    const { root } = kernel;
    e.open('');
    if (root.kind === 'map') {
      const renamed = numbered(root);
      mapStage(e, renamed, threads, targetsOf({ ...kernel, root: renamed }));
    } else {
      const schedule = schedules[i]!;
      const tiles = tileCount(schedule);
      if (tiles > 1) e.open(`for (var tile = 0; tile < ${e.end(`${tiles}`)}; tile += 1)`);
      emitTile(e, schedule, { tile: tiles > 1 ? 'tile' : '0' }, targetsOf(schedule.kernel));
      if (tiles > 1) e.close();
    }
    e.close();
  }
  const { module, reads } = assemble(e, {
    tensors,
    out: writes.map((p) => p.dtype),
    vectors: vectors.outs,
    workgroup: threads,
    memories: group.slots.map((elements, i) => ({ name: held(i), elements, vectors: vectors.slots.has(i) })),
  });
  return { module, reads, workgroups: extentOf(group.blocks) };
}

/** What is declared as arrays of vec4: arguments in storage, workgroup memory, and the tensors that are stored. */
interface Declared {
  readonly args: ReadonlySet<number>;
  readonly slots: ReadonlySet<number>;
  readonly outs: ReadonlySet<number>;
}

/** All that some stage loads or stores as vectors, where every tensor that lies there is rows of whole ones. */
function declaredOf(group: Group, schedules: readonly (Schedule | undefined)[]): Declared {
  const args = new Set(schedules.flatMap((s) => [...(s?.vectors?.args ?? [])]));
  const used = group.stages.flatMap(({ slot }, i) => (schedules[i]?.vectors?.out ? [slot] : []));
  const inSlot = (slot: number) => range(group.args.length).filter((i) => group.slotOf[i] === slot);
  const slots = range(group.slots.length).filter((slot) => {
    const held = inSlot(slot);
    return (
      held.every((i) => isOfVectors(group.args[i]!)) && (used.includes(slot) || held.some((i) => args.has(i)))
    );
  });
  const writes = writesOf(group);
  // Packed triangles that maps store are slow to print four at a time.
  const outs = group.stages.flatMap(({ stored: out }, i) =>
    out && schedules[i]?.vectors?.out ? [writes.indexOf(out)] : [],
  );
  return { args, slots: new Set(slots), outs: new Set(outs) };
}

/** One element after another, a thread each; where all of it goes to vectors, one vector. */
function mapStage(e: Emitter, root: MapPrim, threads: number, targets: readonly Target[]): void {
  const together = targets.every((t) => t.vectors) && root.axes.length > 0 ? VECTOR : 1;
  const axes = groupsOf(root.axes, root.axes.at(-1), together);
  const total = count(axes);
  e.open(`for (var at = lane; at < ${e.end(e.size(total))}; at += ${threads})`);
  e.define('at', 'at', total);
  const places = partsOf(root.axes, digitsOf(axes, ax('at'))!, together);
  const values = places.map((here) => e.floatName(rewriteExpr(root.body, here)));
  for (const target of targets) storeNeighbours(e, target, values, places);
  e.close();
}
