/** A group of kernels over the same blocks: one workgroup takes a block through its stages. */
import { constantOf, printDim } from '../../compiler/ir/dims.ts';
import { keyOf } from '../../compiler/primitives/affine.ts';
import type { MapPrim, Prim } from '../../compiler/primitives/prim.ts';
import { rewriteExpr, rewriteInt, substituteAxes } from '../../compiler/primitives/substitute.ts';
import { dtypeBytes, type Extent } from '../../runtime/plan.ts';
import { BLOCK, type Group, type Stage } from '../fuse/blocks.ts';
import { flopsOf } from '../fuse/cost.ts';
import { renameAxes } from '../fuse/graph.ts';
import type { Kernel } from '../fuse/kernel.ts';
import { Emitter } from '../wgsl/emitter.ts';
import { assemble, stored } from '../wgsl/module.ts';
import { addExtent, extentOf, mulExtent, productExtent } from '../wgsl/size.ts';
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
} from './contraction/root.ts';
import type { Target } from './contraction/store.ts';
import {
  alternativesOf,
  axisRefs,
  count,
  digitsOf,
  type Emitted,
  extents,
  type Generated,
  LANES,
  type Printed,
  type ScheduleOptions,
  tensorsOf,
} from './family.ts';

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
  const held = (slot: number) => `held${slot}`;
  const tensors = tensorsOf(group.args).map((t, i) => {
    const slot = group.slotOf[i];
    return slot === undefined ? t : { ...t, held: held(slot) };
  });
  const e = new Emitter(tensors);
  e.rolled = rolled;
  e.workgroups(e.size(group.blocks));
  e.define(BLOCK, 'group', group.blocks);
  const writes = writesOf(group);
  for (const [i, { kernel, slot, stored: out }] of group.stages.entries()) {
    if (i > 0 && barriers) e.line('workgroupBarrier();');
    const targetsOf = ({ root }: Kernel & { root: Stage['kernel']['root'] }): Target[] => [
      ...(slot === undefined ? [] : [{ name: held(slot), axes: root.axes, dtype: 'f32' } as const]),
      ...(out === undefined
        ? []
        : [
            {
              name: `out${writes.indexOf(out)}`,
              axes: [{ name: BLOCK, extent: group.blocks }, ...root.axes],
              dtype: out.dtype,
            },
          ]),
    ];
    const { root } = kernel;
    e.open('');
    if (root.kind === 'map') {
      const renamed = numbered(root);
      mapStage(e, renamed, threads, targetsOf({ ...kernel, root: renamed }));
    } else {
      const schedule = scheduleOf({ ...kernel, root });
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
    workgroup: threads,
    memories: group.slots.map((elements, i) => ({ name: held(i), elements })),
  });
  return { module, reads, workgroups: extentOf(group.blocks) };
}

/** One element after another, a thread each. */
function mapStage(e: Emitter, root: MapPrim, threads: number, targets: readonly Target[]): void {
  const total = count(root.axes);
  e.open(`for (var at = lane; at < ${e.end(e.size(total))}; at += ${threads})`);
  e.define('at', 'at', total);
  const values = substituteAxes(digitsOf(root.axes, { k: 'axis', name: 'at' })!);
  const value = e.floatName(rewriteExpr(root.body, values));
  for (const { name, axes, dtype } of targets) {
    const address = e.address(
      extents(axes),
      axisRefs(axes).map((a) => rewriteInt(a, values)),
    );
    e.line(`${name}[${address}] = ${stored(value, dtype)};`);
  }
  e.close();
}
