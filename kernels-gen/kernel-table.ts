/** The kernels of a Plan, each code once. */
import type { PlanKernel } from '../runtime/plan.ts';
import type { Module } from './wgsl/module.ts';

export class KernelTable {
  readonly list: PlanKernel[] = [];
  private readonly byCode = new Map<string, number>();
  private readonly names = new Set<string>();

  /** The index of the kernel with this code. A new kernel gets a name that begins with `name` and is unique. */
  add(module: Module, name: string): number {
    // All other fields of a module follow from its code.
    const known = this.byCode.get(module.wgsl);
    if (known !== undefined) return known;
    let unique = name;
    for (let n = 2; this.names.has(unique); n++) unique = `${name}_${n}`;
    this.names.add(unique);
    this.byCode.set(module.wgsl, this.list.length);
    this.list.push({ name: unique, ...module });
    return this.list.length - 1;
  }
}
