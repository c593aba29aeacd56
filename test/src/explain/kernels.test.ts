/** `explain` gives every kernel a formula of what it computes, however the layer is compiled. */
import { expect, it } from 'vitest';
import type { CompileOptions } from '../../../compiler/derive.ts';
import { portable } from '../../../compiler/devices/index.ts';
import { solveDims } from '../../../compiler/ir/bind.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { explainedKernels } from '../../../src/explain/index.ts';
import { planOf } from '../../../src/session/session.ts';
import { variantsIn } from '../../support/plans.ts';
import { LIBRARY, programOfCase } from './library.ts';

/** Each layer of the library once, in its first configuration. */
const layers = [...new Map(LIBRARY.toReversed().map((c) => [c.layer, c])).values()];

const WAYS: Readonly<Record<string, Partial<CompileOptions>>> = {
  derived: {},
  'as written': { asWritten: true },
  pinned: { pinned: true },
  'with activations in f16': { activations: 'f16' },
};

it.each(layers.flatMap((c) => Object.keys(WAYS).map((way) => ({ ...c, way }))))(
  'kernels of $layer have formulas, $way',
  (c) => {
    const program = programOfCase(c);
    const sizes = solveDims(program, c.dims);
    for (const gradients of [false, true]) {
      const compilation = compileProgram(program, { sizes, gradients, ...WAYS[c.way] });
      const kernels = explainedKernels(compilation, portable).at(512);
      const plan = planOf(compilation, { devices: [portable] });
      const variant = variantsIn(plan).find((v) => 512 <= (v.maxTokens ?? 512))!;
      expect(kernels.map((k) => k.kernel)).toEqual(variant.steps.map((s) => plan.kernels[s.kernel]!.name));
      for (const { computes } of kernels) {
        expect(computes).not.toBe('');
        expect(computes).not.toContain('\u0000');
      }
      const text = kernels.map((k) => k.computes).join('; ');
      for (const { name } of compilation.variants[0]!.program.outputs) expect(text).toContain(name);
    }
  },
);
