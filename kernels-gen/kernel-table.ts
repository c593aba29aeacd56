/** The kernels of a Plan: those with equal code are one. */
import type { PlanKernel } from '../runtime/plan.ts';
import type { Module } from './wgsl/module.ts';

export class KernelTable {
  readonly list: PlanKernel[] = [];
  private readonly byCode = new Map<string, number>();
  private readonly names = new Set<string>();

  /** Index of the kernel; `name` is made unique when it is new. */
  add(module: Module, name: string): number {
    // The code decides everything else that a module says.
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
