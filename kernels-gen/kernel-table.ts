/** The kernels of a Plan, each code once. */
import { printDim } from '../compiler/dims/dims.ts';
import type { PlanKernel } from '../runtime/plan.ts';
import type { Scheduled } from './loops/type.ts';
import type { Module } from './wgsl/module.ts';

/** The schedules of each kernel by the sizes of its memories. */
const schedules = new WeakMap<PlanKernel, Map<string, Scheduled>>();

/** The loops that a kernel was printed from first in this process; undefined for one that another process printed. */
export const scheduleOf = (kernel: PlanKernel): Scheduled | undefined => schedulesOf(kernel)[0];

/**
 * All loops that have this kernel's code. They differ in the sizes of their memories: a launch of more workgroups goes
 * through a longer tensor.
 */
export const schedulesOf = (kernel: PlanKernel): readonly Scheduled[] => [
  ...(schedules.get(kernel)?.values() ?? []),
];

const sizesOf = ({ loops }: Scheduled): string =>
  loops.memories.map((m) => m.shape.map(printDim).join()).join('; ');

export class KernelTable {
  readonly list: PlanKernel[] = [];
  private readonly byCode = new Map<string, number>();
  private readonly names = new Set<string>();

  /** The index of the kernel with this code. A new kernel gets a name that begins with `name` and is unique. */
  add(module: Module, name: string, scheduled: Scheduled): number {
    // All other fields of a module follow from its code.
    const known = this.byCode.get(module.wgsl);
    if (known !== undefined) {
      const all = schedules.get(this.list[known]!)!;
      const sizes = sizesOf(scheduled);
      if (!all.has(sizes)) all.set(sizes, scheduled);
      return known;
    }
    let unique = name;
    for (let n = 2; this.names.has(unique); n++) unique = `${name}_${n}`;
    this.names.add(unique);
    this.byCode.set(module.wgsl, this.list.length);
    const kernel = { name: unique, ...module };
    this.list.push(kernel);
    schedules.set(kernel, new Map([[sizesOf(scheduled), scheduled]]));
    return this.list.length - 1;
  }
}
