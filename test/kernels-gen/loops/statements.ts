/** Builds the memories and loops of kernels under test. */
import { dimConst } from '../../../compiler/dims/dims.ts';
import { type Body, type For, type Memory, trips } from '../../../kernels-gen/loops/type.ts';

export const memory = (name: string, space: Memory['space'], ...shape: readonly number[]): Memory => ({
  ...{ name, space, dtype: 'f32' },
  shape: shape.map(dimConst),
});

/** A loop of `n` iterations. */
export const loop = (axis: string, n: number, how: For['how'], body: Body, more: Partial<For> = {}): For => ({
  ...{ k: 'for', axis, trips: trips(dimConst(n)), how, body },
  ...more,
});
