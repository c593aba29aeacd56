/**
 * Measures the rates that the device sustains, in plain WebGPU: multiply-adds in registers, and copies. The probes take
 * turns with the contenders that they are compared with, so that other load on the machine slows all alike.
 */
import { COPY_DST, COPY_SRC, STORAGE, UNIFORM } from '../runtime/webgpu-flags.ts';
import { type Contender, repeatsFor, seconds, type Timings, timed } from './interleave.ts';

const THREADS = 1 << 18;
const WORKGROUP = 64;
/** The iterations of the loop in one dispatch. */
const TURNS = 64;
const UNROLLED = 16;

/**
 * The multiply-add probe. Two vec4 accumulators hide the latency of a multiply-add. Sixteen multiply-adds in
 * an iteration hide the loop, which Tint does not unroll.
 */
const PEAK_WGSL = `
@group(0) @binding(0) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(1) var<uniform> turns: vec4<u32>;
@compute @workgroup_size(${WORKGROUP}) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let m = vec4<f32>(0.5) + vec4<f32>(f32(id.x & 7u)) * 0.03125;
  var a = m;
  var b = m + 1.0;
  for (var t = 0u; t < turns.x; t++) {
${'    a = fma(a, m, m); b = fma(b, m, m);\n'.repeat(UNROLLED / 2)}  }
  y[id.x] = a + b;
}`;

/** The floating-point operations of one dispatch of the peak probe; a multiply-add is two. */
export const PEAK_FLOPS = THREADS * TURNS * UNROLLED * 4 * 2;

/** The bytes of each buffer of a copy, beyond the last-level cache of most processors. */
const COPY_BYTES = 1 << 26;
/** The bytes that one copy reads and writes. */
export const COPIED = 2 * COPY_BYTES;

const COPY_WGSL = `
@group(0) @binding(0) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@compute @workgroup_size(${WORKGROUP}) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  for (var i = id.x; i < ${COPY_BYTES / 16}u; i += ${THREADS}u) { y[i] = x[i]; }
}`;

/** A contender with its own buffers on the device. */
export interface Probe extends Contender {
  dispose(): void;
}

type Encode = (encoder: GPUCommandEncoder) => void;

async function probe(
  device: GPUDevice,
  name: string,
  buffers: readonly GPUBuffer[],
  encode: Encode,
): Promise<Probe> {
  const run = (repeats: number) =>
    timed(repeats, async () => {
      const encoder = device.createCommandEncoder();
      for (let i = 0; i < repeats; i++) encode(encoder);
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
    });
  const dispose = () => {
    for (const b of buffers) b.destroy();
  };
  return { name, repeats: await repeatsFor(run), run, dispose };
}

function dispatch(device: GPUDevice, code: string, buffers: readonly GPUBuffer[]): Encode {
  const module = device.createShaderModule({ code });
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'main' } });
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  return (encoder) => {
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(THREADS / WORKGROUP);
    pass.end();
  };
}

export function peakProbe(device: GPUDevice): Promise<Probe> {
  const y = device.createBuffer({ size: THREADS * 16, usage: STORAGE });
  const turns = device.createBuffer({ size: 16, usage: UNIFORM | COPY_DST });
  device.queue.writeBuffer(turns, 0, new Uint32Array([TURNS, 0, 0, 0]));
  return probe(device, 'peak', [y, turns], dispatch(device, PEAK_WGSL, [y, turns]));
}

/** The name of the faster way to copy, by its median. */
export function fastestCopy(timings: Readonly<Record<string, Timings>>): string {
  const median = (name: string) => seconds(timings[name]!).wall.median;
  return Object.values(COPIES).sort((a, b) => median(a) - median(b))[0]!;
}

const COPIES = { kernel: 'copy by a kernel', buffer: 'copyBufferToBuffer' } as const;

/** Makes probes of both ways to copy, with buffers of their own. */
export async function copyProbes(device: GPUDevice): Promise<Probe[]> {
  const usage = STORAGE | COPY_SRC | COPY_DST;
  const [from, to] = [0, 1].map(() => device.createBuffer({ size: COPY_BYTES, usage })) as [
    GPUBuffer,
    GPUBuffer,
  ];
  // Write to the source first: pages that were never written may all be one page of zeros.
  for (let at = 0; at < COPY_BYTES; at += 1 << 22)
    device.queue.writeBuffer(from, at, new Float32Array((1 << 22) / 4).fill(at + 1));
  return [
    await probe(device, COPIES.kernel, [from, to], dispatch(device, COPY_WGSL, [to, from])),
    await probe(device, COPIES.buffer, [], (e) => e.copyBufferToBuffer(from, 0, to, 0, COPY_BYTES)),
  ];
}
