/** Helpers of the tests of fused blocks in lanes: the generated code, and counts of what is in it. */
import { expect } from 'vitest';
import type { PrimProgram } from '../../../../compiler/primitives/prim.ts';
import { integers, planOf, violations } from '../../../../test/kernels-gen/execute.ts';

/** The WGSL in lanes of a program's fused blocks. */
export const codeOf = (p: PrimProgram): string => {
  const kernels = planOf(p, 'lanes').kernels.filter((k) => /^blocks_.*_lanes$/.test(k.name));
  expect(kernels).toHaveLength(1);
  return kernels[0]!.wgsl;
};
/** The number of arrays whose names begin so, each of which may have a variable for each element. */
export const arraysOf = (wgsl: string, name: string): number =>
  new Set([...wgsl.matchAll(new RegExp(`(?:let|var|var<workgroup>) (${name}\\d+)`, 'g'))].map((m) => m[1]))
    .size;
export const kept = (wgsl: string) => arraysOf(wgsl, 'kept');
export const transposed = (wgsl: string) => arraysOf(wgsl, 'transposed');
export const held = (wgsl: string) => arraysOf(wgsl, 'held');

/** Runs a program on the device for 1 and 7 tokens, and expects the reference's results. */
export const agrees = async (p: PrimProgram) => {
  for (const tokens of [1, 7])
    expect(await violations(p, tokens, integers(p, tokens), ['lanes'])).toEqual([]);
};
