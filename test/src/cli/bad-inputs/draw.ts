/** Random draws that depend only on a seed. */
import { random } from '../../../support/random.ts';

export type Pick = <T>(from: readonly T[]) => T;

export function picker(seed: number): Pick {
  const next = random(seed);
  return (from) => from[Math.min(from.length - 1, Math.floor(next() * from.length))]!;
}
