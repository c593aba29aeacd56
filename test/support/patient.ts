/**
 * While anything is awaited of Dawn it asks again at every turn of the event loop, by setImmediate, and so takes a
 * processor from the compiler that it waits for. Here it asks every millisecond. Its callbacks are native code.
 */
const immediately = globalThis.setImmediate;

const isNative = (f: unknown): boolean => /\{ \[native code\] \}$/.test(Function.prototype.toString.call(f));

function patiently<A extends unknown[]>(f: (...args: A) => void, ...args: A): NodeJS.Immediate {
  return isNative(f) ? immediately(() => setTimeout(f, 1, ...args)) : immediately(f, ...args);
}

// Once, however many module graphs a process has.
if (!('patient' in immediately))
  globalThis.setImmediate = Object.assign(patiently, immediately, { patient: true });
