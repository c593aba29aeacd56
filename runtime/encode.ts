import type { PlanRef } from './plan.ts';
import type { Profiler } from './profile.ts';
import type { Schedule, ScheduledStep } from './schedule.ts';

interface Bound {
  readonly buffers: readonly GPUBuffer[];
  readonly group: GPUBindGroup;
}

/**
 * The bind group that each step had last, for runs that bind the same buffers again: to create one takes as long as all else
 * of a step. It keeps its buffers reachable.
 */
export type BindGroups = WeakMap<ScheduledStep, Bound>;

export interface Run {
  readonly schedule: Schedule;
  readonly pipelines: readonly GPUComputePipeline[];
  readonly bindingOf: (ref: PlanRef) => GPUBufferBinding;
  readonly uniforms: GPUBuffer | null;
  readonly profiler: Profiler | null;
  readonly groups: BindGroups;
  /** Buffers of this run alone, which nothing may keep. */
  readonly passing: ReadonlySet<GPUBuffer>;
}

/** Encodes and submits a schedule: one pass for all steps, or one a step when they are timed. */
export function encodeRun(device: GPUDevice, run: Run): void {
  const { schedule, pipelines, profiler } = run;
  const encoder = device.createCommandEncoder();
  const shared = profiler === null ? encoder.beginComputePass() : null;
  for (const [i, scheduled] of schedule.steps.entries()) {
    const pipeline = pipelines[scheduled.step.kernel]!;
    const pass = shared ?? encoder.beginComputePass(profiler?.pass(i));
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup(device, run, scheduled, pipeline));
    pass.dispatchWorkgroups(...scheduled.grid);
    if (shared === null) pass.end();
  }
  shared?.end();
  profiler?.resolve(encoder);
  device.queue.submit([encoder.finish()]);
}

function bindGroup(
  device: GPUDevice,
  { bindingOf, uniforms, groups, passing }: Run,
  scheduled: ScheduledStep,
  pipeline: GPUComputePipeline,
): GPUBindGroup {
  const { step, kernel, uniformOffset, uniformBytes } = scheduled;
  const resources = step.bind.map(bindingOf);
  if (uniforms !== null && uniformBytes > 0) {
    resources.push({ buffer: uniforms, offset: uniformOffset, size: uniformBytes });
  }
  const buffers = resources.map((r) => r.buffer);
  const last = groups.get(scheduled);
  if (last !== undefined && buffers.every((b, i) => b === last.buffers[i])) return last.group;
  const group = device.createBindGroup({
    label: kernel.name,
    layout: pipeline.getBindGroupLayout(0),
    entries: resources.map((resource, binding) => ({ binding, resource })),
  });
  if (buffers.some((b) => passing.has(b))) groups.delete(scheduled);
  else groups.set(scheduled, { buffers, group });
  return group;
}
