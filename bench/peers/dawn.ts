/** What browsers have and Node does not, for libraries written for browsers: WebGPU's globals and `navigator`. */
import { create, globals } from 'webgpu';
import { pollPatiently } from '../../runtime/patience.ts';

/** Held for the life of the process: once it is collected, promises of its devices never settle. */
let gpu: GPU | undefined;

export function browserGlobals(): void {
  // As oftc waits: else a peer's kernels share their processors with the question whether they are done.
  pollPatiently();
  gpu ??= create([]);
  Object.assign(globalThis, globals);
  const navigator = { gpu, userAgent: 'node', language: 'en' };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
}
