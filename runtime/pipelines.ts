import type { DeviceWatch } from './device-loss.ts';
import { scoped } from './error-scope.ts';
import { OftcRuntimeError } from './errors.ts';
import { type DevicePlan, dispatchesOf, type PlanKernel } from './plan.ts';
import { stepName } from './plan-check.ts';
import { STAGE_COMPUTE } from './webgpu-flags.ts';

/** Compiled pipelines by kernel interface and source: Plans of equal layers share them. */
const caches = new WeakMap<GPUDevice, Map<string, Promise<GPUComputePipeline>>>();

/** The pipelines of kernels of the plan, in their order. Rejects with ShaderError naming kernel, step, source and position. */
export function compileKernels(
  watch: DeviceWatch,
  plan: DevicePlan,
  kernels: readonly number[],
): Promise<GPUComputePipeline[]> {
  let cache = caches.get(watch.device);
  if (cache === undefined) {
    cache = new Map();
    caches.set(watch.device, cache);
  }
  return Promise.all(kernels.map((k) => compileCached(cache, watch, plan, plan.kernels[k]!, k)));
}

async function compileCached(
  cache: Map<string, Promise<GPUComputePipeline>>,
  watch: DeviceWatch,
  plan: DevicePlan,
  kernel: PlanKernel,
  index: number,
): Promise<GPUComputePipeline> {
  const { entryPoint, bindings, uniforms, wgsl } = kernel;
  const key = [entryPoint, bindings, uniforms.length > 0, wgsl].join('\n');
  let pipeline = cache.get(key);
  if (pipeline === undefined) {
    pipeline = compile(watch, kernel);
    cache.set(key, pipeline);
  }
  try {
    return await pipeline;
  } catch (cause) {
    cache.delete(key);
    watch.check();
    if (cause instanceof OftcRuntimeError && cause.code === 'DeviceLost') throw cause;
    const step = plan.variants
      .flatMap((v) => v.steps)
      .find((s) => dispatchesOf(s).some((d) => d.kernel === index));
    throw new OftcRuntimeError(
      'ShaderError',
      `kernel '${kernel.name}' of plan '${plan.name}'${step ? ` for ${stepName(step)}` : ''} does not compile ` +
        `on this device:\n${(cause as Error).message}`,
      { cause, source: step?.source ?? [] },
    );
  }
}

async function compile(watch: DeviceWatch, kernel: PlanKernel): Promise<GPUComputePipeline> {
  const { value, error } = scoped(watch, `kernel '${kernel.name}'`, (device) => {
    const module = device.createShaderModule({ label: kernel.name, code: kernel.wgsl });
    const layout = device.createPipelineLayout({ bindGroupLayouts: [groupLayout(device, kernel)] });
    const pipeline = device.createComputePipelineAsync({
      label: kernel.name,
      layout,
      compute: { module, entryPoint: kernel.entryPoint },
    });
    return { module, pipeline };
  });
  const [pipeline] = await Promise.allSettled([watch.orLost(value.pipeline)]);
  const refused = await error;
  if (pipeline.status === 'fulfilled' && refused === null) return pipeline.value;
  const { messages } = await watch.orLost(value.module.getCompilationInfo());
  const errors = messages.filter((m) => m.type === 'error');
  if (errors.length > 0) throw new Error(errors.map((m) => describe(m, kernel.wgsl)).join('\n'));
  throw refused ?? (pipeline as PromiseRejectedResult).reason;
}

function describe({ lineNum, linePos, message }: GPUCompilationMessage, wgsl: string): string {
  return `${lineNum}:${linePos} ${message}\n  ${wgsl.split('\n')[lineNum - 1] ?? ''}`;
}

/** The layout is explicit, because 'auto' leaves out bindings that the code does not use. */
function groupLayout(device: GPUDevice, kernel: PlanKernel): GPUBindGroupLayout {
  const types: GPUBufferBindingType[] = kernel.bindings.map((b) =>
    b === 'read' ? 'read-only-storage' : 'storage',
  );
  if (kernel.uniforms.length > 0) types.push('uniform');
  return device.createBindGroupLayout({
    entries: types.map((type, binding) => ({ binding, visibility: STAGE_COMPUTE, buffer: { type } })),
  });
}
