/** Random values for a program's inputs, in each arithmetic, from a seed. */

import { evalDim } from '../../compiler/ir/dims.ts';
import { type TensorValue, tensor } from '../../compiler/ir/domains/domain.ts';
import { P } from '../../compiler/ir/domains/field.ts';
import type { InputNode, Program } from '../../compiler/ir/node.ts';

/** A small, fast generator (mulberry32): numbers in [0, 1), the same for the same seed on every machine. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export type Values = Readonly<Record<string, TensorValue<number>>>;

const shapeAt = (i: InputNode, tokens: number): number[] => i.type.shape.map((d) => evalDim(d, { tokens }));

function fill(program: Program, tokens: number, value: (i: InputNode, width: number) => number): Values {
  return Object.fromEntries(
    program.inputs.map((i) => {
      const shape = shapeAt(i, tokens);
      const elements = shape.reduce((p, n) => p * n, 1);
      const width = shape.at(-1) ?? 1;
      const values = Array.from({ length: elements }, () => (i.type.dtype === 'i32' ? 0 : value(i, width)));
      return [i.name, tensor(shape, values)];
    }),
  );
}

/** Uniform elements of the prime field. */
export const fieldValues = (program: Program, tokens: number, next: () => number): Values =>
  fill(program, tokens, () => Math.floor(next() * P));

/**
 * Float32 numbers of the size they have in training: activations and cotangents of order 1, frozen weights of
 * variance 1/columns, trainables small enough that ‖Q‖ < 1.
 */
export function realValues(program: Program, tokens: number, next: () => number): Values {
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return fill(program, tokens, (i, width) => {
    const scale =
      i.role === 'frozen' ? 1 / Math.sqrt(width) : i.role === 'trainable' ? 0.3 / Math.sqrt(width) : 1;
    return Math.fround(normal() * scale);
  });
}

export interface Mismatch {
  readonly output: string;
  readonly index: number;
  readonly expected: number;
  readonly actual: number;
}

/** The first element that differs, over outputs both have. */
export function firstDifference(
  expected: Readonly<Record<string, TensorValue<number>>>,
  actual: Readonly<Record<string, TensorValue<number>>>,
): Mismatch | undefined {
  for (const [output, e] of Object.entries(expected)) {
    const a = actual[output]!.values;
    const index = e.values.findIndex((v, i) => v !== a[i]);
    if (index >= 0) return { output, index, expected: e.values[index]!, actual: a[index]! };
  }
  return undefined;
}

/** The largest ‖actual − expected‖_F / ‖expected‖_F over outputs, and the output it is at. */
export function worstError(
  expected: Readonly<Record<string, TensorValue<number>>>,
  actual: Readonly<Record<string, TensorValue<number>>>,
): { readonly output: string; readonly error: number } {
  let worst = { output: '', error: 0 };
  for (const [output, e] of Object.entries(expected)) {
    let [diff, norm] = [0, 0];
    e.values.forEach((v, i) => {
      diff += (actual[output]!.values[i]! - v) ** 2;
      norm += v ** 2;
    });
    const error = norm === 0 ? Math.sqrt(diff) : Math.sqrt(diff / norm);
    if (!(error <= worst.error)) worst = { output, error };
  }
  return worst;
}
