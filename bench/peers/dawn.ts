/** What browsers have and Node does not, for libraries written for browsers: WebGPU's globals and `navigator`. */
import { create, globals } from 'webgpu';

/** Held for the life of the process: once it is collected, promises of its devices never settle. */
let gpu: GPU | undefined;

export function browserGlobals(): void {
  gpu ??= create([]);
  Object.assign(globalThis, globals);
  const navigator = { gpu, userAgent: 'node', language: 'en' };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
}
