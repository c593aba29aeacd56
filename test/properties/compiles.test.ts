/** Compiling ends. Sizes decide what it makes, and not whether it succeeds. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { derive } from '../../compiler/derive.ts';
import { gpu } from '../../compiler/devices/index.ts';
import type { Binding } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { bindProgram, solveDims } from '../../compiler/ir/bind.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { chainGroups } from '../../compiler/pipeline.ts';
import { associate } from '../../compiler/rewrite/associate.ts';
import { productCost } from '../../compiler/rewrite/cost.ts';
import { KernelError } from '../../kernels-gen/error.ts';
import {
  blockDiag,
  cayley,
  frozen,
  input,
  layer,
  list,
  skew,
  type Tensor,
  trainable,
} from '../../src/language/dsl/index.ts';
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

it('prices few products of a long chain: each that chains have in common only once', () => {
  const rotations = layer(
    { x: input('tokens', 'in'), W: frozen('out', 'in'), v: list(64, trainable('r', 'tri(b)')) },
    ({ x, W, v }) => v.reduce<Tensor>((h, q) => h.matmul(blockDiag(cayley(skew(q)))), x).matmul(W.T),
    { where: { in: 'r*b' } },
  ).trace();
  const dims = { r: 4, b: 4, out: 16 };
  const { program } = derive(bindProgram(rotations, solveDims(rotations, dims)), { gradients: true });
  const { groups, subs } = chainGroups(program);
  let priced = 0;
  let inChains = 0;
  for (const group of groups) {
    for (const { factors } of group.chains) inChains += (factors.length ** 3 - factors.length) / 6;
    associate(group, subs, {}, [gpu.chosenBy], (product) => {
      priced++;
      return productCost(product);
    });
  }
  expect(priced).toBeLessThan(inChains);
});

const sizes = fc.record({
  n: fc.constantFrom(16, 24, 64, 100, 256, 1024),
  m: fc.constantFrom(2, 3),
  r: fc.constantFrom(2, 4, 8, 16, 32),
  b: fc.constantFrom(4, 8, 16, 32),
});

/** The refusal of a program: the error's code, or that kernels cannot compute it; undefined if it compiles. */
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
