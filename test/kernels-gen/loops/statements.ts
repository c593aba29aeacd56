/** Builds the memories and loops of kernels under test. */
import { dimConst } from '../../../compiler/dims/dims.ts';
import { type Body, type For, loop as loopOf, type Memory } from '../../../kernels-gen/loops/type.ts';

export const memory = (name: string, space: Memory['space'], ...shape: readonly number[]): Memory => ({
  ...{ name, space, dtype: 'f32' },
  shape: shape.map(dimConst),
});

/** A loop of `n` iterations with some of its parts replaced. */
export const loop = (axis: string, n: number, how: For['how'], body: Body, more: Partial<For> = {}): For => ({
  ...loopOf(axis, n, how, body),
  ...more,
});
