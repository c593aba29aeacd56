/** The inputs of the compared layers, by name; every program draws the same values itself. */
import { values } from './values.ts';

const DRAWN: Readonly<Record<string, readonly [seed: number, scale: number]>> = {
  x: [1, 1],
  W: [2, 1 / 32],
  'grad.y': [3, 1],
  // At b = 32, ‖Q‖ ≈ 0.2.
  v: [4, 1 / 32],
  A: [5, 1 / 32],
  B: [6, 1 / 32],
  'grad.R': [7, 1],
};

const valuesOf = (name: string) => DRAWN[name] ?? DRAWN[name.replace(/\.\d+$/, '')];

/** Whether DRAWN defines values for an input. */
export const isDrawn = (name: string): boolean => valuesOf(name) !== undefined;

export function drawn(name: string, elements: number): Float32Array<ArrayBuffer> {
  const known = valuesOf(name);
  if (known === undefined) throw new Error(`no values are defined for an input '${name}'`);
  return values(known[0], elements, known[1]);
}
