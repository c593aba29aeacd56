/** `oftc doctor`: says what oftc runs on here, or what is missing. */
import { DEVICES } from '../../../compiler/devices/index.ts';
import { type DeviceSpeed, OftcRuntimeError, probeDevice, requestDevice } from '../../../runtime/index.ts';
import { nodeGpu } from '../../../runtime/node.ts';
import { short } from '../../explain/units.ts';
import { classOf } from '../../session/backends/gpu.ts';
import { EXIT } from '../exit.ts';
import { howToInstall } from '../install.ts';
import { type Io, print, printJson, withProgress } from '../io.ts';
import { versionOf } from '../package.ts';

const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBuffersPerShaderStage',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

interface DeviceReport {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  /** The adapter's description; on Vulkan, the driver and its version. */
  readonly description: string;
  /** The class of devices that programs are compiled for here. */
  readonly class: string;
  /** Whether the adapter is software that runs on the CPU: llvmpipe, SwiftShader, WARP. */
  readonly software: boolean;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
  readonly speed: DeviceSpeed;
}

/** Reports on the device. The exit code is 0 with a device, 1 without. */
export async function doctor(io: Io): Promise<number> {
  const versions = { oftc: versionOf('oftc'), node: process.versions.node, webgpu: versionOf('webgpu') };
  const platform = `${process.platform}-${process.arch}`;
  try {
    const device = await withProgress(io, 'Measuring the device', inspect);
    if (io.json) printJson(io, { versions, platform, device });
    else print(io, [header(versions, platform), ...describe(device)].join('\n'));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof OftcRuntimeError && error.code === 'DeviceMissing')) throw error;
    const install = howToInstall();
    if (io.json) printJson(io, { versions, platform, device: null, problem: error.message, install });
    else {
      const cpu = 'Until then, `oftc run --device cpu` computes the float64 reference.';
      print(io, [header(versions, platform), 'No WebGPU device.', install, cpu].join('\n'));
    }
    return EXIT.refused;
  }
}

async function inspect(): Promise<DeviceReport> {
  const gpu = await nodeGpu();
  const device = await requestDevice(gpu);
  try {
    const { vendor, architecture, device: model, description, isFallbackAdapter } = device.adapterInfo;
    return {
      vendor,
      architecture,
      device: model,
      description,
      class: classOf(device).name,
      software: isFallbackAdapter,
      features: [...device.features].sort(),
      limits: Object.fromEntries(LIMITS.map((l) => [l, device.limits[l]])),
      speed: await probeDevice(device),
    };
  } finally {
    device.destroy();
  }
}

const header = (versions: Readonly<Record<string, string>>, platform: string): string =>
  `oftc ${versions.oftc}, Node ${versions.node}, webgpu ${versions.webgpu} (Dawn), ${platform}`;

function describe(d: DeviceReport): string[] {
  const rows: [string, string][] = [
    ['device', d.description || d.device],
    ['class', `${d.class}: ${DEVICES[d.class]!.says}`],
    ['vendor', [d.vendor, d.architecture].filter(Boolean).join(', ')],
    ['features', d.features.join(', ') || 'none'],
    ...Object.entries(d.limits).map(([name, value]): [string, string] => [name, String(value)]),
    ['multiply-add', `${short(d.speed.gflops * 1e9)}FLOP/s in f32`],
    ['copy', `${short(d.speed.gbps * 1e9)}B/s, read and written`],
    ['clock', d.speed.clock],
  ];
  return [
    ...rows.map(([name, value]) => `  ${name.padEnd(34)}${value}`),
    ...(d.software
      ? ['This is a software device: the processor plays the GPU. Results are right, speed is not a GPU’s.']
      : []),
  ];
}
