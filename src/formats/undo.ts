/** Undoes half-done work if the process ends early: by a signal that asks it to end, or by `process.exit`. */
import { existsSync, rmSync } from 'node:fs';

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const pending = new Set<() => void>();
let isListening = false;

/** The milliseconds between two attempts to remove what a thread still makes, and the number of attempts. */
const [BETWEEN, ATTEMPTS] = [5, 20];

/**
 * Removes a file or folder while the process ends. Threads may still make files that were asked for before the signal, so
 * it waits a moment for what is not there yet, and removes a folder again until it is gone.
 */
export function removeAtEnd(path: string): void {
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (let n = 1; ; n++) {
    try {
      if (existsSync(path) || n === ATTEMPTS) {
        rmSync(path, { recursive: true, force: true });
        return;
      }
    } catch (error) {
      if (n === ATTEMPTS) throw error;
    }
    Atomics.wait(never, 0, 0, BETWEEN);
  }
}

/** Whether a file is there, or a thread makes it within a moment, while the process ends. */
export function appears(path: string): boolean {
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (let n = 1; n < ATTEMPTS && !existsSync(path); n++) Atomics.wait(never, 0, 0, BETWEEN);
  return existsSync(path);
}

/**
 * Registers `undo`, which runs if the process ends before the returned function is called. It must be synchronous and
 * may run between any two turns of the event loop. A signal then ends the process as if nobody had listened.
 *
 * The process listens for good once it has begun: Node drops a signal whose listener is removed before the signal's turn,
 * and the process would go on.
 */
export function undoAtEnd(undo: () => void): () => void {
  if (!isListening) {
    isListening = true;
    for (const signal of SIGNALS) process.on(signal, ended);
    process.on('exit', undoAll);
  }
  pending.add(undo);
  return () => {
    pending.delete(undo);
  };
}

function ended(signal: NodeJS.Signals): void {
  undoAll();
  // Other listeners decide themselves whether the process ends.
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}

/** Runs the undo functions, the latest first. One that fails does not stop the others. */
function undoAll(): void {
  const undos = [...pending].reverse();
  pending.clear();
  stopListening();
  for (const undo of undos) {
    try {
      undo();
    } catch {
      // The process is ending: leftovers are removed by the next process that writes there.
    }
  }
}

function stopListening(): void {
  isListening = false;
  for (const signal of SIGNALS) process.removeListener(signal, ended);
  process.removeListener('exit', undoAll);
}
