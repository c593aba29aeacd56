/** Runs programs on a WebGPU device: Dawn in Node, the browser's own, or one that the caller passes. */
import { CLASSES, type DeviceClass, portable } from '../../../compiler/devices/index.ts';
import { OftcError } from '../../../compiler/errors/error.ts';
import { traitsOf } from '../../../runtime/choose.ts';
import {
  type BoundData,
  DeviceTensor,
  Executable,
  OftcRuntimeError,
  requestDevice,
} from '../../../runtime/index.ts';
import { firstOverflow, hasHalves } from '../../../runtime/overflow.ts';
import { belongs } from '../../../runtime/plan.ts';
import { Precompiler } from '../../../runtime/precompile.ts';
import { decodeF16 } from '../../formats/safetensors/half.ts';
import { narrowed, toHalf } from '../half.ts';
import type { Backend, Given } from './backend.ts';
import { providedGpu } from './provided.ts';

/** Opens the default device. Rejects with DeviceMissing, whose message says what to install. */
export async function openDevice(): Promise<GPUDevice> {
  return requestDevice(await providedGpu());
}

/** The first class of devices that the device belongs to; `portable` if none. */
export function classOf(device: GPUDevice): DeviceClass {
  const traits = traitsOf(device);
  return CLASSES.find((c) => belongs(traits, c.devices)) ?? portable;
}

const singleArray = (data: Exclude<Given, GPUBuffer>): Exclude<Given, GPUBuffer | Float64Array> =>
  data instanceof Float64Array ? Float32Array.from(data) : data;

const single = (data: Given): Exclude<Given, Float64Array> =>
  ArrayBuffer.isView(data) ? singleArray(data) : data;

/** The error of work on a device that a session has destroyed. */
const deviceGone = (): OftcError =>
  new OftcError(
    'OFT4007',
    'the session that opened the device is disposed, and the device with it: read outputs, and use what merge() gave, before dispose()',
  );

/** The backend of a WebGPU device. If `owned`, dispose destroys the device. */
export function gpuBackend(device: GPUDevice, owned: boolean, profile = false): Backend {
  const own = classOf(device);
  // A device of the caller may have another GPU object, whose devices do not share what they compile.
  const precompiler = owned && own.compilesLate ? new Precompiler(openDevice, own.compilesLate) : undefined;
  let disposed = false;
  const settled = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (e) {
      throw disposed && e instanceof OftcRuntimeError && e.code === 'DeviceLost' ? deviceGone() : e;
    }
  };
  return {
    name: device.adapterInfo?.description || device.adapterInfo?.vendor || 'gpu',
    class: own,
    words: true,
    hold: (name, data) => {
      if (disposed) throw deviceGone();
      return ArrayBuffer.isView(data) ? DeviceTensor.upload(device, singleArray(data), `'${name}'`) : data;
    },
    share: (held) => (held instanceof DeviceTensor ? held.share() : held),
    free: (held) => {
      if (held instanceof DeviceTensor) held.free();
    },
    prepare: async ({ signature, plan: planned, isNew }, late = false) => {
      const plan = planned();
      const executable = await settled(Executable.create(device, plan, { profile, late }));
      const halves = narrowed(signature, plan);
      const upload = (name: string, data: Given) =>
        halves.has(name) && (data instanceof Float32Array || data instanceof Float64Array)
          ? toHalf(name, data)
          : single(data);
      const bound = new Map<string, BoundData>();
      const isHalf = hasHalves(executable.plan);
      return {
        ready: async (tokens) => {
          const compiled = await settled(executable.ready(tokens));
          if (isNew) await precompiler?.add(executable.plan, compiled);
        },
        bind: (name, data) => {
          const value = data instanceof DeviceTensor ? data : upload(name, data);
          executable.bind(name, value);
          bound.set(name, value);
        },
        run: (tokens, inputs) => {
          if (disposed) throw deviceGone();
          const uploads = Object.fromEntries(Object.entries(inputs).map(([n, d]) => [n, upload(n, d)]));
          const result = executable.run(tokens, uploads);
          const rerun = isHalf && {
            ...{ device, plan: executable.plan, tokens, inputs: uploads },
            bound: new Map(bound),
          };
          return {
            ...(rerun ? { firstOverflow: () => firstOverflow(rerun) } : {}),
            buffers: result.outputs,
            read: async (name) => {
              const data = await settled(result.read(name));
              return halves.has(name) && data instanceof Uint16Array ? decodeF16(data) : data;
            },
            done: () => settled(result.done()),
            profile: () => settled(result.profile()),
            destroy: () => result.destroy(),
          };
        },
        peakBytes: (tokens, given) => executable.peakBytes(tokens, given),
        dispose: () => executable.dispose(),
      };
    },
    dispose: () => {
      precompiler?.close();
      if (!owned) return;
      disposed = true;
      device.destroy();
    },
  };
}
