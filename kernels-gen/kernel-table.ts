/** The kernels of a Plan, each code once. */
import type { PlanKernel } from '../runtime/plan.ts';
import type { Scheduled } from './loops/type.ts';
import type { Module } from './wgsl/module.ts';

const schedules = new WeakMap<PlanKernel, Scheduled>();

/** The loops that a kernel was printed from in this process; undefined for one that another process printed. */
export const scheduleOf = (kernel: PlanKernel): Scheduled | undefined => schedules.get(kernel);

export class KernelTable {
  readonly list: PlanKernel[] = [];
  private readonly byCode = new Map<string, number>();
  private readonly names = new Set<string>();

  /** The index of the kernel with this code. A new kernel gets a name that begins with `name` and is unique. */
  add(module: Module, name: string, scheduled: Scheduled): number {
    // All other fields of a module follow from its code.
    const known = this.byCode.get(module.wgsl);
    if (known !== undefined) return known;
    let unique = name;
    for (let n = 2; this.names.has(unique); n++) unique = `${name}_${n}`;
    this.names.add(unique);
    this.byCode.set(module.wgsl, this.list.length);
    const kernel = { name: unique, ...module };
    this.list.push(kernel);
    schedules.set(kernel, scheduled);
    return this.list.length - 1;
  }
}
