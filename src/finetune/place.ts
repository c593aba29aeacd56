/** Holds a model's tensors and runs its Plans on a device or on the float64 reference. */
import { watchDevice } from '../../runtime/device-loss.ts';
import { type Ledger, ledgerOf, Memory } from '../../runtime/memory.ts';
import { padded } from '../../runtime/schedule.ts';
import { toArray } from '../../runtime/tensors.ts';
import { upload } from '../../runtime/upload.ts';
import { COPY_DST, COPY_SRC, STORAGE } from '../../runtime/webgpu-flags.ts';
import type { PlanStore } from '../plans/store.ts';
import type { Backend } from '../session/backends/backend.ts';
import { cpuBackend } from '../session/backends/cpu.ts';
import { gpuBackend, openDevice } from '../session/backends/gpu.ts';
import type { SessionOptions } from '../session/session.ts';
import type { HostArray } from '../session/tensors.ts';

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

/** A run of `count` elements of a result, from element `first` on, and the element that it is copied to. */
export interface Piece {
  readonly first: number;
  readonly count: number;
  readonly at: number;
}

/** A tensor whose elements are written a few at a time. */
export interface GrowingTensor {
  readonly value: Value;
  put(from: Value, pieces: readonly Piece[]): void;
  free(): void;
}

export interface Place {
  readonly backend: Backend;
  /** Where compiled Plans are kept. */
  readonly plans?: PlanStore | undefined;
  /** Bytes of the largest tensor that a Plan can read. */
  readonly largest: number;
  /** The count of device memory held; undefined on the reference. */
  readonly ledger: Ledger | undefined;
  /** Copies the elements to the place. Reading rejects with OutOfMemory if there was no room. */
  hold(label: string, data: Float32Array | Int32Array): PlacedTensor;
  /** Resolves when all copies have arrived: until then the device's queue holds a second copy of each. */
  settled(): Promise<void>;
  /** A tensor of zeros. Rejects with OutOfMemory if there is no room. */
  room(label: string, elements: number): Promise<GrowingTensor>;
  dispose(): void;
}

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
  room: async (_, elements) => {
    const value = new Float64Array(elements);
    const put = (from: Value, pieces: readonly Piece[]) => {
      for (const { first, count, at } of pieces) value.set(onHost(from).subarray(first, first + count), at);
    };
    return { value, put, free: () => {} };
  },
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

function gpuPlace(device: GPUDevice, owned: boolean): Place {
  const backend = gpuBackend(device, owned);
  const watch = watchDevice(device);
  const memory = new Memory(watch);
  const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
  const all = new Set<Pick<PlacedTensor, 'free'>>();
  return {
    backend,
    largest: Math.min(maxStorageBufferBindingSize, maxBufferSize),
    ledger: ledgerOf(device),
    hold: (label, data) => {
      // Take these out of `data`, so that `read` does not keep the host's copy alive.
      const { byteLength: bytes, length: elements } = data;
      const dtype = data instanceof Int32Array ? 'i32' : 'f32';
      const usage = STORAGE | COPY_SRC | COPY_DST;
      const allocation = memory.allocate('inputs', label, padded(bytes), usage);
      upload(device, allocation.buffer, data);
      const held: PlacedTensor = {
        value: allocation.buffer,
        elements,
        read: async () => {
          const error = await allocation.error;
          if (error !== null) throw error;
          return toArray(dtype, await memory.read(allocation.buffer, bytes, label));
        },
        free: () => {
          all.delete(held);
          memory.free(allocation);
        },
      };
      all.add(held);
      return held;
    },
    settled: async () => {
      // Submit: writes alone would wait for the next submission.
      device.queue.submit([]);
      await watch.orLost(device.queue.onSubmittedWorkDone());
    },
    room: async (label, elements) => {
      const usage = STORAGE | COPY_SRC | COPY_DST;
      const size = padded(elements * Float32Array.BYTES_PER_ELEMENT);
      const allocation = memory.allocate('inputs', label, size, usage);
      const error = await allocation.error;
      if (error !== null) throw error;
      const room: GrowingTensor = {
        value: allocation.buffer,
        put: (from, pieces) => {
          const encoder = device.createCommandEncoder();
          const bytes = (elements: number) => elements * Float32Array.BYTES_PER_ELEMENT;
          for (const { first, count, at } of pieces)
            encoder.copyBufferToBuffer(
              onDevice(from),
              bytes(first),
              allocation.buffer,
              bytes(at),
              bytes(count),
            );
          device.queue.submit([encoder.finish()]);
        },
        free: () => {
          all.delete(room);
          memory.free(allocation);
        },
      };
      all.add(room);
      return room;
    },
    dispose: () => {
      for (const held of [...all]) held.free();
      backend.dispose();
    },
  };
}
