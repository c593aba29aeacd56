/**
 * Makes Dawn's binding for Node ask less often whether the device is done. It asks at every turn of the event loop,
 * by setImmediate, and so keeps a processor busy. On a software device, kernels run on that processor too: with two
 * cores they took twice as long. Here it asks every third of a millisecond.
 */

/** The milliseconds that the thread sleeps before Dawn asks again. */
const PAUSE = 0.3;
const never = new Int32Array(new SharedArrayBuffer(4));

/** Whether a function is native code, as Dawn's callbacks are and Node's are not. Those made by `bind` count too. */
const isNative = (f: unknown): boolean => /\{ \[native code\] \}$/.test(Function.prototype.toString.call(f));

/** Replaces `setImmediate`, once for a process, by one that pauses before callbacks in native code: those of Dawn. */
export function pollPatiently(): void {
  const immediately = globalThis.setImmediate;
  if ('patient' in immediately) return;
  const patiently = <A extends unknown[]>(f: (...args: A) => void, ...args: A): NodeJS.Immediate => {
    if (!isNative(f)) return immediately(f, ...args);
    return immediately(() => {
      Atomics.wait(never, 0, 0, PAUSE);
      f(...args);
    });
  };
  globalThis.setImmediate = Object.assign(patiently, immediately, { patient: true });
}
