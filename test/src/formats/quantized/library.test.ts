/** Every method of the library on quantised weights gives the outputs and gradients of the dequantised weights. */
import { expect, test } from 'vitest';
import type { Binding } from '../../../../compiler/dims/dims.ts';
import { bindProgram, solveDims } from '../../../../compiler/ir/bind.ts';
import { checkDevice } from '../../../../src/check/device.ts';
import { storagesOf } from '../../../../src/session/quantized.ts';
import { testDevice } from '../../../support/device.ts';
import { sample } from '../../../support/sample.ts';
import { METHODS } from '../../adapters/costs/methods.ts';

const SIZE = { in: 64, out: 64 };
/** The convolution's size: `in` is a multiple of the 3×3 kernel and of the block size. */
const CONVOLVED = { in: 288, out: 32 };
/** Sizes smaller than those of docs/costs.md, so that kernels compile quickly. */
const SMALL: Binding = { a: 8, b: 8, g: 8, k: 8, vocabulary: 50 };

test.each(
  sample(
    METHODS.map((m) => [m.name, m] as const),
    ['oft', 'hra', 'oft-conv', 'road 4'],
  ),
)('%s', async (name, method) => {
  const size = name === 'oft-conv' ? CONVOLVED : SIZE;
  const program = method.program(size);
  const dims = Object.entries(method.dims(size)).map(([d, n]) => [d, SMALL[d] ?? n] as const);
  const sizes = solveDims(program, Object.fromEntries(dims));
  const weights = program.inputs.filter((i) => i.role === 'frozen' && i.type.shape.length > 1);
  expect(weights).not.toEqual([]);
  const quantized = Object.fromEntries(weights.map((w) => [w.name, 'nf4-double']));
  const stored = storagesOf(bindProgram(program, sizes), quantized);
  const tokens = [name === 'oft-conv' ? 1 : 5];
  const finding = await checkDevice(program, sizes, true, tokens, await testDevice(), 1, { stored });
  expect(finding.passed, finding.counterexample).toBe(true);
  expect(finding.where).toContain('nf4:64 nested:256');
});
