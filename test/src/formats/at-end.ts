/** Stands for the end of this process, and for the moments that it then waits for threads. */

/** The names of the functions by which src/formats/undo.ts listens. */
const OURS = new Set(['ended', 'undoAll']);

/** The events by which a process ends. */
export const ENDINGS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'exit'] as const;
export type Ending = (typeof ENDINGS)[number];

const listeners = (event: Ending) =>
  process.listeners(event as 'SIGINT').filter((listener) => OURS.has(listener.name));

/** The number of listeners that undo work, for each event. */
export const listening = (): number[] => ENDINGS.map((event) => listeners(event).length);

/** Runs work in which no wait blocks: `onWait` is called in its place, with its number. Returns the milliseconds of each. */
export function waitsOf(work: () => void, onWait: (n: number) => void = () => {}): number[] {
  const { wait } = Atomics;
  const waits: number[] = [];
  // Atomics waits only where the array has the value.
  const noted: typeof Atomics.wait = (array, index, value, milliseconds) => {
    onWait(waits.push(array[index] === value ? (milliseconds ?? Infinity) : 0));
    return 'timed-out';
  };
  Atomics.wait = noted;
  try {
    work();
  } finally {
    Atomics.wait = wait;
  }
  return waits;
}

/**
 * Ends as by an event, except that this process goes on. Returns the signals that it would have sent itself, and the
 * milliseconds of its waits. Other listeners of the event are `others` alone meanwhile.
 */
export function endBy(event: Ending, others: readonly (() => void)[] = []) {
  const [ours, strangers] = [listeners(event), process.listeners(event as 'SIGINT')];
  const { kill } = process;
  const sent: unknown[] = [];
  for (const stranger of strangers) if (!ours.includes(stranger)) process.removeListener(event, stranger);
  for (const other of others) process.on(event, other);
  process.kill = (pid, signal) => {
    sent.push([pid === process.pid, signal]);
    return true;
  };
  try {
    const waits = waitsOf(() => {
      for (const listener of ours) listener(event as NodeJS.Signals);
    });
    return { sent, waits };
  } finally {
    process.kill = kill;
    for (const other of others) process.removeListener(event, other);
    for (const stranger of strangers) if (!ours.includes(stranger)) process.on(event as 'SIGINT', stranger);
  }
}

/** Ends by every event: other tests of this process may have left something to undo. */
export function endAll(): void {
  for (const event of ENDINGS) endBy(event);
}
