/** Makes contenders of layers that oftc compiled. */
import { DEFAULT_CLASS, type DeviceClass } from '../compiler/devices/index.ts';
import type { Binding } from '../compiler/dims/dims.ts';
import { solveDims } from '../compiler/ir/bind.ts';
import type { Program } from '../compiler/ir/node.ts';
import { type Compilation, compileProgram } from '../compiler/pipeline.ts';
import type { Storage } from '../compiler/primitives/storage.ts';
import {
  dtypeBytes,
  Executable,
  evalExtent,
  type Plan,
  type PlanTensor,
  type StepProfile,
} from '../runtime/index.ts';
import { COPY_DST, COPY_SRC, STORAGE } from '../runtime/webgpu-flags.ts';
import { dequantize, quantize, wordsOf } from '../src/formats/quantized/index.ts';
import { decodeF16, encodeF16 } from '../src/formats/safetensors/half.ts';
import { planOf } from '../src/session/session.ts';
import type { TuningTable } from '../src/tune/table.ts';
import { type Contender, repeatsFor, timed } from './interleave.ts';

/** A Plan and the token count to run it at. */
export interface Job {
  readonly plan: Plan;
  readonly tokens: number;
  /** The number of sequences of equal length that the tokens are; 1 by default. */
  readonly sequences?: number;
  /** The storages of inputs that the device holds quantised. */
  readonly stored?: Readonly<Record<string, Storage>>;
}

export interface CompileRequest {
  readonly dims: Binding;
  readonly gradients: boolean;
  readonly asWritten?: boolean;
  readonly stored?: Readonly<Record<string, Storage>>;
}

export const compilationOf = (
  program: Program,
  { dims, gradients, asWritten = false, stored = {} }: CompileRequest,
): Compilation =>
  compileProgram(program, {
    sizes: solveDims(program, dims),
    gradients,
    asWritten,
    stored,
    profile: device.chosenBy,
  });

let device: DeviceClass = DEFAULT_CLASS;

/** Sets the class of devices that everything is compiled for. */
export const compileFor = (own: DeviceClass): void => {
  device = own;
};

/** The class of devices that everything is compiled for. */
export const classInUse = (): DeviceClass => device;

let tuning: TuningTable | undefined;

/** Sets the tuning table whose schedules everything compiled from now on uses. */
export const tuneBy = (table: TuningTable): void => {
  tuning = table;
};

export const compiled = (program: Program, request: CompileRequest): Plan =>
  planOf(compilationOf(program, request), { tuning, devices: [device] });

export const elements = (t: PlanTensor, tokens: number): number =>
  t.shape.reduce<number>((p, e) => p * evalExtent(e, tokens), 1);

export const tensorBytes = (t: PlanTensor, tokens: number): number =>
  t.storage?.bytes ?? dtypeBytes(t.dtype) * elements(t, tokens);

/** Gives the values of an input by its name and number of elements. */
export type Fill = (name: string, elements: number) => Float32Array<ArrayBuffer>;

/** A contender: a Plan with its inputs and outputs on the device. */
export interface Compiled extends Contender {
  /** Runs once more and reads every output as 32-bit floats. */
  readAll(): Promise<Record<string, Float32Array>>;
  /** Runs once more and reads the device's times; for a Plan that is placed with `profile` alone. */
  profile(): Promise<StepProfile[]>;
  dispose(): void;
}

/**
 * Device buffers by tensor. Tensors of equal name and size have equal values, so contenders share their
 * buffers. The addresses are then equal, too: on a CPU, the pages of a product's operands can change its time
 * by a third.
 */
export class Pool {
  readonly #device: GPUDevice;
  readonly #buffers = new Map<string, GPUBuffer>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  input(name: string, data: ArrayBufferView): GPUBuffer {
    return this.#take(`${name} in ${data.byteLength}`, () => inputBuffer(this.#device, data));
  }

  output(name: string, bytes: number): GPUBuffer {
    return this.#take(`${name} out ${bytes}`, () => outputBuffer(this.#device, bytes));
  }

  destroy(): void {
    for (const b of this.#buffers.values()) b.destroy();
  }

  #take(key: string, create: () => GPUBuffer): GPUBuffer {
    const buffer = this.#buffers.get(key) ?? create();
    this.#buffers.set(key, buffer);
    return buffer;
  }
}

/**
 * The number of builds of each kernel in a comparison. Builds of the same text differ in time by up to a
 * third.
 */
export const BUILDS = 5;

