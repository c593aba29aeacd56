/** Copies arrays to buffers of the device. */
import { bytesOf } from './arrays.ts';

/** Copies the typed array to the start of a COPY_DST buffer of at least `padded` bytes. */
export function upload(device: GPUDevice, buffer: GPUBuffer, data: ArrayBufferView): void {
  const view = bytesOf(data);
  if (view.length % 4 === 0) {
    if (view.length > 0) device.queue.writeBuffer(buffer, 0, view);
    return;
  }
  const whole = new Uint8Array(Math.ceil(view.length / 4) * 4); // writeBuffer takes multiples of 4 bytes
  whole.set(view);
  device.queue.writeBuffer(buffer, 0, whole);
}
