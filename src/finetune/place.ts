/** Holds a model's tensors and runs its Plans on a device or on the float64 reference. */
import { watchDevice } from '../../runtime/device-loss.ts';
import { firstError, scoped } from '../../runtime/error-scope.ts';
import type { OftcRuntimeError } from '../../runtime/errors.ts';
import { type Ledger, ledgerOf, Memory } from '../../runtime/memory.ts';
import { padded } from '../../runtime/schedule.ts';
import { toArray } from '../../runtime/tensors.ts';
import { upload } from '../../runtime/upload.ts';
import { COPY_DST, COPY_SRC, STORAGE } from '../../runtime/webgpu-flags.ts';
import { errorOf, writes, writesPart } from '../../runtime/written.ts';
import type { PlanStore } from '../plans/store.ts';
import type { Backend } from '../session/backends/backend.ts';
import { cpuBackend } from '../session/backends/cpu.ts';
import { gpuBackend, openDevice } from '../session/backends/gpu.ts';
import type { SessionOptions } from '../session/session.ts';
import type { HostArray } from '../session/tensors.ts';
import type { Activations } from './stage-options.ts';

/** A tensor in the memory of the place that computes with it. */
export type Value = HostArray | GPUBuffer;

/** A tensor that is held until freed. */
export interface PlacedTensor {
  readonly value: Value;
  readonly elements: number;
  /** Reads the elements after everything submitted so far. */
  read(): Promise<HostArray>;
  free(): void;
}

/** A copy of `count` f32 elements, from element `first` of a tensor to element `at` of another. */
export interface Copy {
  readonly from: Value;
  readonly first: number;
  readonly count: number;
  readonly to: Value;
  readonly at: number;
}

export interface Place {
  readonly backend: Backend;
  /** Where compiled Plans are kept. */
  readonly plans?: PlanStore | undefined;
  /** How stages store the tensors that grow with tokens; in 32 bits by default. */
  readonly activations?: Activations | undefined;
  /** Bytes of the largest tensor that a Plan can read. */
  readonly largest: number;
  /** The count of device memory held; undefined on the reference. */
  readonly ledger: Ledger | undefined;
  /** Copies the elements to the place. Reading rejects with OutOfMemory if there was no room. */
  hold(label: string, data: Float32Array | Int32Array): PlacedTensor;
  /**
   * Resolves when all copies have arrived: until then the device's queue holds a second copy of each. Rejects as `checked`
   * does.
   */
  settled(): Promise<void>;
  /** Rejects with the first error of the copies since the last call, such as OutOfMemory. */
  checked(): Promise<void>;
  /** A tensor of zeros. Rejects with OutOfMemory if there is no room. */
  room(label: string, elements: number): Promise<PlacedTensor>;
  /** Copies between tensors, after everything submitted so far. */
  copy(copies: readonly Copy[]): void;
  /** The most elements of small tensors that are worth joining, because each launch of a kernel takes time. */
  readonly joins: number;
  dispose(): void;
}

/** The elements of a device's joined tensors: 4 MiB, on which a kernel takes longer than its launch. */
export const JOINS = 2 ** 20;

/** A copy of an array at the place; the reference's own 64-bit arrays are used without a copy. */
export const placedOn = (place: Place, label: string, data: HostArray): PlacedTensor =>
  data instanceof Float32Array || data instanceof Int32Array
    ? place.hold(label, data)
    : { value: data, elements: data.length, read: async () => data, free: () => {} };

export async function openPlace(
  device: NonNullable<SessionOptions['device']> = 'gpu',
  plans?: PlanStore,
): Promise<Place> {
  if (device === 'cpu') return cpuPlace;
  const place = device === 'gpu' ? gpuPlace(await openDevice(), true) : gpuPlace(device, false);
  return { ...place, plans };
}

