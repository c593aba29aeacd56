/** The token counts that count as few, by class of devices. */
import { expect, it } from 'vitest';
import { DEFAULT_PROFILE, gpu, integrated } from '../../../compiler/devices/index.ts';
import { bindProgram, solveDims } from '../../../compiler/ir/bind.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { oft } from '../../../src/adapters/oft.ts';
import type { DeviceProfile } from '../../../src/index.ts';

const program = oft.trace({});
const bound = bindProgram(program, solveDims(program, { in: 4096, out: 4096, b: 32 }));
/** The largest token count of each variant. */
const ends = (profile?: DeviceProfile) =>
  compileProgram(bound, { gradients: false, ...(profile && { profile }) }).variants.map((v) => v.maxTokens);

it('more tokens count as few on devices whose operations are expensive compared with bytes', () => {
  expect(ends(integrated)).toEqual([13, 4096, null]);
  expect(ends(gpu)).toEqual([7, 4096, null]);
});

it('the default rates are those of a GPU', () => {
  expect(DEFAULT_PROFILE).toBe(gpu);
  expect(ends()).toEqual(ends(gpu));
});
