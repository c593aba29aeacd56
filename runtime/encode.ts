import type { PlanRef } from './plan.ts';
import type { Profiler } from './profile.ts';
import type { SizedPlan, SizedStep } from './schedule.ts';

interface BoundGroup {
  readonly buffers: readonly GPUBuffer[];
  readonly group: GPUBindGroup;
}

/**
 * The bind group that each step had last, for runs that bind the same buffers again: to create one takes as long as
 * all else of a step. A bind group keeps its buffers reachable.
 */
export type BindGroups = WeakMap<SizedStep, BoundGroup>;

export interface Run {
  readonly sizedPlan: SizedPlan;
  /** The pipelines by kernel, all that the steps need. */
  readonly pipelines: readonly (GPUComputePipeline | undefined)[];
  readonly bindingOf: (ref: PlanRef) => GPUBufferBinding;
  readonly uniforms: GPUBuffer | null;
  readonly profiler: Profiler | null;
  readonly groups: BindGroups;
  /** The buffers of this run alone, which no cache may keep. */
  readonly passing: ReadonlySet<GPUBuffer>;
}

/** Encodes and submits a sized Plan: one pass for all steps, or one a step when they are timed. */
export function encodeRun(device: GPUDevice, run: Run): void {
  const { sizedPlan, pipelines, profiler } = run;
  const encoder = device.createCommandEncoder();
  const shared = profiler === null ? encoder.beginComputePass() : null;
  for (const [i, sized] of sizedPlan.steps.entries()) {
    const pipeline = pipelines[sized.step.kernel]!;
    const pass = shared ?? encoder.beginComputePass(profiler?.pass(i));
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup(device, run, sized, pipeline));
    pass.dispatchWorkgroups(...sized.grid);
    if (shared === null) pass.end();
  }
  shared?.end();
  profiler?.resolve(encoder);
  device.queue.submit([encoder.finish()]);
}

function bindGroup(
  device: GPUDevice,
  { bindingOf, uniforms, groups, passing }: Run,
  sized: SizedStep,
  pipeline: GPUComputePipeline,
): GPUBindGroup {
  const { step, kernel, uniformOffset, uniformBytes } = sized;
  const resources = step.bind.map(bindingOf);
  if (uniforms !== null && uniformBytes > 0) {
    resources.push({ buffer: uniforms, offset: uniformOffset, size: uniformBytes });
  }
  const buffers = resources.map((r) => r.buffer);
  const last = groups.get(sized);
  if (last !== undefined && buffers.every((b, i) => b === last.buffers[i])) return last.group;
  const group = device.createBindGroup({
    label: kernel.name,
    layout: pipeline.getBindGroupLayout(0),
    entries: resources.map((resource, binding) => ({ binding, resource })),
  });
  if (buffers.some((b) => passing.has(b))) groups.delete(sized);
  else groups.set(sized, { buffers, group });
  return group;
}
