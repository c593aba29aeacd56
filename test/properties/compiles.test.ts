/** Compiling ends, and depends on sizes in its result alone. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { gpu } from '../../compiler/devices/index.ts';
import type { Binding } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { bindProgram } from '../../compiler/ir/bind.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { KernelError } from '../../kernels-gen/error.ts';
import { frozen, input, layer, type Tensor, trainable } from '../../src/language/dsl/index.ts';
import { compileOn, planOf } from '../../src/session/plan.ts';
import { programs } from '../support/arbitraries/programs.ts';
import { runs } from '../support/runs.ts';

const planned = (program: Program, sizes: Binding, gradients: boolean) =>
  planOf(compileOn(gpu, bindProgram(program, sizes), { gradients }), { devices: [gpu] });

it('plans a loop of 4,000 scalings', () => {
  const program = layer(
    { x: input('tokens', 'in'), W: frozen('out', 'in'), s: trainable('in') },
    ({ x, W, s }) => {
      let h: Tensor = x;
      for (let i = 0; i < 4000; i++) h = h.mul(s);
      return h.matmul(W.T);
    },
  ).trace();
  // A walk over this program's primitives filled the call stack.
  expect(planned(program, { in: 64, out: 64 }, false).kernels.length).toBeGreaterThan(0);
});

const sizes = fc.record({
  n: fc.constantFrom(16, 24, 64, 100, 256, 1024),
  m: fc.constantFrom(2, 3),
  r: fc.constantFrom(2, 4, 8, 16, 32),
  b: fc.constantFrom(4, 8, 16, 32),
});

/** What refuses a program: the code of the error, or that kernels cannot compute it; undefined where nothing does. */
function refusal(program: Program, by: Binding, gradients: boolean): string | undefined {
  try {
    planned(program, by, gradients);
    return undefined;
  } catch (e) {
    if (e instanceof OftcError) return e.code;
    if (e instanceof KernelError) return 'kernels';
    throw e;
  }
}

it('refuses a program at all sizes or at none', () => {
  fc.assert(
    fc.property(programs(), sizes, sizes, fc.boolean(), (p, by, other, gradients) => {
      expect(refusal(p.symbolic, other, gradients)).toBe(refusal(p.symbolic, by, gradients));
    }),
    runs(40, 2000),
  );
});
