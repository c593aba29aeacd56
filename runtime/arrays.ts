/** Typed arrays as callers have them: on memory that is shared, transferred or resized too. */

const prototype = Object.getPrototypeOf(Int8Array.prototype) as object;
const tagOf = Object.getOwnPropertyDescriptor(prototype, Symbol.toStringTag)!.get!;
const keysOf = Int8Array.prototype.keys as (this: ArrayBufferView) => unknown;

/** The name of an array's type, such as 'Float32Array', whatever the object says of itself. */
export const arrayName = (data: ArrayBufferView): string =>
  (tagOf.call(data) as string | undefined) ?? 'DataView';

export const isShared = ({ buffer }: ArrayBufferView): boolean =>
  Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]';

/** Whether elements of a typed array were lost: its memory was transferred, or became too small for it. */
export function isGone(data: ArrayBufferView): boolean {
  try {
    keysOf.call(data); // throws for such an array, and for nothing else
    return false;
  } catch {
    return true;
  }
}

/** The reason why a typed array's elements cannot be read; undefined where they can. */
export function memoryProblem(data: ArrayBufferView): string | undefined {
  if (isShared(data))
    return 'lies in a SharedArrayBuffer, which other threads may change while it is read: pass a copy of it, as its slice() makes';
  if (isGone(data))
    return 'has lost its memory, which was transferred or resized: pass an array that still has its elements';
  return undefined;
}

/** The bytes of an array in memory that WebGPU takes: a resizable buffer is copied. */
export function bytesOf(data: ArrayBufferView): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  return (data.buffer as { readonly resizable?: boolean }).resizable ? bytes.slice() : bytes;
}
