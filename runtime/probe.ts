import { deviceOf } from './arguments.ts';
import { Executable } from './executable.ts';
import { type Extent, evalExtent, type Plan, type PlanTensor } from './plan.ts';
import { STORAGE } from './webgpu-flags.ts';

/** The rates that a device sustains; medians of several measurements. */
export interface DeviceSpeed {
  /** The rate of f32 multiply-adds in registers, two operations each: 10⁹ operations a second. */
  readonly gflops: number;
  /** The rate of a copy by a kernel, bytes read plus bytes written: 10⁹ bytes a second. */
  readonly gbps: number;
  /** The clock: the device's own timestamps, or the wall time around submission. */
  readonly clock: 'timestamps' | 'wall';
}

const SAMPLES = 5;
/** The length of a sample, so long that quantised timestamps (65 µs) and submission (30 µs) do not count. */
const SAMPLE_NS = 1e7;
const MAX_REPEATS = 1 << 20;

/** The number of threads, which fills a large GPU; a power of two, so that indices wrap by a mask. */
const THREADS = 1 << 18;
/** The number of 16-byte vectors in each buffer of the copy: 64 MiB, beyond most caches. */
const COPY_VECTORS = 1 << 22;

/** Measures a device in a few hundred milliseconds. Rejects as Executable does. */
export async function probeDevice(device: GPUDevice): Promise<DeviceSpeed> {
  deviceOf(device, 'the device of probeDevice()');
  return {
    gflops: await rate(device, multiplyAdd),
    gbps: await rate(device, copy),
    clock: device.features.has('timestamp-query') ? 'timestamps' : 'wall',
  };
}

/** Work per nanosecond of a probe, whose `tokens` are repetitions. */
async function rate(device: GPUDevice, { plan, work, inputFloats, outputFloats }: Probe): Promise<number> {
  const profile = device.features.has('timestamp-query');
  const executable = await Executable.create(device, plan, { profile });
  if (inputFloats > 0) executable.bind('x', new Float32Array(inputFloats));
  // The buffer is allocated once: a fresh one would be cleared within the time measured.
  const y = device.createBuffer({ size: outputFloats * 4, usage: STORAGE });
  const measure = async (repeats: number): Promise<number> => {
    const start = performance.now();
    const result = executable.run(repeats, {}, { y });
    await result.done();
    const wall = (performance.now() - start) * 1e6;
    const ns = profile ? (await result.profile())[0]!.ns : wall;
    result.destroy();
    return ns;
  };
  try {
    await measure(1); // drivers may compile at the first dispatch
    let repeats = 1;
    while ((await measure(repeats)) < SAMPLE_NS && repeats < MAX_REPEATS) repeats *= 2;
    const times: number[] = [];
    for (let i = 0; i < SAMPLES; i++) times.push(await measure(repeats));
    return evalExtent(work, repeats) / times.sort((a, b) => a - b)[SAMPLES >> 1]!;
  } finally {
    executable.dispose();
    y.destroy();
  }
}

interface Probe {
  readonly plan: Plan;
  readonly work: Extent;
  readonly inputFloats: number;
  readonly outputFloats: number;
}

/** Makes a probe of one kernel, whose THREADS invocations `i` read x, if `reads`, and write y. */
function probe(name: string, vectors: number, reads: boolean, workPerRepeat: number, body: string): Probe {
  const x: PlanTensor = { name: 'x', role: 'input', dtype: 'f32', shape: [vectors * 4] };
  const work: Extent = { op: 'mul', a: 'tokens', b: workPerRepeat };
  const wgsl = `
@group(0) @binding(0) var<storage, read_write> y: array<vec4<f32>>;
${reads ? '@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;' : ''}
@group(0) @binding(${reads ? 2 : 1}) var<uniform> repeats: vec4<u32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;${body}
}`;
  const plan: Plan = {
    format: 'oftc-plan',
    version: 2,
    name: `probe ${name}`,
    inputs: reads ? [x] : [],
    outputs: [{ ...x, name: 'y', role: 'output' }],
    kernels: [
      {
        name,
        wgsl,
        entryPoint: 'main',
        workgroupSize: [64, 1, 1],
        workgroupBytes: 0,
        bindings: reads ? ['read_write', 'read'] : ['read_write'],
        uniforms: ['tokens'],
        features: [],
      },
    ],
    classes: [
      {
        name: 'probe',
        devices: {},
        variants: [
          {
            minTokens: 0,
            maxTokens: null,
            slots: [],
            steps: [
              {
                kernel: 0,
                bind: reads ? [{ output: 'y' }, { input: 'x' }] : [{ output: 'y' }],
                workgroups: THREADS / 64,
                flops: reads ? 0 : work,
                bytes: reads ? work : 0,
                label: name,
                source: [],
              },
            ],
          },
        ],
      },
    ],
  };
  return { plan, work, inputFloats: reads ? vectors * 4 : 0, outputFloats: vectors * 4 };
}

/**
 * Two accumulators hide the latency of a multiply-add. Sixteen multiply-adds in an iteration hide the loop,
 * which Tint does not unroll.
 */
const multiplyAdd = probe(
  'multiply_add',
  THREADS,
  false,
  THREADS * 16 * 4 * 2,
  `
  let m = vec4<f32>(0.5) + vec4<f32>(f32(i & 7u)) * 0.03125;
  var a = m;
  var b = m + 1.0;
  for (var r = 0u; r < repeats.x; r++) {
    ${'a = fma(a, m, m); b = fma(b, m, m); '.repeat(8)}
  }
  y[i] = a + b;`,
);

const copy = probe(
  'copy',
  COPY_VECTORS,
  true,
  THREADS * 16 * 2,
  `
  for (var r = 0u; r < repeats.x; r++) {
    let at = (r * ${THREADS}u + i) & ${COPY_VECTORS - 1}u;
    y[at] = x[at];
  }`,
);
