/** Opens the device that a report is about, and measures its rates. */
import '../../src/node.ts';
import { cpus, release, type as system, totalmem } from 'node:os';
import { Executable, OftcRuntimeError, type Plan, probeDevice } from '../../runtime/index.ts';
import { STORAGE } from '../../runtime/webgpu-flags.ts';
import { classOf, openDevice } from '../../src/session/backends/gpu.ts';
import { interval } from '../statistics.ts';
import type { GpuReport, Rates } from './type.ts';

const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/** The description of a machine and its device, as the report has it. */
export type Described = Pick<GpuReport, 'machine' | 'adapter' | 'class' | 'example' | 'measuredRates'>;

/**
 * The reason not to measure; undefined where there is none. `device` says whether the one at hand is software; it is
 * undefined where there is none.
 */
export function refusal(
  device: { readonly isSoftware: boolean; readonly description: string } | undefined,
  allowsSoftware: boolean,
): string | undefined {
  if (device === undefined)
    return 'there is no WebGPU device here, so there is nothing to measure: `npx oftc doctor` says what to install';
  if (device.isSoftware && !allowsSoftware)
    return (
      `the only device here is software (${device.description}), and --gpu measures a GPU. Install the GPU's own ` +
      'driver, or run the command on a machine with one. --gpu --software runs it on this device, to try the command'
    );
  return undefined;
}

/** Describes the device at hand; undefined where there is none. */
export async function describeDevice(): Promise<Described | undefined> {
  let device: GPUDevice;
  try {
    device = await openDevice();
  } catch (e) {
    if (e instanceof OftcRuntimeError && e.code === 'DeviceMissing') return undefined;
    throw e;
  }
  const { vendor, architecture, device: model, description, isFallbackAdapter } = device.adapterInfo;
  const { subgroupMinSize, subgroupMaxSize } = device.adapterInfo;
  const own = classOf(device);
  const described: Described = {
    machine: {
      system: `${system()} ${release()}, ${process.arch}`,
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memoryBytes: totalmem(),
      node: process.version,
    },
    adapter: {
      ...{ vendor, architecture, device: model, description, isSoftware: isFallbackAdapter },
      subgroups: [subgroupMinSize, subgroupMaxSize],
      features: [...device.features].sort(),
      limits: Object.fromEntries(LIMITS.map((l) => [l, device.limits[l]])),
    },
    class: own.name,
    example: own.example,
    measuredRates: await ratesOf(device, subgroupMaxSize ?? own.example.subgroup),
  };
  device.destroy();
  return described;
}

async function ratesOf(device: GPUDevice, subgroup: number): Promise<Rates> {
  const { gflops, gbps } = await probeDevice(device);
  return { flops: gflops * 1e9, bandwidth: gbps * 1e9, launch: await launchSeconds(device), subgroup };
}

/** Launches of one submission, so many that the time of submitting it hardly counts. */
const LAUNCHES = 500;
const SAMPLES = 7;

/** The seconds of a launch of one workgroup that stores one number, among many after one another. */
async function launchSeconds(device: GPUDevice): Promise<number> {
  const step = {
    kernel: 0,
    bind: [{ output: 'y' }],
    workgroups: 1,
    flops: 0,
    bytes: 4,
    label: 'y',
    source: [],
  };
  const plan: Plan = {
    ...{ format: 'oftc-plan', version: 2, name: 'launches', inputs: [] },
    outputs: [{ name: 'y', role: 'output', dtype: 'f32', shape: [64] }],
    kernels: [
      {
        name: 'store',
        wgsl: `@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(local_invocation_index) i: u32) { y[i] += 1.0; }`,
        entryPoint: 'main',
        workgroupSize: [64, 1, 1],
        workgroupBytes: 0,
        bindings: ['read_write'],
        uniforms: [],
        features: [],
      },
    ],
    classes: [
      {
        name: 'any',
        devices: {},
        variants: [{ minTokens: 0, maxTokens: null, slots: [], steps: Array(LAUNCHES).fill(step) }],
      },
    ],
  };
  const executable = await Executable.create(device, plan);
  const y = device.createBuffer({ size: 256, usage: STORAGE });
  const times: number[] = [];
  for (let n = 0; n <= SAMPLES; n++) {
    const start = performance.now();
    await executable.run(1, {}, { y }).done();
    // The first run compiles.
    if (n > 0) times.push((performance.now() - start) / 1e3 / LAUNCHES);
  }
  executable.dispose();
  y.destroy();
  return interval(times).median;
}
