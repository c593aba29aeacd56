/** Loads under a condition, whose places are clamped to the tensor's last element or vector. */
import { expect, it } from 'vitest';
import { Emitter } from '../../../kernels-gen/wgsl/emitter.ts';
import { add, asDim, constant, div, less, load, mod, mul, type Size, select } from '../build.ts';

/** The code of elements 4·q of rows i, loaded only where i < 2, from a tensor of 12 elements a row in some shape. */
function loaded(shape: readonly Size[], vectors: boolean): string {
  const emitter = new Emitter([{ dtype: 'f32', shape: shape.map(asDim), vectors }]);
  emitter.alias('i', { text: 'i', depth: 0, atomic: true }, asDim('tokens'));
  emitter.alias('q', { text: 'q', depth: 0, atomic: true }, asDim(3));
  const place = add(mul('i', 12), mul('q', 4));
  const index = shape.length === 1 ? [place] : [div(place, 3), mod(place, 3)];
  const text = emitter.float(select(less('i', 2), load(0, ...index), constant(0)));
  return `${emitter.body()} ${text}`;
}

it.each<[readonly Size[], boolean, string]>([
  [['12*tokens'], false, 'u32((12 * tokens)) - 1u'],
  [['12*tokens'], true, 'u32((3 * tokens)) - 1u'],
  [['4*tokens', 3], true, 'u32((3 * tokens)) - 1u'],
  [[24], false, '23'],
  [[24], true, '5'],
])('of %j, as vectors: %s', (shape, vectors, last) => {
  expect(loaded(shape, vectors)).toContain(`, ${last})]`);
});
