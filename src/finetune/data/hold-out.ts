/** Divides what is read into a part to train on and a part that is held out. */

/** The number of sequences in a chunk of text. Chunks are held out whole, because neighbours share names and topics. */
export const PER_CHUNK = 10;

export interface Divided<T> {
  readonly train: readonly T[];
  readonly heldOut: readonly T[];
}

/** Holds out the last of every `n` chunks of `perChunk` items; 0 holds nothing out. */
export function heldApart<T>(items: readonly T[], n: number, perChunk: number): Divided<T> {
  const isHeld = (index: number): boolean => n > 0 && Math.floor(index / perChunk) % n === n - 1;
  return {
    train: items.filter((_, index) => !isHeld(index)),
    heldOut: items.filter((_, index) => isHeld(index)),
  };
}
