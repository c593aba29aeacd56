import type { PlanRef } from './plan.ts';
import type { Profiler } from './profile.ts';
import type { Schedule } from './schedule.ts';

/** Encodes and submits a schedule: one pass for all steps, or one a step when they are timed. */
export function encodeRun(
  device: GPUDevice,
  { steps }: Schedule,
  pipelines: readonly GPUComputePipeline[],
  bindingOf: (ref: PlanRef) => GPUBufferBinding,
  uniforms: GPUBuffer | null,
  profiler: Profiler | null,
): void {
  const encoder = device.createCommandEncoder();
  const shared = profiler === null ? encoder.beginComputePass() : null;
  for (const [i, { step, kernel, grid, uniformOffset, uniformBytes }] of steps.entries()) {
    const pipeline = pipelines[step.kernel]!;
    const resources = step.bind.map(bindingOf);
    if (uniforms !== null && uniformBytes > 0) {
      resources.push({ buffer: uniforms, offset: uniformOffset, size: uniformBytes });
    }
    const group = device.createBindGroup({
      label: kernel.name,
      layout: pipeline.getBindGroupLayout(0),
      entries: resources.map((resource, binding) => ({ binding, resource })),
    });
    const pass = shared ?? encoder.beginComputePass(profiler?.pass(i));
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(...grid);
    if (shared === null) pass.end();
  }
  shared?.end();
  profiler?.resolve(encoder);
  device.queue.submit([encoder.finish()]);
}