const cpuPlace: Place = {
  backend: cpuBackend,
  largest: Infinity,
  ledger: undefined,
  hold: (_, data) => ({ value: data, elements: data.length, read: async () => data, free: () => {} }),
  settled: async () => {},
  checked: async () => {},
  room: async (label, elements) => placedOn(cpuPlace, label, new Float64Array(elements)),
  copy: (copies) => {
    for (const { from, first, count, to, at } of copies)
      onHost(to).set(onHost(from).subarray(first, first + count), at);
  },
  joins: 0,
  dispose: () => {},
};

function onHost(value: Value): HostArray {
  if (ArrayBuffer.isView(value)) return value;
  throw new TypeError('the reference computes on the host');
}

function onDevice(value: Value): GPUBuffer {
  if (!ArrayBuffer.isView(value)) return value;
  throw new TypeError('a device computes in its own memory');
}

/** Keeps the first error of work that is asked for at times, or never. Work that went well is forgotten at once. */
function errorsUntilChecked() {
  const pending = new Set<Promise<OftcRuntimeError | null>>();
  let first: { readonly place: number; readonly error: OftcRuntimeError } | undefined;
  let count = 0;
  return {
    add: (work: Promise<OftcRuntimeError | null>): void => {
      const place = count++;
      pending.add(work);
      void work.then((error) => {
        pending.delete(work);
        if (error !== null && (first === undefined || place < first.place)) first = { place, error };
      });
    },
    /** Rejects with the first error since the last call. */
    checked: async (): Promise<void> => {
      await Promise.all(pending);
      const error = first?.error;
      first = undefined;
      if (error !== undefined) throw error;
    },
  };
}

function gpuPlace(device: GPUDevice, owned: boolean): Place {
  const backend = gpuBackend(device, owned);
  const watch = watchDevice(device);
  const memory = new Memory(watch);
  const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
  const all = new Set<PlacedTensor>();
  const errors = errorsUntilChecked();
  const allocated = (label: string, elements: number, dtype: 'f32' | 'i32') => {
    const bytes = elements * Float32Array.BYTES_PER_ELEMENT;
    const allocation = memory.allocate('inputs', label, padded(bytes), STORAGE | COPY_SRC | COPY_DST);
    const held: PlacedTensor = {
      value: allocation.buffer,
      elements,
      read: async () => {
        const error = await firstError([allocation.error, errorOf(allocation.buffer)]);
        if (error !== null) throw error;
        return toArray(dtype, await memory.read(allocation.buffer, bytes, label));
      },
      free: () => {
        all.delete(held);
        memory.free(allocation);
      },
    };
    all.add(held);
    return { held, ...allocation };
  };
  return {
    backend,
    largest: Math.min(maxStorageBufferBindingSize, maxBufferSize),
    ledger: ledgerOf(device),
    hold: (label, data) => {
      const dtype = data instanceof Int32Array ? 'i32' : 'f32';
      const { held, buffer, error } = allocated(label, data.length, dtype);
      const copied = scoped(watch, `the upload of ${label}`, (d) => upload(d, buffer, data));
      errors.add(error);
      errors.add(copied.error);
      writes(buffer, [error, copied.error]);
      return held;
    },
    settled: async () => {
      // Submit: writes alone would wait for the next submission.
      device.queue.submit([]);
      await watch.orLost(device.queue.onSubmittedWorkDone());
      await errors.checked();
    },
    checked: errors.checked,
    room: async (label, elements) => {
      const { held, error } = allocated(label, elements, 'f32');
      const refused = await error;
      if (refused === null) return held;
      held.free();
      throw refused;
    },
    copy: (copies) => {
      const bytes = (elements: number) => elements * Float32Array.BYTES_PER_ELEMENT;
      const { error } = scoped(watch, 'copying tensors', (d) => {
        const encoder = d.createCommandEncoder();
        for (const { from, first, count, to, at } of copies)
          encoder.copyBufferToBuffer(onDevice(from), bytes(first), onDevice(to), bytes(at), bytes(count));
        d.queue.submit([encoder.finish()]);
      });
      errors.add(error);
      for (const { from, to } of copies) writesPart(onDevice(to), [errorOf(onDevice(from)), error]);
    },
    joins: JOINS,
    dispose: () => {
      for (const held of [...all]) held.free();
      backend.dispose();
    },
  };
}