export interface Placement {
  /** A pool of inputs and outputs to share with other contenders; the caller destroys it. */
  readonly pool?: Pool;
  /** The number of sets of inputs that runs use in turn, so that no cache holds a weight from the run before. */
  readonly sets?: number;
  /** The number of times that the same kernels are compiled; samples use the builds in turn. */
  readonly builds?: number;
  /** Whether runs take timestamps around each kernel, which makes each a pass of its own. */
  readonly profile?: boolean;
  readonly atMost?: number;
}

/** The Plan with a comment at the end of each kernel, so that no cache knows its text. */
const rebuilt = (plan: Plan, build: number): Plan =>
  build === 0
    ? plan
    : { ...plan, kernels: plan.kernels.map((k) => ({ ...k, wgsl: `${k.wgsl}\n// build ${build}\n` })) };

export async function place(
  device: GPUDevice,
  name: string,
  { plan, tokens, stored = {} }: Job,
  fill: Fill,
  { sets = 1, builds = 1, profile = false, atMost, pool }: Placement = {},
): Promise<Compiled> {
  const executables = await Promise.all(
    Array.from({ length: builds }, (_, build) =>
      Executable.create(device, rebuilt(plan, build), { profile }),
    ),
  );
  const buffers = pool ?? new Pool(device);
  const inputs = Array.from({ length: sets }, (_, set) =>
    Object.fromEntries(
      plan.inputs.map((t) => {
        const values = fill(t.name, elements(t, tokens));
        return [t.name, buffers.input(`${t.name} ${set}`, contentOf(t, values, stored[t.name]))] as const;
      }),
    ),
  );
  // Pass the outputs, because a run that allocates them also clears them.
  const outputs = Object.fromEntries(
    plan.outputs.map((t) => [t.name, buffers.output(t.name, dtypeBytes(t.dtype) * elements(t, tokens))]),
  );
  let turn = 0;
  const submit = (build = 0) => executables[build]!.run(tokens, inputs[turn++ % sets], outputs);
  // Run each build once, since a driver compiles at the first dispatch.
  for (let build = 1; build < builds; build++) await submit(build).done();
  let sample = 0;
  const run = (repeats: number) => {
    const build = sample++ % builds;
    return timed(repeats, async () => {
      for (let i = 1; i < repeats; i++) submit(build);
      await submit(build).done();
    });
  };
  const dispose = () => {
    for (const e of executables) e.dispose();
    if (!pool) buffers.destroy();
  };
  const readAll = async () => {
    const read = Object.entries(await submit().readAll());
    return Object.fromEntries(
      read.map(([n, v]) => [n, v instanceof Uint16Array ? decodeF16(v) : Float32Array.from(v)]),
    );
  };
  return {
    name,
    repeats: await repeatsFor(run),
    run,
    ...(atMost === undefined ? {} : { atMost }),
    readAll,
    profile: () => submit().profile(),
    dispose,
  };
}

function contentOf(t: PlanTensor, values: Float32Array<ArrayBuffer>, storage: Storage | undefined) {
  if (storage) return wordsOf(quantizedAs(t, values, storage), storage);
  if (t.dtype === 'i32') return Int32Array.from(values);
  return t.dtype === 'f16' ? encodeF16(values) : values;
}

const quantizedAs = (t: PlanTensor, values: Float32Array, storage: Storage) =>
  quantize(
    values,
    t.shape.map((e) => evalExtent(e, 0)),
    storage,
  );

/** The values of a job's inputs: the decoded ones for quantised inputs. */
export const heldValues =
  ({ plan, stored = {} }: Job, fill: Fill): Fill =>
  (name, count) => {
    const storage = stored[name];
    const values = fill(name, count);
    if (!storage) return values;
    const t = plan.inputs.find((i) => i.name === name)!;
    return Float32Array.from(dequantize(quantizedAs(t, values, storage)));
  };

function inputBuffer(device: GPUDevice, data: ArrayBufferView): GPUBuffer {
  const buffer = device.createBuffer({
    size: Math.ceil(data.byteLength / 4) * 4,
    usage: STORAGE | COPY_DST,
    mappedAtCreation: true,
  });
  new Uint8Array(buffer.getMappedRange()).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  buffer.unmap();
  return buffer;
}

const outputBuffer = (device: GPUDevice, bytes: number): GPUBuffer =>
  device.createBuffer({ size: Math.max(4, Math.ceil(bytes / 4) * 4), usage: STORAGE | COPY_SRC | COPY_DST });
