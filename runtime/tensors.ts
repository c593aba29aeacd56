import { arrayName, memoryProblem } from './arrays.ts';
import type { DeviceTensor } from './device-tensor.ts';
import { OftcRuntimeError } from './errors.ts';
import type { PlanDType, PlanTensor } from './plan.ts';
import { padded, type SizedTensor } from './schedule.ts';
import { STORAGE } from './webgpu-flags.ts';

/** A tensor's values: f32, i32, or f16 as its bits. */
export type TensorArray = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

/** The data that a tensor may be given as: the typed array of its dtype, or a buffer on the Executable's device. */
export type TensorData = ArrayBufferView | GPUBuffer;

/** The data that a tensor may be bound as. */
export type BoundData = TensorData | DeviceTensor;

const ARRAYS = { f32: Float32Array, i32: Int32Array, f16: Uint16Array } as const satisfies Record<
  PlanDType,
  unknown
>;

export const toArray = (dtype: PlanDType, bytes: ArrayBuffer): TensorArray => new ARRAYS[dtype](bytes);

/** Checks that names are exactly the wanted ones. Throws MissingTensor or UnexpectedTensor. */
export function checkNames(
  who: string,
  given: object,
  wanted: readonly SizedTensor[],
  bound: ReadonlyMap<string, unknown>,
): void {
  const names = Object.keys(given);
  const missing = wanted.filter(({ tensor: { name } }) => !bound.has(name) && !Object.hasOwn(given, name));
  if (missing.length > 0) {
    const list = missing.map(({ tensor: t }) => `'${t.name}' (${t.role}, ${t.dtype})`).join(', ');
    throw new OftcRuntimeError('MissingTensor', `${who} needs ${list}: pass it to run(), or bind() it once`);
  }
  const again = names.find((n) => bound.has(n));
  if (again !== undefined) {
    throw new OftcRuntimeError(
      'UnexpectedTensor',
      `${who} has '${again}' bound already: bind() its new value, or leave it out of run()`,
    );
  }
  checkKnown(who, names, wanted);
}

/** Checks that every name is a tensor's. Throws UnexpectedTensor for another. */
export function checkKnown(who: string, names: readonly string[], tensors: readonly SizedTensor[]): void {
  const extra = names.filter((n) => !tensors.some((t) => t.tensor.name === n));
  if (extra.length > 0)
    throw unknownTensor(
      who,
      extra,
      tensors.map((t) => t.tensor),
    );
}

export function unknownTensor(
  who: string,
  names: readonly string[],
  known: readonly PlanTensor[],
): OftcRuntimeError {
  const list = (all: readonly string[]) => all.map((n) => `'${n}'`).join(', ') || 'none';
  const has = list(known.map((t) => t.name));
  return new OftcRuntimeError('UnexpectedTensor', `${who} has no tensor ${list(names)}; it has ${has}`);
}

/** Checks that data can be the tensor. Throws DTypeMismatch, ShapeMismatch or BufferMismatch. */
export function checkData(who: string, data: TensorData, tensor: SizedTensor): void {
  if (ArrayBuffer.isView(data)) checkArray(who, data, tensor);
  else checkBuffer(who, data, tensor);
}

/** Checks that a typed array holds exactly the tensor. Throws DTypeMismatch or ShapeMismatch. */
function checkArray(who: string, data: ArrayBufferView, { tensor, elements, bytes }: SizedTensor): void {
  const got = arrayName(data);
  const { name, dtype, storage } = tensor;
  const array = storage ? Uint32Array : ARRAYS[dtype];
  if (got !== array.name) {
    const bits = dtype === 'f16' && !storage ? ' of its bits' : '';
    throw new OftcRuntimeError(
      'DTypeMismatch',
      `${who}: '${name}' is ${storage?.format ?? dtype}: pass a ${array.name}${bits}, not a ${got}`,
    );
  }
  const problem = memoryProblem(data);
  if (problem !== undefined) throw new OftcRuntimeError('DTypeMismatch', `${who}: '${name}' ${problem}`);
  if (data.byteLength !== bytes) {
    const count = data.byteLength / array.BYTES_PER_ELEMENT;
    const has = storage ? `${bytes / 4} words as ${storage.format}` : `${elements} elements`;
    throw new OftcRuntimeError('ShapeMismatch', `${who}: '${name}' has ${has}, not ${count}`);
  }
}

/** Checks that an upload has the tensor's size and is on the device. Throws BufferMismatch or ShapeMismatch. */
export function checkHeld(
  who: string,
  device: GPUDevice,
  held: DeviceTensor,
  { tensor, bytes }: SizedTensor,
): void {
  if (held.device !== device) {
    throw new OftcRuntimeError(
      'BufferMismatch',
      `${who}: '${tensor.name}' was uploaded to another device: upload it to this one`,
    );
  }
  if (held.byteLength !== bytes) {
    throw new OftcRuntimeError(
      'ShapeMismatch',
      `${who}: '${tensor.name}' has ${bytes} bytes, not the ${held.byteLength} that were uploaded`,
    );
  }
}

/** Checks that a buffer can be bound as the tensor; the caller vouches for its dtype. Throws BufferMismatch. */
export function checkBuffer(who: string, buffer: GPUBuffer, { tensor, bytes }: SizedTensor): void {
  const need = Math.max(4, Math.ceil(bytes / 4) * 4);
  if (typeof buffer !== 'object' || buffer === null || typeof buffer.destroy !== 'function') {
    throw new OftcRuntimeError(
      'DTypeMismatch',
      `${who}: '${tensor.name}' must be a typed array or a GPUBuffer`,
    );
  }
  if (buffer.size < need) {
    throw new OftcRuntimeError(
      'BufferMismatch',
      `${who}: the buffer for '${tensor.name}' has ${buffer.size} bytes; it needs ${need}`,
    );
  }
  if ((buffer.usage & STORAGE) === 0) {
    throw new OftcRuntimeError(
      'BufferMismatch',
      `${who}: the buffer for '${tensor.name}' was created without GPUBufferUsage.STORAGE`,
    );
  }
}

/** The tensor's part of a buffer that may be larger, so that arrayLength() is the tensor's own. */
export const binding = (buffer: GPUBuffer, bytes: number): GPUBufferBinding => ({
  buffer,
  size: Math.min(padded(bytes), buffer.size - (buffer.size % 4)),
});
