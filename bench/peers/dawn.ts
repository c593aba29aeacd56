/** Adds to Node what browsers have, for libraries written for browsers: WebGPU's globals and `navigator`. */
import { create, globals } from 'webgpu';
import { pollPatiently } from '../../runtime/patience.ts';

/**
 * The GPU. The reference keeps it from being garbage-collected, after which promises of its devices never
 * settle.
 */
let gpu: GPU | undefined;

export function browserGlobals(): void {
  // Poll as oftc does: else checking for completion would take processors from the peer's kernels.
  pollPatiently();
  gpu ??= create([]);
  Object.assign(globalThis, globals);
  const navigator = { gpu, userAgent: 'node', language: 'en' };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
}
