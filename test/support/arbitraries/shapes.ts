/** Shapes of random expressions, and the inputs and numbers that they are made of. */
import fc, { type Arbitrary } from 'fast-check';
import { parseDim } from '../../../compiler/dims/dims.ts';
import { rational } from '../../../compiler/dims/rational.ts';
import { apply, input } from '../../../compiler/ir/build.ts';
import type { Node } from '../../../compiler/ir/node.ts';

/** A shape, as the texts of its dimensions. */
export type Shape = readonly string[];

/** Draws an expression of a shape, for the argument of an operator. */
export type Of = (shape: Shape) => Arbitrary<Node>;

export const dims = (shape: Shape) => shape.map(parseDim);
export const keyOf = (shape: Shape) => `(${shape.join(', ')})`;

export const times = (...args: Node[]) => apply('matmul', args);
export const transpose = (x: Node) => apply('transpose', [x]);

export const parameter = (shape: Shape, which: string): Node =>
  input(`${which}${keyOf(shape)}`, 'trainable', { shape: dims(shape), dtype: 'f32' });

/** An integer input over one dimension, which evaluation fills with a permutation. */
export const permutation = (d: string): Node =>
  input(`p(${d})`, 'frozen', { shape: dims([d]), dtype: 'i32' });

export const factor = fc.constantFrom(
  rational(-1n),
  rational(1n, 2n),
  rational(3n),
  rational(-5n, 4n),
  rational(0n),
);
