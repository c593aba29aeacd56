/** The control of the load tests: what a Plan does, by plain WebGPU calls and nothing of the runtime's. */
import { classFor, traitsOf } from '../../runtime/choose.ts';
import { evalExtent, type Plan, type PlanKernel, type PlanRef, type PlanStep } from '../../runtime/plan.ts';

const { MAP_READ, COPY_SRC, COPY_DST, UNIFORM, STORAGE } = {
  ...{ MAP_READ: 1, COPY_SRC: 4, COPY_DST: 8, UNIFORM: 64, STORAGE: 128 },
};
const padded = (bytes: number): number => Math.max(4, Math.ceil(bytes / 4) * 4);

/** A device with the buffers, pipelines and bind groups of a Plan. */
export class BareRun {
  readonly #device: GPUDevice;
  readonly #plan: Plan;
  readonly #tokens: number;
  readonly #steps: readonly PlanStep[];
  readonly #pipelines: ReadonlyMap<number, GPUComputePipeline>;
  readonly #held: ReadonlyMap<string, GPUBuffer>;

  private constructor(
    device: GPUDevice,
    plan: Plan,
    tokens: number,
    pipelines: ReadonlyMap<number, GPUComputePipeline>,
  ) {
    this.#device = device;
    this.#plan = plan;
    this.#tokens = tokens;
    this.#pipelines = pipelines;
    const variant = variantOf(device, plan, tokens);
    this.#steps = variant.steps;
    const held = new Map<string, GPUBuffer>();
    for (const [i, slot] of variant.slots.entries())
      held.set(`slot ${i}`, this.#buffer(evalExtent(slot, tokens), STORAGE));
    for (const t of plan.inputs) held.set(t.name, this.#buffer(this.#bytes(t.shape), STORAGE | COPY_DST));
    this.#held = held;
  }

  /** Opens a device of its own, and compiles every kernel that the Plan runs there. */
  static async open(gpu: GPU, plan: Plan, tokens: number): Promise<BareRun> {
    const adapter = (await gpu.requestAdapter())!;
    const requiredFeatures = (['shader-f16', 'subgroups', 'timestamp-query'] as const).filter((f) =>
      adapter.features.has(f),
    );
    const { maxComputeWorkgroupStorageSize, maxStorageBuffersPerShaderStage } = adapter.limits;
    const device = await adapter.requestDevice({
      requiredFeatures,
      requiredLimits: { maxComputeWorkgroupStorageSize, maxStorageBuffersPerShaderStage },
    });
    const used = new Set(variantOf(device, plan, tokens).steps.map((s) => s.kernel));
    const pipelines = await Promise.all(
      [...used].map(async (k) => [k, await compiled(device, plan.kernels[k]!)] as const),
    );
    return new BareRun(device, plan, tokens, new Map(pipelines));
  }

  /** Runs all steps, and reads every output. */
  async once(): Promise<void> {
    const device = this.#device;
    const outputs = new Map(
      this.#plan.outputs.map((o) => [o.name, this.#buffer(this.#bytes(o.shape), STORAGE | COPY_SRC)]),
    );
    const inputs = this.#plan.inputs.map((t) => new Float32Array(padded(this.#bytes(t.shape)) / 4).fill(0.1));
    for (const [i, t] of this.#plan.inputs.entries())
      device.queue.writeBuffer(this.#held.get(t.name)!, 0, inputs[i]!);
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const step of this.#steps) this.#encode(pass, step, outputs);
    pass.end();
    const staged = [...outputs.values()].map((from) => {
      const to = this.#buffer(from.size, MAP_READ | COPY_DST);
      encoder.copyBufferToBuffer(from, 0, to, 0, from.size);
      return to;
    });
    device.queue.submit([encoder.finish()]);
    for (const to of staged) {
      await to.mapAsync(1);
      to.getMappedRange().slice(0);
      to.destroy();
    }
    for (const o of outputs.values()) o.destroy();
  }

  close(): void {
    for (const b of this.#held.values()) b.destroy();
    this.#device.destroy();
  }

  #encode(pass: GPUComputePassEncoder, step: PlanStep, outputs: ReadonlyMap<string, GPUBuffer>): void {
    const device = this.#device;
    const kernel = this.#plan.kernels[step.kernel]!;
    const pipeline = this.#pipelines.get(step.kernel)!;
    const bufferOf = (ref: PlanRef) =>
      'input' in ref
        ? this.#held.get(ref.input)!
        : 'slot' in ref
          ? this.#held.get(`slot ${ref.slot}`)!
          : outputs.get(ref.output)!;
    const buffers = step.bind.map(bufferOf);
    if (kernel.uniforms.length > 0) {
      const words = Uint32Array.from(kernel.uniforms, (u) => evalExtent(u, this.#tokens));
      const uniforms = this.#buffer(Math.ceil(words.byteLength / 16) * 16, UNIFORM | COPY_DST);
      device.queue.writeBuffer(uniforms, 0, words);
      buffers.push(uniforms);
    }
    pass.setPipeline(pipeline);
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
    pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    pass.dispatchWorkgroups(evalExtent(step.workgroups, this.#tokens));
  }

  #buffer(bytes: number, usage: number): GPUBuffer {
    return this.#device.createBuffer({ size: padded(bytes), usage });
  }

  #bytes(shape: Plan['inputs'][number]['shape']): number {
    return 4 * shape.reduce<number>((n, e) => n * evalExtent(e, this.#tokens), 1);
  }
}

const variantOf = (device: GPUDevice, plan: Plan, tokens: number) =>
  classFor(traitsOf(device), plan).variants.find((v) => v.maxTokens === null || tokens <= v.maxTokens)!;

const compiled = (device: GPUDevice, kernel: PlanKernel): Promise<GPUComputePipeline> => {
  const types = kernel.bindings.map(
    (b): GPUBufferBindingType => (b === 'read' ? 'read-only-storage' : 'storage'),
  );
  const all = kernel.uniforms.length > 0 ? [...types, 'uniform' as const] : types;
  const entries = all.map((type, binding) => ({ binding, visibility: 4, buffer: { type } }));
  const layout = device.createPipelineLayout({
    bindGroupLayouts: [device.createBindGroupLayout({ entries })],
  });
  const module = device.createShaderModule({ code: kernel.wgsl });
  return device.createComputePipelineAsync({ layout, compute: { module, entryPoint: kernel.entryPoint } });
};
