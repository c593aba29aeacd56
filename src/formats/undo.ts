/** Undoes half-done work if the process ends early: by a signal that asks it to end, or by `process.exit`. */

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const pending = new Set<() => void>();

/**
 * Registers `undo`, which runs if the process ends before the returned function is called. It must be synchronous and
 * may run between any two turns of the event loop. A signal then ends the process as if nobody had listened.
 */
export function undoAtEnd(undo: () => void): () => void {
  if (pending.size === 0) {
    for (const signal of SIGNALS) process.on(signal, ended);
    process.on('exit', undoAll);
  }
  pending.add(undo);
  return () => {
    if (pending.delete(undo) && pending.size === 0) stopListening();
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
  for (const signal of SIGNALS) process.removeListener(signal, ended);
  process.removeListener('exit', undoAll);
}
